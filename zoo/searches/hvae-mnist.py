"""What `kerasgen tune hvae-mnist` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"free_bits": Choice(0.0, 0.25, 0.5, 1.0), "blocks": Choice(1, 2)},
    objective=("nats", "min"),
    epochs=2,
    examples=25_000,
)
