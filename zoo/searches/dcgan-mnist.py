"""What `kerasgen tune dcgan-mnist` tries beside both players' learning rates and the batch size.

The losses of a GAN say how evenly the players are matched and nothing about the pictures: what counts is the Frechet
distance of samples from the validation images.
"""

from kerasgen.tuning import Log, Search

search = Search(
    space={"penalty_weight": Log(0.05, 5.0)},
    objective=("frechet", "min"),
    epochs=3,
    examples=12_500,  # three quarters of a pass in all: the distance has fallen from hundreds to tens by then
)
