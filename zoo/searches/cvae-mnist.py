"""What `kerasgen tune cvae-mnist` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"latent_dim": Choice(16, 32, 64), "hidden_dim": Choice(256, 512)},
    objective=("nats", "min"),
    epochs=3,
    examples=25_000,
)
