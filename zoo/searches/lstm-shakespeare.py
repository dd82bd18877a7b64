"""What `kerasgen tune lstm-shakespeare` tries beside the learning rate, the batch size and the dropout.

Regularisation pays late: a trial has to be long enough to overfit without it.
"""

from kerasgen.tuning import Linear, Search

search = Search(
    space={"weight_drop": Linear(0.0, 0.6)},
    objective=("nats", "min"),
    epochs=10,
)
