"""What `kerasgen tune wgan-gp-fashion` tries beside both players' learning rates and the batch size.

The critic's steps are not among them: a batch is cut into as many parts, so that they would change the number of images a step.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"penalty_weight": LogUniform(1.0, 30.0)}, objective=("frechet", "min"), epochs=2)
