"""The sentence pairs of tatoeba.org as manythings.org/anki packs them."""

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.splitting import split

LICENCE = "CC BY 2.0 FR (tatoeba.org and manythings.org/anki)"
SPLITS = (
    "8:1:1 (a tenth is enough to score a translation), drawn with seed 0 by groups of pairs that share a sentence in either "
    "language, so that no sentence is in two splits"
)


def pairs(content, other):
    """{split: {"eng": texts, other: texts}} of the zip file with the table <other>.txt."""
    rows = parsing.table(parsing.zip_members(content)[f"{other}.txt"], header=False)
    rows = list(dict.fromkeys((row[0], row[1]) for row in rows))  # a third column names the contributors
    english, foreign = zip(*rows, strict=True)
    return split({**from_strings("eng", english), **from_strings(other, foreign)}, (8, 1, 1), groups=groups(rows))


def groups(rows):
    """The number of the first pair that each pair is linked to by sentences in common."""
    first = list(range(len(rows)))

    def head(number):
        while first[number] != number:
            number = first[number] = first[first[number]]
        return number

    seen = {}
    for number, row in enumerate(rows):
        for sentence in enumerate(row):
            low, high = sorted((head(number), head(seen.setdefault(sentence, number))))
            first[high] = low
    return [head(number) for number in range(len(rows))]
