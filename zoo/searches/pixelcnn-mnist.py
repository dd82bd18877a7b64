"""What `kerasgen tune pixelcnn-mnist` tries besides the learning rate and the batch size: more channels or more layers."""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"width": Choice(16, 24, 32), "num_layers": Choice(4, 6, 8)},
    objective=("nats", "min"),
    epochs=1,
    examples=10_000,
)
