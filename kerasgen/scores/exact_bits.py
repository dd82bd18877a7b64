"""Scores of models of binary images with an exact probability: nats and bits."""

import dataclasses
import math

import numpy as np

from kerasgen import data
from kerasgen.data import binarise, to_float_images
from kerasgen.scores.bits import BIT_SEED
from kerasgen.scores.text import converted, mean_loss


def validate_exact_bits(count=2000):
    """Returns a `validate` function: minus the log-probability of the first validation images, as bits, in nats an image."""

    def validate(model, splits):
        bits = binarise(splits["validation"]["image"][:count], BIT_SEED)
        return {"nats": float(-np.mean(model.log_prob(bits)))}

    return validate


def score_exact_bits(static=None, trained="fresh bits", data_name="mnist"):
    """Returns a `score` function for models of binary images with `log_prob`.

    Args:
        static: Name of a data set with the same test images as bits that were drawn once by others, whose number then leads;
            None to leave it out.
        trained: What the model was trained on, in words.
        data_name: Of the data set, for the name of the protocol.
    """

    def score(model, splits, full=True):
        protocol = f"dynamic-{data_name}-v1: test images, bits drawn once from their grey levels with seed {BIT_SEED}"
        bits = binarise(splits["test"]["image"], BIT_SEED)
        nats = mean_loss(-model.log_prob(bits), f"exact; {protocol}", "nats per image", block=1)
        scale, label = 1 / (math.log(2) * bits[0].size), "bits per pixel"
        scores = {
            "nats": dataclasses.replace(nats, leading=True),
            "bits_per_pixel": converted(nats, lambda x: scale * x, label),
        }
        if full and static is not None:
            others = to_float_images(data.load(static)["test"]["image"])
            protocol = f"exact; trained on {trained}, tested static: test split of {static}"
            label = "nats per image, static bits"
            scores["static_nats"] = mean_loss(-model.log_prob(others), protocol, label, block=1, leading=True)
        return scores

    return score
