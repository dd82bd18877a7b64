"""What `kerasgen tune lstm-jsb` tries besides rate, batch size and dropout: widths, and dropped weights."""

from kerasgen.tuning import Choice, Search, Uniform

search = Search(
    space={"units": Choice(128, 256), "chord_dim": Choice(128, 256), "weight_drop": Uniform(0.0, 0.5)},
    objective=("nats", "min"),
    epochs=6,
)
