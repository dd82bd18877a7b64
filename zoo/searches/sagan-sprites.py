"""What `kerasgen tune sagan-sprites` tries besides both players' learning rates and the batch size: the decay of the average.

A short trial wants a shorter memory than the recipe's 0.999. What decides is what decides for dcgan-sprites.
"""

from kerasgen.tuning import Choice, Search

search = Search(space={"average_decay": Choice(0.99, 0.995, 0.999)}, objective=("kernel_distance", "min"), epochs=2)
