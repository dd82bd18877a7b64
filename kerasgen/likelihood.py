"""Scores of models that give probabilities: nats, bits and perplexity, with protocol, count and interval.

Like those of kerasgen.scoring, functions take what `Recipe.score` and `Recipe.validate` take and give what they give.
"""

import math

import numpy as np

from kerasgen import metrics
from kerasgen.data import to_text

BLOCK = 500  # characters that are resampled together: neighbours are not independent
SHAKESPEARE = {
    "last_tenth": "shakespeare-v1a: the last 111,540 characters (nanoGPT's validation text)",
    "test": "shakespeare-v1b: TFDS test split",
}


def validate_text(rows=20):
    """Returns a `validate` function: nats a token on the validation split, cut into `rows` texts to be quick."""

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
            suffix = f"_{split}" if i else ""
            nats = mean_loss(losses, f"{protocol}, state carried, every token scored once")
            scores["nats" + suffix] = nats
            for name, convert in (("bits", lambda x: x / math.log(2)), ("perplexity", math.exp)):
                changed = {key: convert(nats[key]) for key in ("value", "low", "high")}
                scores[name + suffix] = {**nats, **changed}
        return scores

    return score


def mean_loss(losses, protocol, block=BLOCK):
    """The score of a mean over tokens, in nats, with an interval from resampled blocks of neighbours."""
    blocks = [losses[i : i + block] for i in range(0, len(losses), block)]
    sums = np.array([[part.sum(), len(part)] for part in blocks])
    interval = metrics.bootstrap_interval(lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()), sums)
    return {
        "value": float(np.mean(losses)),
        "low": interval.low,
        "high": interval.high,
        "count": len(losses),
        "protocol": protocol,
        "better": "lower",
    }
