"""What `kerasgen tune autoencoder-mnist` tries besides the learning rate and the batch size: the number of latents is given."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"hidden_dim": Choice(128, 256, 512)},
    objective=("mse", "min"),
    epochs=3,
    examples=25_000,
)
