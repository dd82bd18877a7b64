"""Scores of models that fill in hidden tokens: by both sides, beside what either direction reaches alone."""

import dataclasses

import numpy as np

from kerasgen.data import to_text
from kerasgen.samplers.tokens import log_softmax
from kerasgen.scores.text import mean_loss

SIDES = {"fill": "hidden token, by both sides", "forward": "token, by those before", "backward": "token, by those after"}


def validate_fill(rows=20):
    """Returns a `validate` function: nats of a hidden token on the validation split, cut into `rows` texts to be quick."""

    def validate(model, splits):
        ids = model.tokenizer.encode(to_text(splits["validation"]["text"]))
        ids = ids[: len(ids) // rows * rows].reshape(rows, -1)
        return {"nats": float(np.mean(losses_and_hits(model, ids)["fill"][0]))}

    return validate


def score_fill(protocols):
    """Returns a `score` function for a `BidirectionalLM`: how often its likeliest token is the hidden one, and nats.

    Each split is one text of which each token is hidden alone and all others are visible; both states are carried from end to
    end. The accuracy of both sides stands beside that of the better direction alone, and their difference has an interval.

    Args:
        protocols: {split: name and words for it}; the first is the leading one.
    """

    def score(model, splits, full=True):
        scores = {}
        for i, (split, protocol) in enumerate(protocols.items()):
            suffix, more = (f"_{split}", ", second text") if i else ("", "")
            found = losses_and_hits(model, model.tokenizer.encode(to_text(splits[split]["text"]))[None])
            found = {side: tuple(part[0] for part in parts) for side, parts in found.items()}
            protocol = f"{protocol}, each token alone hidden, states carried, every token scored once"
            scores |= {f"{key}{suffix}": each for key, each in fill_scores(found, protocol, more, leading=i == 0).items()}
        return scores

    return score


def fill_scores(found, protocol, more, leading):
    """Accuracies, their difference, and nats: {key: `Score`}.

    Args:
        found: {"fill", "forward", "backward": (nats of each token (count,), whether it was the likeliest (count,))}.
        protocol: In words.
        more: The end of each label.
        leading: Whether tables show the accuracy of both sides.
    """
    scores = {
        f"{side}_accuracy": mean_loss(found[side][1], protocol, f"accuracy of a {words}{more}", better="higher")
        for side, words in SIDES.items()
    }
    better = max(("forward", "backward"), key=lambda side: scores[f"{side}_accuracy"].value)
    alone = {"reference": scores[f"{better}_accuracy"].value, "beside": f"{better} direction"}
    scores["fill_accuracy"] = dataclasses.replace(scores["fill_accuracy"], leading=leading, **alone)
    gain, words = found["fill"][1] - found[better][1], f"accuracy gained over the {better} direction{more}"
    scores["gain"] = mean_loss(gain, protocol, words, better="higher")
    return scores | {
        f"{side}_nats": mean_loss(found[side][0], protocol, f"nats per {words}{more}") for side, words in SIDES.items()
    }


def losses_and_hits(model, ids):
    """{"fill", "forward", "backward": (nats, 1 if it was the likeliest)} of each of `ids` (count, length), float64."""
    found = {side: ([], []) for side in SIDES}
    for first, last, logits in model.predictions(ids):
        tokens = ids[:, first:last]
        for side, (losses, hits) in found.items():
            log_probs = log_softmax(logits[side])
            losses.append(-np.take_along_axis(log_probs, tokens[..., None], axis=2)[..., 0])
            hits.append((np.argmax(log_probs, axis=2) == tokens).astype("float64"))
    return {side: tuple(np.concatenate(parts, axis=1) for parts in each) for side, each in found.items()}
