"""What `kerasgen tune made-mnist` tries besides the learning rate and the batch size: width, and dropout of hidden units."""

from kerasgen.tuning import Choice, Search, Uniform

search = Search(
    space={"hidden_dims": Choice([500], [1000], [500, 500]), "dropout": Uniform(0.0, 0.4)},
    objective=("nats", "min"),
    epochs=4,
)
