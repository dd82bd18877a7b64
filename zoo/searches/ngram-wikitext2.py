"""What `kerasgen tune ngram-wikitext2` tries: the order, and how many n-grams are kept, with the discounts of the formulas."""

import dataclasses

from kerasgen.scores.text import validate_text
from kerasgen.tuning import Choice, Search, set_values


def apply(recipe, values):
    return dataclasses.replace(set_values(recipe, {"discounts": None, **values}), validate=validate_text())


search = Search(
    space={"order": Choice(3, 4, 5), "max_grams": Choice(500_000, 800_000, 1_070_000)},
    objective=("nats", "min"),
    trials=8,
    apply=apply,
)
