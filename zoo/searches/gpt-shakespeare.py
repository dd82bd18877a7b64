"""What `kerasgen tune gpt-shakespeare` tries besides learning rate, batch size and dropout: how far blocks look back.

Regularisation pays off late, when a model without it overfits: short trials favour little of it, so what they find is a lower
bound. Trials do not train on the validation text, which the recipe's own training also reads.
"""

import dataclasses
import functools

from kerasgen.scores.text import validate_text
from kerasgen.tuning import Choice, Search, set_values


def apply(recipe, values):
    return dataclasses.replace(
        set_values(recipe, values),
        batches=functools.partial(recipe.batches, parts=("train",)),
        validate=validate_text(),
        notes="Knows the 65 characters of its training text and no others. Read the training text alone, with values that "
        "were best in a search.",
    )


search = Search(
    space={"window": Choice(64, 128, 256)},
    objective=("nats", "min"),
    epochs=1,
    apply=apply,
)
