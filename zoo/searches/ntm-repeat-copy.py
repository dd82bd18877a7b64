"""What `kerasgen tune ntm-repeat-copy` tries besides the learning rate and the batch size:
the controller, its size, and the width of a slot.
"""

from kerasgen.tuning import Choice, Search

search = Search(
    space={"controller": Choice("lstm", "dense"), "units": Choice(50, 100), "width": Choice(10, 20, 40)},
    objective=("nats", "min"),
    epochs=8,
)
