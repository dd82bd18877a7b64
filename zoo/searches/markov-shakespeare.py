"""What `kerasgen tune markov-shakespeare` tries: the order and the smoothing.

Trials do not count the validation text, which the recipe's own training also reads.
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
        notes="Knows the 65 characters of its training text and no others. Counts of the training text alone, with values that "
        "were best in a search.",
    )


search = Search(
    space={"order": Choice(4, 5, 6, 7), "smoothing": Choice(10.0, 30.0, 60.0)},
    objective=("nats", "min"),
    trials=8,
    apply=apply,
)
