"""Scores of variational autoencoders of grey levels: bits a dimension, and reconstructions beside principal components."""

import math

import numpy as np

from kerasgen.data import Batches, to_float_images
from kerasgen.scores.autoencoders import reconstruction_scores, squared_errors
from kerasgen.scores.text import converted, mean_loss


def mirrored(recipe, splits):
    """Batches of the training images and of their mirror images: a `batches` function."""
    images = splits["train"]["image"]
    both = np.concatenate([images, images[:, :, ::-1]])
    size, steps = min(recipe.batch_size, len(both)), recipe.steps_per_epoch
    return Batches(both, size, seed=recipe.seed, steps_per_epoch=steps, prepare=to_float_images)


def validate_levels(count=600, samples=20):
    """Returns a `validate` function: the importance-weighted bound in bits a dimension, and the error of reconstructions."""

    def validate(model, splits):
        images = to_float_images(splits["validation"]["image"][:count])
        nats = -np.mean(model.iw_bound(images, samples=samples), dtype="float64")
        error = np.mean(squared_errors(images, model.reconstruct(images)))
        return {"bits_per_dim": float(nats / (math.log(2) * images[0].size)), "mse": float(error)}

    return validate


def score_levels(samples=500):
    """Returns a `score` function for models of grey levels with `elbo`, `iw_bound` and `reconstruct`."""

    def score(model, splits, full=True):
        train, test = (to_float_images(splits[part]["image"]) for part in ("train", "test"))
        scale = 1 / (math.log(2) * test[0].size)

        def bits(nats, protocol, label):
            score = mean_loss(
                -nats.astype("float64"), f"{protocol}; {test[0].size} numbers of 256 levels an image", label, block=1
            )
            return converted(score, lambda x: scale * x, label)

        scores = reconstruction_scores(model, train, test)
        if full:
            bound = model.iw_bound(test, samples=samples)
            label = "bits per dimension, importance-weighted bound"
            scores["iw_bits_per_dim"] = bits(bound, f"test images, {samples} samples an image", label)
        label = "bits per dimension, evidence lower bound"
        return {**scores, "elbo_bits_per_dim": bits(model.elbo(test), "test images, one sample an image", label)}

    return score
