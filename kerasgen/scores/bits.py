"""Scores of models of binary images: bounds on nats and bits, and the information in the latents."""

import math

import numpy as np

from kerasgen import data
from kerasgen.data import binarise, to_float_images
from kerasgen.score import Score
from kerasgen.scores.text import converted, mean_loss

BIT_SEED = 2024  # of the bits that images are drawn as, once


def validate_bits(count=1000, samples=50, labelled=False):
    """Returns a `validate` function: the importance-weighted bound of the first validation images, in nats per image.

    `labelled` models are told the labels.
    """

    def validate(model, splits):
        part = {field: array[:count] for field, array in splits["validation"].items()}
        bits, given = binarise(part["image"], BIT_SEED), [part["label"]] if labelled else []
        return {"nats": float(-np.mean(model.iw_bound(bits, *given, samples=samples), dtype="float64"))}

    return validate


def score_bits(static=None, samples=500, more_samples=5000, subset=500, labelled=False, data_name="mnist"):
    """Returns a `score` function for models of binary images with `encode`, `elbo` and `iw_bound`.

    Args:
        static: Name of a data set with the same test images as bits that were drawn once by others; None to leave it out.
        samples, more_samples: Latents per image, for the whole test set and for its first `subset` images.
        labelled: Whether the model is told the labels, so that the bounds are of images given their class.
        data_name: Of the data set, for the name of the protocol.
    """

    def score(model, splits, full=True):
        bits = binarise(splits["test"]["image"], BIT_SEED)
        given = [splits["test"]["label"]] if labelled else []
        dynamic = f"test images, bits drawn once from their grey levels with seed {BIT_SEED}"
        dynamic += ", given their class" if labelled else ""
        first = bits[:subset]

        def bound(images, samples, protocol, label, **fields):
            labels = [part[: len(images)] for part in given]
            nats = -model.iw_bound(images, *labels, samples=samples).astype("float64")
            label = f"nats per image, {label}"
            return mean_loss(nats, f"{protocol}; {samples} samples an image", label, block=1, **fields)

        scores = {}
        if full:
            nats = bound(bits, samples, f"dynamic-{data_name}-v1: {dynamic}", "importance-weighted bound", leading=True)
            scale, label = 1 / (math.log(2) * bits[0].size), "bits per pixel, importance-weighted bound"
            scores |= {"iw_nats": nats, "iw_bits_per_pixel": converted(nats, lambda x: scale * x, label)}
        protocol, label = f"{dynamic}; one sample an image", "nats per image, evidence lower bound"
        scores["elbo_nats"] = mean_loss(-model.elbo(bits, *given).astype("float64"), protocol, label, block=1)
        some = f"the first {len(first)}"
        scores["iw_nats_first"] = bound(first, samples, some, "importance-weighted bound, some images")
        if full:
            label = "tighter importance-weighted bound, the same images"
            scores["iw_nats_first_more"] = bound(first, more_samples, some, label)
        if full and static is not None:
            others = to_float_images(data.load(static)["test"]["image"])
            protocol = f"trained dynamic, tested static: test split of {static}"
            scores["static_nats"] = bound(others, samples, protocol, "importance-weighted bound, static bits")
        return {**scores, **latent_scores(*model.encode(bits, *given))}

    return score


def latent_scores(mean, log_variance):
    """What the latents of (mean, log-variance), (count, latent_dim) each, carry: KL to the prior in nats, units in use."""
    mean, log_variance = mean.astype("float64"), log_variance.astype("float64")
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    in_use = np.var(mean, axis=0) > 0.01
    return {
        "divergence": mean_loss(
            divergence.sum(axis=1),
            "KL(q(z | image) || p(z)), test images",
            "KL of the latents in nats",
            block=1,
            better=None,
            parts=sorted((round(float(part), 3) for part in divergence.mean(axis=0)), reverse=True),
        ),
        "active_units": Score(
            int(np.sum(in_use)),
            count=len(mean),
            protocol=f"of {mean.shape[1]}: the mean's variance over the test images is above 0.01 (Burda et al., 2016)",
            label="active latents",
        ),
    }
