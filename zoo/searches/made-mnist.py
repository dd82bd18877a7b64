"""What `kerasgen tune made-mnist` tries besides the learning rate and the batch size: orders, and dropout of hidden units."""

from kerasgen.tuning import Choice, Search, Uniform

search = Search(
    space={"num_orders": Choice(1, 4), "dropout": Uniform(0.0, 0.4)},
    objective=("nats", "min"),
    epochs=4,
)
