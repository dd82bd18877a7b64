"""What `kerasgen tune realnvp-moons` tries besides the learning rate and the batch size: affine couplings or mixtures."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"components": Choice(0, 4, 8), "hidden_dim": Choice(24, 48, 96)},
    objective=("nats", "min"),
    epochs=10,
)
