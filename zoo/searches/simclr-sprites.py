"""What `kerasgen tune simclr-sprites` tries beside the learning rate and the batch size: the temperature of the contrast.

The accuracy of a linear classifier of the features decides, on the validation split: losses of different temperatures and
batch sizes are no one scale.
"""

from kerasgen.tuning import LogUniform, Search

search = Search(space={"temperature": LogUniform(0.05, 1.0)}, objective=("probe_accuracy", "max"), epochs=5)
