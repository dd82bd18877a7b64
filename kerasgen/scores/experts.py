"""The judges and encoders of the zoo that score other models, and the samples drawn for them."""

import functools

import numpy as np

from kerasgen import blocks, zoo
from kerasgen.data import to_float_images

BLOCK = 1000  # images made and judged at once: only features and probabilities are held
SAMPLE_SEED = 2024


@functools.cache
def expert(name):
    """The judge or encoder of that name, loaded once."""
    return zoo.load(name)


def floats(images):
    """uint8 images as floats in [-1, 1]; floats as they are."""
    return to_float_images(images) if images.dtype == np.uint8 else images


def sampler(model, seed):
    """A function (start, stop) -> those rows of `model.sample(stop, seed=seed)`, without computing the rest."""
    return lambda start, stop: model.sample(stop - start, seed=seed, start=start)


def features_and_probabilities(judge, images):
    """(features, class probabilities) of uint8 or [-1, 1] images."""
    return blocks.mapped(lambda part: judge.features_and_probabilities(floats(part)), images, size=BLOCK)


def judge_samples(judge, model, count, seed=SAMPLE_SEED):
    """(features, class probabilities) of `count` samples, which are drawn block by block."""
    draw = sampler(model, seed)
    return blocks.drawn(lambda *ends: judge.features_and_probabilities(draw(*ends)), count, size=BLOCK)


def features_of(encoder, images):
    """Features of uint8 images."""
    return blocks.mapped(lambda part: encoder.features(floats(part)), images, size=BLOCK)


def features_drawn(encoder, draw, count):
    """Features of the first `count` images of a function (start, stop) -> images in [-1, 1]."""
    return blocks.drawn(lambda *ends: encoder.features(draw(*ends)), count, size=BLOCK)
