"""Scores of models of binary images whose latents stand in several stochastic layers."""

import numpy as np

from kerasgen import data
from kerasgen.data import binarise, to_float_images
from kerasgen.scores.bits import BIT_SEED
from kerasgen.scores.text import mean_loss


def score_hierarchy(static, samples=500, more_samples=5000, some=1000, subset=100, data_name="mnist"):
    """Returns a `score` function for models of binary images with `elbo`, `iw_bound` and `layer_divergences`.

    Args:
        static: Name of a data set with the same test images as bits that were drawn once by others.
        samples, more_samples: Latents an image of the bounds, and of the tighter one.
        some: How many of the test images, as bits of our own, have the bound with `samples`; those of `static` have it all.
        subset: How many of them have the tighter one, too: with it, one sees what more samples would still bring.
        data_name: Of the data set, for the name of the protocol.
    """

    def score(model, splits, full=True):
        bits = binarise(splits["test"]["image"], BIT_SEED)
        dynamic = f"dynamic-{data_name}-v1: test images, bits drawn once from their grey levels with seed {BIT_SEED}"

        def bound(images, samples, protocol, label, **fields):
            nats = -model.iw_bound(images, samples=samples).astype("float64")
            label = f"nats per image, {label}"
            return mean_loss(nats, f"{protocol}; {samples} samples an image", label, block=1, **fields)

        scores = {}
        if full:
            others = to_float_images(data.load(static)["test"]["image"])
            protocol = f"trained on fresh bits, tested static: test split of {static}"
            scores["static_nats"] = bound(others, samples, protocol, "importance-weighted bound, static bits", leading=True)
            first = f"{dynamic}, the first {min(some, len(bits))}"
            scores["iw_nats"] = bound(bits[:some], samples, first, "importance-weighted bound, fresh bits")
        first = f"{dynamic}, the first {min(subset, len(bits))}"
        scores["iw_nats_first"] = bound(bits[:subset], samples, first, "importance-weighted bound, some images")
        if full:
            label = "tighter importance-weighted bound, the same images"
            scores["iw_nats_first_more"] = bound(bits[:subset], more_samples, first, label)
        protocol, label = f"{dynamic}; one sample an image", "nats per image, evidence lower bound"
        scores["elbo_nats"] = mean_loss(-model.elbo(bits).astype("float64"), protocol, label, block=1)
        return {**scores, "divergence": divergence_score(model.layer_divergences(bits), model.scales)}

    return score


def divergence_score(divergences, scales):
    """KL of all stochastic layers in nats; its parts are those of single layers, (count, layers), the top one first."""
    divergences = divergences.astype("float64")
    return mean_loss(
        divergences.sum(axis=1),
        "KL(q(layer | layers above, image) || p(layer | layers above)), test images, one sample each; layers from the top "
        f"down: {', '.join(scales)}",
        "KL of the stochastic layers in nats",
        block=1,
        better=None,
        parts=[round(float(part), 3) for part in np.mean(divergences, axis=0)],
    )
