"""Scores of models of poems in fixed forms: perplexity beside n-grams, form, and lines taken from the training poems."""

import dataclasses
import math

import numpy as np

from kerasgen import blocks
from kerasgen.data.ragged import to_strings
from kerasgen.models.language.ngram import NGram
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.text import converted
from kerasgen.tokenizers.poem import END, FORMS, MARKS, form_of, lines_of

ORDERS = (2, 3, 4, 5)  # of n-grams, of which validation chooses one
ROWS = 128  # poems that are read at once


def validate_poems(count=1024):
    """Returns a `validate` function: nats a character on so many poems of the validation split, to be quick."""

    def validate(model, splits):
        nats, characters = sums(model, rows_of(model, splits["validation"])[:count])
        return {"nats": float(nats.sum() / characters.sum())}

    return validate


def score_poems(protocol, count=1000):
    """Returns a `score` function for a `PoemGPT`, on the fields "poem" and "label" of the test split.

    Args:
        protocol: Name of the split and words for it.
        count: How many poems to draw, a quarter in each form.
    """

    def score(model, splits, full=True):
        rows = rows_of(model, splits["test"])
        nats, characters = sums(model, rows)
        given = f"{protocol}: nats of {len(nats):,} poems given their form, marks and end included, by characters without marks"
        beside = ngram_perplexity(model, splits, rows) if full else {}
        mean = with_interval(
            lambda pairs: float(pairs[:, 0].sum() / pairs[:, 1].sum()),
            np.stack([nats, characters], axis=1),
            **{"count": int(characters.sum()), "protocol": given, "label": "nats per character", "better": "lower"},
        )
        perplexity = converted(mean, math.exp, "perplexity per character")
        perplexity = dataclasses.replace(perplexity, leading=True, **beside)
        return {"nats": mean, "perplexity": perplexity, **score_drawn(model, splits, count if full else 4 * len(FORMS))}

    return score


def score_drawn(model, splits, count):
    """How many of so many drawn poems have the form asked for, and how many of their lines stand in training poems."""
    each = count // len(FORMS)
    drawn = [(form, poem) for form in FORMS for poem in model.sample(each, seed=0, batch_size=each, form=form)]
    known = set().union(*map(lines_of, to_strings(splits["train"], "poem")))
    held_out = [lines_of(poem) for poem in to_strings(splits["test"], "poem")]
    words = f"{len(drawn):,} poems of seed 0, {each} in each form, temperature 1"
    return {
        "form": with_interval(
            lambda hits: float(np.mean(hits)),
            [form_of(poem) == form for form, poem in drawn],
            **{"protocol": f"{words}: lines and their lengths", "label": "poems in the form asked for", "better": "higher"},
        ),
        "copied_lines": with_interval(
            lambda pairs: float(pairs[:, 0].sum() / max(1, pairs[:, 1].sum())),
            shares(map(lines_of, (poem for _, poem in drawn)), known),
            **{
                "protocol": f"lines of {words}, that a training poem has, too",
                "label": "lines copied from training poems",
                "better": "lower",
                "reference": float(np.divide(*shares(held_out, known).sum(axis=0))),
                "beside": "held-out poems",
            },
        ),
    }


def shares(poems, known):
    """For each poem, a list of lines: how many of them are known, and how many it has, (count, 2)."""
    return np.array([[sum(line in known for line in lines), len(lines)] for lines in poems], "float64")


def rows_of(model, fields):
    """The poems of a split as the model reads them, (count, LONGEST)."""
    return model.tokenizer.rows(to_strings(fields, "poem"), fields["label"])


def sums(model, rows):
    """(nats of each poem given its form, its end included; its characters without marks), each (count,)."""
    log_probs = blocks.mapped(model.token_log_probs, rows, size=ROWS).astype("float64")
    return sums_of(log_probs, rows)


def sums_of(log_probs, rows):
    counts = (rows != END) | (np.arange(rows.shape[1]) == np.argmax(rows == END, axis=1)[:, None])
    counts[:, 0] = False  # the form
    characters = (rows != END) & ~np.isin(rows, MARKS)
    return -np.sum(log_probs * counts, axis=1), characters[:, 1:].sum(axis=1)


def ngram_perplexity(model, splits, rows):
    """{reference, beside}: what modified Kneser-Ney reaches on the same poems, tokens and forms; validation chose its order."""
    size = model.tokenizer.size
    train, validation = (rows_of(model, splits[part]) for part in ("train", "validation"))
    best = None
    for order in ORDERS:
        ngram = NGram(size, order)
        ngram.fit(stream(train)[None])
        nats, characters = stream_sums(ngram, validation)
        found = (nats.sum() / characters.sum(), order, ngram)
        best = found if best is None else min(best, found, key=lambda each: each[0])
    nats, characters = stream_sums(best[2], rows)
    return {"reference": math.exp(nats.sum() / characters.sum()), "beside": f"Kneser-Ney of order {best[1]}"}


def stream(rows):
    """Rows as one text: each poem after its form, with one end."""
    return rows[kept(rows)]


def kept(rows):
    return np.arange(rows.shape[1]) <= np.argmax(rows == END, axis=1)[:, None]


def stream_sums(ngram, rows):
    """As `sums`, by n-grams, which read the poems one after another."""
    log_probs = np.zeros(rows.shape)
    log_probs[kept(rows)] = ngram.token_log_probs(stream(rows)[None])[0]
    return sums_of(log_probs, rows)
