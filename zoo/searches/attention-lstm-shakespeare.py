"""What `kerasgen tune attention-lstm-shakespeare` tries besides the learning rate, the batch size and the dropout.

Regularisation pays off late, when a model without it overfits: four passes still favour little of it, so what they find is a
lower bound. Trials do not train on the validation text, which the recipe's own training also reads.
"""

import dataclasses
import functools

from kerasgen.scores.text import validate_text
from kerasgen.tuning import Choice, Search, Uniform, set_values


def apply(recipe, values):
    return dataclasses.replace(
        set_values(recipe, values),
        batches=functools.partial(recipe.batches, parts=("train",)),
        validate=validate_text(),
        notes="Knows the 65 characters of its training text and no others. Read the training text alone, with values that "
        "were best in a search.",
    )


search = Search(
    space={"weight_drop": Uniform(0.0, 0.6), "window": Choice(16, 64)},
    objective=("nats", "min"),
    epochs=4,
    apply=apply,
)
