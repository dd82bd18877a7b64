"""Tiny instances of every model: tests/tiny/<model>.py, each with a `TINY`, found by their file names.

The environment variable TINY_ONLY leaves those of one family, a folder of kerasgen/models ("toys" for those of tests), or those
of some names with commas between them.
"""

import importlib
import os
import pathlib

import keras
import numpy as np

from kerasgen.exact import ExactModel
from kerasgen.optimizers import OptimizerGroup
from kerasgen.tokenizers import CharacterTokenizer
from tiny._base import COUNT, IMAGE_SHAPE, images, labels, tokens, vectors
from tiny._questions import Duel, Recorder, perceptron, points

__all__ = ["COUNT", "IMAGE_SHAPE", "Duel", "Recorder", "images", "labels", "perceptron", "points", "tokens", "vectors"]

BACKEND = keras.backend.backend()
ALPHABET = CharacterTokenizer("abcde")
LONGEST_TEXT = 500  # what language models write if nobody says how much


def family(model):
    """The folder of kerasgen/models that a class stands in; "toys" for one that tests define."""
    parts = model.__module__.split(".")
    return parts[2] if parts[:2] == ["kerasgen", "models"] else "toys"


FILES = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("[a-z]*.py"))
ALL = {name: importlib.import_module(f"tiny.{name}").TINY for name in FILES}
ONLY = [name for name in os.environ.get("TINY_ONLY", "").split(",") if name]
MODELS = {name: each for name, each in ALL.items() if not ONLY or name in ONLY or family(each.model) in ONLY}
NAMES = list(MODELS)
EXACT = [name for name in NAMES if issubclass(MODELS[name].model, ExactModel)]
TRAINED = [name for name in NAMES if name not in EXACT]


def build(name, **changes):
    """An untrained, uncompiled tiny model."""
    model = ALL[name].model(**{**ALL[name].config, **changes})
    if hasattr(model, "tokenizer"):
        model.tokenizer = ALL[name].tokenizer or ALPHABET
    return model


def compiled(name, **options):
    """A stirred tiny model with Adam for each player; `options` go to `compile`. An exact one has seen its data once."""
    model = stir(build(name))
    if name in EXACT:
        model.fit(*batch(name))
    else:
        model.compile(adams(model), **options)
    return model


def learned(model):
    """Weights or arrays, and the states of optimizers."""
    optimizer = getattr(model, "optimizer", None)
    arrays = [np.array(array) for _, array in sorted(getattr(model, "arrays", {}).items())]
    return [*arrays, *values([*model.weights, *(optimizer.variables if optimizer else [])])]


def state(model):
    """Everything that a training goes on from: what it has learned, and its random states."""
    return [*learned(model), *values(model.random_states())]


def batch(name):
    """What `fit` and `evaluate` of this model take: (x,) or (x, y)."""
    return ALL[name].batch()


def call_inputs(name):
    """What `predict` of this model takes."""
    if MODELS[name].inputs is not None:
        return MODELS[name].inputs()
    config, random = MODELS[name].config, np.random.default_rng(0)
    if "latent_dim" not in config:
        return batch(name)[0]
    z = random.standard_normal((COUNT, config["latent_dim"])).astype("float32")
    return [z, np.eye(config["num_classes"], dtype="float32")[labels()]] if "num_classes" in config else z


def use(name, model):
    """What a user gets from this model: an array."""
    return ALL[name].use(model)


def fit(model, *data, **options):
    """Two quiet steps in the order of the data; returns {name: [number per epoch]}."""
    return model.fit(*data, **{"batch_size": COUNT // 2, "shuffle": False, "verbose": 0, **options}).history


def numbers(samples):
    """Samples as a float32 array: texts as code points, filled up with zeros where some are short."""
    if isinstance(samples, list):
        return np.array([[*map(ord, text), *[0] * (LONGEST_TEXT - len(text))] for text in samples], "float32")
    return samples


def adams(model, learning_rate=1e-2):
    """The optimizers that `model.compile` asks for."""
    members = {player: keras.optimizers.Adam(learning_rate) for player in model.players}
    return OptimizerGroup(**members) if members else keras.optimizers.Adam(learning_rate)


def values(variables):
    """Copies of the variables' values, in order."""
    return [np.array(v.numpy()) for v in variables]


def stir(model):
    """Moves every weight of a new model far from its start, so that what it computes is no small number; returns it."""
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(0.3 * np.random.default_rng(number).standard_normal(weight.shape))
    return model
