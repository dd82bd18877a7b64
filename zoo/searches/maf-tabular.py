"""What `kerasgen tune maf-tabular` tries besides the learning rate and the batch size."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"num_layers": Choice(1, 2, 3, 5), "components": Choice(0, 2, 4, 8), "dropout": Choice(0.0, 0.2, 0.4)},
    objective=("nats", "min"),
    epochs=60,
)
