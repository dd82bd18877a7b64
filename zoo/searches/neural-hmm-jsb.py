"""What `kerasgen tune neural-hmm-jsb` tries besides the learning rate and the batch size: states, width and dropout."""

from kerasgen.tuning import Choice, Search, Uniform

search = Search(
    space={"states": Choice(30, 60, 100, 150), "hidden_dim": Choice(64, 128, 256), "dropout": Uniform(0.0, 0.5)},
    objective=("nats", "min"),
    epochs=10,
)
