"""What `kerasgen tune simclr-sprites` tries besides the learning rate and the batch size: the temperature of the contrast.

The accuracy of a linear classifier of the features on the validation split decides: losses with different temperatures and
batch sizes are not on one scale.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"temperature": LogUniform(0.05, 1.0)}, objective=("probe_accuracy", "max"), epochs=5)
