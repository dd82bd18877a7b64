"""What `kerasgen tune vqvae-fashion` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"usage": Choice(0.0, 0.02, 0.05, 0.1), "code_dim": Choice(8, 16, 32)},
    objective=("mse", "min"),
    epochs=2,
    examples=25_000,
)
