"""What `kerasgen tune realnvp-mnist` tries besides the learning rate and the batch size: affine couplings or mixtures."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"components": Choice(0, 4, 8), "mixing": Choice("conv", "swap")},
    objective=("bits_per_dim", "min"),
    epochs=2,
    examples=10_000,
)
