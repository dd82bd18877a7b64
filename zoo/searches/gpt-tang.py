"""What `kerasgen tune gpt-tang` tries besides the learning rate, the batch size and the dropout.

Regularisation pays off late, when a model without it overfits: a few passes still favour little of it, so what they find is a
lower bound.
"""

from kerasgen.tuning import Choice, Search

search = Search(space={"num_layers": Choice(4, 5, 6)}, objective=("nats", "min"), epochs=4)
