"""What `kerasgen tune gan-mnist` tries besides both players' learning rates and the batch size.

As for dcgan-mnist, what counts is the Frechet distance of samples from the validation images, not the losses.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"penalty_weight": LogUniform(0.2, 20.0)}, objective=("frechet", "min"), epochs=2)
