"""Scores of models of poems in forms: how well they predict, whether forms come out right, and what is copied."""

import dataclasses

import numpy as np

from kerasgen import blocks
from kerasgen.data.ragged import to_strings
from kerasgen.data.sets.chinese_poetry import PUNCTUATION, lines
from kerasgen.models.language.ngram import NGram
from kerasgen.models.language.poems import END, FORMS, has_form, rows
from kerasgen.score import Score
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.text import converted

ORDERS = (3, 4, 5, 6, 7)
PROTOCOL = "poems-v1: the test poems (families of near-copies are in one split), their marks read as commas and full stops, "
PREDICTED = PROTOCOL + "every character of a poem scored once, from its beginning, punctuation included, its form not told"


def validate_poems(most=1000):
    """Returns a `validate` function: nats a character of the first validation poems, each with the mark of its form."""

    def validate(model, splits):
        poems = to_strings(splits["validation"], "poem")[:most]
        ids = rows(model.tokenizer, poems, splits["validation"]["label"][:most])
        within = np.arange(ids.shape[1]) <= np.array(list(map(len, poems)))[:, None]  # the mark and the poem
        found = blocks.mapped(model.token_log_probs, ids, size=250)
        return {"nats": float(-np.sum(found * within, dtype="float64") / sum(map(len, poems)))}

    return validate


def score_poems(count=250):
    """Returns a `score` function for a `PoemGPT`; `count` poems of each form are judged. Counting alone is beside it."""

    def score(model, splits, full=True):
        poems = to_strings(splits["test"], "poem")[: None if full else 20]
        losses = -model.log_prob(poems, batch_size=250)
        beside = counted_losses(model.tokenizer, splits, poems) if full else (None, None)
        scores = predicted(poems, losses, *beside)
        return scores | written(model, splits, count if full else 2)

    return score


def predicted(poems, losses, order=None, counted=None):
    """Scores of the nats of each poem, beside those that counts of that order give (None for nothing beside)."""
    lengths = np.array(list(map(len, poems)))
    table = np.stack([losses, lengths, losses if counted is None else counted], axis=1)
    about = {"count": int(lengths.sum()), "protocol": PREDICTED, "better": "lower"}
    nats = with_interval(lambda rows: rows[:, 0].sum() / rows[:, 1].sum(), table, label="nats a character", **about)
    scores = {"nats": nats, "perplexity": converted(nats, lambda x: float(np.exp(x)), "perplexity a character")}
    if counted is not None:
        bar = float(np.exp(counted.sum() / lengths.sum()))
        beside = f"modified Kneser-Ney of order {order}"
        scores["perplexity"] = dataclasses.replace(scores["perplexity"], reference=bar, beside=beside)
        scores["ratio"] = with_interval(
            lambda rows: np.exp((rows[:, 0].sum() - rows[:, 2].sum()) / rows[:, 1].sum()),
            table,
            label=f"perplexity as a share of that of {beside}",
            **about,
        )
    scores["perplexity"] = dataclasses.replace(scores["perplexity"], leading=True)
    return scores


def counted_losses(tokenizer, splits, poems):
    """(order, nats of each poem) by modified Kneser-Ney of the training poems, discounts by the formulas.

    The order is the one that is best on the validation poems.
    """
    known = {part: to_strings(splits[part], "poem") for part in ("train", "validation")}
    found = []
    for order in ORDERS:
        model = NGram(tokenizer.size, order, beginning=(int(tokenizer.encode(END)[0]),) * (order - 1))
        model.tokenizer = tokenizer
        model.fit(tokenizer.encode(END.join(known["train"]) + END)[None])
        held = -np.sum(model.log_prob(known["validation"])) / sum(map(len, known["validation"]))
        found.append((held, order, model))
    _, order, best = min(found, key=lambda each: each[0])
    return order, -best.log_prob(poems)


def written(model, splits, count):
    """Scores of `count` poems of each form, and of test poems: whether they have it, and which lines are copies."""
    drawn = {form: model.sample(count, seed=i, form=form, batch_size=250) for i, form in enumerate(FORMS)}
    right = np.array([[has_form(poem, form) for poem in poems] for form, poems in drawn.items()])
    protocol = f"of {count} poems of each form that is asked for, seeds 0 to 3, temperature 1: "
    read = {line for poem in to_strings(splits["train"], "poem") for line in lines(poem)}
    poems = [poem for each in drawn.values() for poem in each]
    copied, real = (
        np.array([line in read for poem in poems for line in PUNCTUATION.split(poem) if line])
        for poems in (poems, to_strings(splits["test"], "poem"))
    )
    return {
        "form": with_interval(
            np.mean,
            right.ravel(),
            protocol=protocol + "lines, their lengths, a comma or full stop after each",
            label="poems in the form asked for",
            better="higher",
            parts=tuple(map(float, right.mean(axis=1))),
        ),
        "copied": Score(
            float(copied.mean()),
            len(copied),
            protocol + "lines that are in the training poems; beside it, those of test poems",
            "lines copied from the training poems",
            "lower",
            reference=float(real.mean()),
        ),
    }
