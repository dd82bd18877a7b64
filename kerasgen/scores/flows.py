"""Scores of normalizing flows of images: bounds on bits per dimension, and a judge's look at samples."""

import dataclasses
import math

import numpy as np

from kerasgen.data import to_float_images
from kerasgen.scores.judged import score_images
from kerasgen.scores.text import converted, mean_loss


def validate_bits_per_dim(count=2000):
    """Returns a `validate` function: minus the evidence lower bound of the first validation images, in bits per dimension."""

    def validate(model, splits):
        images = to_float_images(splits["validation"]["image"][:count])
        return {"bits_per_dim": float(-np.mean(model.elbo(images)) / (math.log(2) * images[0].size))}

    return validate


def score_flow(judge_name, samples=16, subset=1000):
    """Returns a `score` function for flows of 8-bit images with `elbo`, `iw_bound` and `sample`.

    Args:
        judge_name: The judge of the zoo that samples are shown to.
        samples: Draws of the noise of the importance-weighted bound, which is of the first `subset` test images.
        subset: See there.
    """
    judged = score_images(judge_name)

    def score(model, splits, full=True):
        images = to_float_images(splits["test"]["image"])
        scale = 1 / (math.log(2) * images[0].size)

        def bits(key, bound, protocol, label, **fields):
            nats = mean_loss(-bound, protocol, f"nats per image, {label}", block=1)
            bits = converted(nats, lambda x: scale * x, f"bits per dimension, {label}")
            return {f"{key}_bits_per_dim": dataclasses.replace(bits, **fields), f"{key}_nats": nats}

        protocol = "8-bit-v1: probability of test images of 256 grey levels"
        label = "bound"
        scores = bits("elbo", model.elbo(images), f"{protocol}; 1 sample an image", label, leading=True)
        if full:
            protocol = f"{protocol}, the first {subset}; {samples} samples an image"
            bound = model.iw_bound(images[:subset], samples=samples)
            scores |= bits("iw", bound, protocol, "importance-weighted bound")
        return {**scores, **judged(model, splits, full=False)}

    return score
