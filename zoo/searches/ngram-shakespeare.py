"""What `kerasgen tune ngram-shakespeare` tries: the order, and how many n-grams are kept.

Trials do not count the validation text, which the recipe's own training also reads. Discounts are those of the formulas, since
the recipe's are fitted to one order.
"""

import dataclasses
import functools

from kerasgen.scores.text import validate_text
from kerasgen.tuning import Choice, Search, set_values


def apply(recipe, values):
    return dataclasses.replace(
        set_values(recipe, {"discounts": None, **values}),
        batches=functools.partial(recipe.batches, parts=("train",)),
        validate=validate_text(),
        notes="Knows the 65 characters of its training text and no others. Counts of the training text alone, with values that "
        "were best in a search.",
    )


search = Search(
    space={"order": Choice(5, 6, 7, 8), "max_grams": Choice(200_000, 400_000, 700_000)},
    objective=("nats", "min"),
    trials=8,
    apply=apply,
)
