"""What an instance says, and the data that several learn from."""

import dataclasses
from collections.abc import Callable

import numpy as np

IMAGE_SHAPE = (8, 8, 1)
COUNT = 8


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A model class, the arguments of a tiny instance, the data of two steps, and the verb that users know it by."""

    model: type
    config: dict
    batch: Callable
    use: Callable
    inputs: Callable | None = None  # what `predict` takes, where it is neither latents nor what `fit` takes
    tokenizer: object = None  # of a language model, where it is not that of the letters a to e


def images():
    return np.random.default_rng(0).uniform(-1, 1, (COUNT, *IMAGE_SHAPE)).astype("float32")


def tokens():
    return np.random.default_rng(0).integers(0, 5, (COUNT, 7)).astype("int32")


def labels():
    return np.arange(COUNT) % 3


def vectors():
    return np.random.default_rng(0).standard_normal((COUNT, 3)).astype("float32")
