"""Scores of models that give probabilities: nats, bits and perplexity, with protocol, count and interval.

Like those of kerasgen.scoring, functions take what `Recipe.score` and `Recipe.validate` take and give what they give.
"""

import math

import numpy as np

from kerasgen import data, metrics
from kerasgen.data import binarise, to_float_images, to_text

BIT_SEED = 2024  # of the bits that images are drawn as, once
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


def validate_bits(count=1000, samples=50):
    """Returns a `validate` function: the importance-weighted bound of the first validation images, as nats an image."""

    def validate(model, splits):
        bits = binarise(splits["validation"]["image"][:count], BIT_SEED)
        return {"nats": float(-np.mean(model.iw_bound(bits, samples), dtype="float64"))}

    return validate


def score_bits(static=None, samples=500, more_samples=5000, subset=500):
    """Returns a `score` function for models of binary images with `encode`, `elbo` and `iw_bound`.

    Args:
        static: Name of a data set with the same test images as bits that were drawn once by others; None to leave it out.
        samples, more_samples: Latents an image, for the whole test set and for its first `subset` images.
    """

    def score(model, splits, full=True):
        images = splits["test"]["image"]
        bits = binarise(images, BIT_SEED)
        dynamic = f"test images, bits drawn once from their grey levels with seed {BIT_SEED}"
        first = bits[:subset]
        scores = {}
        if full:
            nats = -model.iw_bound(bits, samples).astype("float64")
            scores["iw_nats"] = mean_loss(nats, f"dynamic-mnist-v1: {dynamic}; {samples} samples an image", block=1)
            scale = 1 / (math.log(2) * bits[0].size)
            scores["iw_bits_per_pixel"] = {**scores["iw_nats"]}
            scores["iw_bits_per_pixel"].update({key: scale * scores["iw_nats"][key] for key in ("value", "low", "high")})
        scores["elbo_nats"] = mean_loss(-model.elbo(bits).astype("float64"), f"{dynamic}; one sample an image", block=1)
        scores["iw_nats_first"] = mean_loss(
            -model.iw_bound(first, samples).astype("float64"),
            f"the first {len(first)}; {samples} samples an image",
            block=1,
        )
        if full:
            nats = -model.iw_bound(first, more_samples).astype("float64")
            scores["iw_nats_first_more"] = mean_loss(nats, f"the same {len(first)}; {more_samples} samples", block=1)
            if static is not None:
                others = to_float_images(data.load(static)["test"]["image"])
                nats = -model.iw_bound(others, samples).astype("float64")
                protocol = f"trained dynamic, tested static: test split of {static}; {samples} samples an image"
                scores["static_nats"] = mean_loss(nats, protocol, block=1)
        return {**scores, **latent_scores(*model.encode(bits))}

    return score


def latent_scores(mean, log_variance):
    """What the latents of (mean, log-variance), (count, latent_dim) each, carry: KL to the prior in nats, units in use."""
    mean, log_variance = mean.astype("float64"), log_variance.astype("float64")
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    in_use = np.var(mean, axis=0) > 0.01
    count = len(mean)
    return {
        "divergence": {
            **mean_loss(divergence.sum(axis=1), "KL(q(z | image) || p(z)), test images", block=1),
            "better": "-",
            "parts": sorted((round(float(part), 3) for part in divergence.mean(axis=0)), reverse=True),
        },
        "active_units": {
            "value": int(np.sum(in_use)),
            "count": count,
            "protocol": f"of {mean.shape[1]}: the mean's variance over the test images is above 0.01 (Burda et al., 2016)",
            "better": "-",
        },
    }


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
