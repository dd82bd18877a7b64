"""Scores of language models: nats, bits and perplexity, with protocol, count and interval."""

import math

import numpy as np

from kerasgen.data import to_text
from kerasgen.score import Score
from kerasgen.scores.intervals import with_interval

BLOCK = 500  # tokens that are resampled together: neighbours are not independent
SHAKESPEARE = {
    "last_tenth": "shakespeare-v1a: the last 111,540 characters (nanoGPT's validation text)",
    "test": "shakespeare-v1b: TFDS test split",
}


def validate_text(rows=20):
    """Returns a `validate` function: nats per token on the validation split, cut into `rows` texts to be quick."""

    def validate(model, splits):
        ids = model.tokenizer.encode(to_text(splits["validation"]["text"]))
        ids = ids[: len(ids) // rows * rows].reshape(rows, -1)
        return {"nats": float(-np.mean(model.token_log_probs(ids), dtype="float64"))}

    return validate


def score_text(protocols):
    """Returns a `score` function for language models.

    Each split is one text: the state is carried from its first token to its last, and every token is scored once.

    Args:
        protocols: {split: name and words for it}; the first is the leading one.
    """

    def score(model, splits, full=True):
        scores = {}
        for i, (split, protocol) in enumerate(protocols.items()):
            text = to_text(splits[split]["text"])
            losses = -model.token_log_probs(model.tokenizer.encode(text)[None])[0].astype("float64")
            suffix, more = (f"_{split}", ", second text") if i else ("", "")
            protocol = f"{protocol}, state carried, every token scored once"
            nats = mean_loss(losses, protocol, f"nats per token{more}", leading=not i)
            scores |= {
                f"nats{suffix}": nats,
                f"bits{suffix}": converted(nats, lambda x: x / math.log(2), f"bits per token{more}"),
                f"perplexity{suffix}": converted(nats, math.exp, f"perplexity{more}"),
            }
        return scores

    return score


def mean_loss(losses, protocol, label, block=BLOCK, **fields):
    """The score of a mean over tokens or other losses in nats, with an interval from resampled blocks of neighbouring ones."""
    blocks = [losses[i : i + block] for i in range(0, len(losses), block)]
    sums = np.array([[part.sum(), len(part)] for part in blocks])
    return with_interval(
        lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()),
        sums,
        **{"count": len(losses), "protocol": protocol, "label": label, "better": "lower", **fields},
    )


def converted(score, convert, label):
    """The same score in another unit, which tables leave out."""
    values = [convert(number) for number in (score.value, score.low, score.high)]
    return Score(values[0], score.count, score.protocol, label, score.better, low=values[1], high=values[2])
