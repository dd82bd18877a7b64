"""What `kerasgen tune dcgan-sprites` tries besides both players' learning rates and the batch size.

The kernel distance on the features of simclr-sprites decides: with 596 validation tiles a Frechet distance is mostly bias.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"penalty_weight": LogUniform(0.03, 3.0)}, objective=("kernel_distance", "min"), epochs=2)
