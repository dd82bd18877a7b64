"""What `kerasgen tune gpt-tang` tries besides learning rate and batch size: more and less dropout.

Regularisation pays off late: short trials favour little of it, so what they find is a lower bound.
"""

from kerasgen.tuning import Search, Uniform

search = Search(
    space={"dropout": Uniform(0.1, 0.4)},
    objective=("nats", "min"),
    epochs=2,
)
