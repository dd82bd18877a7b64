"""What `kerasgen tune vae-fashion` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"latent_dim": Choice(20, 40, 64), "train_samples": Choice(1, 2, 4)},
    objective=("nats", "min"),
    epochs=3,
    examples=25_000,
)
