"""What `kerasgen tune ddpm-mnist` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"dropout": Choice(0.0, 0.1, 0.2), "blocks": Choice(1, 2)},
    objective=("loss", "min"),
    epochs=1,
    examples=20_000,
)
