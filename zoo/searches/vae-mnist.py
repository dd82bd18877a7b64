"""What `kerasgen tune vae-mnist` tries beside the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"latent_dim": Choice(20, 40, 64)},
    objective=("nats", "min"),
    epochs=4,
    examples=25_000,
)
