"""What `kerasgen tune wgan-gp-fashion` tries besides both players' learning rates and the batch size.

The critic's steps are not among them: a batch is cut into that many parts, so they would change the number of images per step.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"penalty_weight": LogUniform(1.0, 30.0)}, objective=("frechet", "min"), epochs=2)
