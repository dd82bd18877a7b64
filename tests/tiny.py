"""Tiny instances of every registered model, what they learn from, and two models for special questions."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

from kerasgen.model import GenerativeModel
from kerasgen.models.encoders.simclr import SimCLR
from kerasgen.models.gan.cgan import CGAN
from kerasgen.models.gan.dcgan import DCGAN
from kerasgen.models.gan.mlp_gan import MLPGAN
from kerasgen.models.gan.sagan import SAGAN
from kerasgen.models.gan.wgan_gp import WGANGP
from kerasgen.models.judges.judge import Judge
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.models.vae.vae import VAE
from kerasgen.optimizers import OptimizerGroup
from kerasgen.steps import input_gradients, portable_step
from kerasgen.tokenizers import CharacterTokenizer

BACKEND = keras.backend.backend()
IMAGE_SHAPE = (8, 8, 1)
COUNT = 8


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A model class, the arguments of a tiny instance, the data of two steps, and the verb that users know it by."""

    model: type
    config: dict
    batch: Callable
    use: Callable


def images():
    return np.random.default_rng(0).uniform(-1, 1, (COUNT, *IMAGE_SHAPE)).astype("float32")


def tokens():
    return np.random.default_rng(0).integers(0, 5, (COUNT, 7)).astype("int32")


def labels():
    return np.arange(COUNT) % 3


MODELS = {
    "cgan": Tiny(
        CGAN,
        {
            "image_shape": IMAGE_SHAPE,
            "num_classes": 3,
            "latent_dim": 4,
            "widths": (8, 6, 4),
            "discriminator_widths": (4, 6, 8),
            "mismatch_weight": 0.5,
            "seed": 1,
        },
        batch=lambda: (images(), labels()),
        use=lambda model: model.sample(6, seed=3),
    ),
    "dcgan": Tiny(
        DCGAN,
        {
            "image_shape": IMAGE_SHAPE,
            "latent_dim": 4,
            "widths": (8, 6, 4),
            "discriminator_widths": (4, 6, 8),
            "penalty_weight": 0.5,
            "seed": 1,
        },
        batch=lambda: (images(),),
        use=lambda model: model.sample(6, seed=3),
    ),
    "judge": Tiny(
        Judge,
        {"image_shape": IMAGE_SHAPE, "num_classes": 3, "widths": (4, 6), "feature_dim": 5, "seed": 1},
        batch=lambda: (images(), labels()),
        use=lambda model: model.classify(images()),
    ),
    "lstm": Tiny(
        LSTMLanguageModel,
        {"vocabulary_size": 5, "embedding_dim": 3, "units": 6, "num_layers": 2, "dropout": 0.1, "weight_drop": 0.1, "seed": 1},
        batch=lambda: (tokens(),),
        use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
    ),
    "mlp_gan": Tiny(
        MLPGAN,
        {
            "image_shape": IMAGE_SHAPE,
            "latent_dim": 4,
            "widths": (6, 8),
            "discriminator_widths": (8, 6),
            "dropout": 0.1,
            "penalty_weight": 0.5,
            "augment": ("translation", "rotation", "cutout"),
            "seed": 1,
        },
        batch=lambda: (images(),),
        use=lambda model: model.sample(6, seed=3),
    ),
    "sagan": Tiny(
        SAGAN,
        {
            "image_shape": IMAGE_SHAPE,
            "latent_dim": 4,
            "widths": (6, 8, 4),
            "discriminator_widths": (8, 6, 4),
            "loss": "non_saturating",  # the hinge has no slope in the last biases while all logits lie within it
            "augment": ("cutout",),
            "seed": 1,
        },
        batch=lambda: (images(),),
        use=lambda model: model.sample(6, seed=3),
    ),
    "simclr": Tiny(
        SimCLR,
        {"image_shape": IMAGE_SHAPE, "widths": (4, 6), "feature_dim": 5, "projection_dim": 3, "seed": 1},
        batch=lambda: (images(),),
        use=lambda model: model.features(images()),
    ),
    "vae": Tiny(
        VAE,
        {"image_shape": IMAGE_SHAPE, "latent_dim": 3, "widths": (4, 6), "hidden_dim": 8, "seed": 1},
        batch=lambda: (images(),),
        use=lambda model: model.sample(6, seed=3),
    ),
    "wgan_gp": Tiny(
        WGANGP,
        {
            "image_shape": IMAGE_SHAPE,
            "latent_dim": 4,
            "widths": (8, 6, 4),
            "critic_widths": (4, 6, 8),
            "critic_steps": 2,
            "augment": ("flip",),
            "seed": 1,
        },
        batch=lambda: (images(),),
        use=lambda model: model.sample(6, seed=3),
    ),
}
NAMES = sorted(MODELS)
ALPHABET = CharacterTokenizer("abcde")


def build(name, **changes):
    """An untrained, uncompiled tiny model."""
    model = MODELS[name].model(**{**MODELS[name].config, **changes})
    if hasattr(model, "tokenizer"):
        model.tokenizer = ALPHABET
    return model


def compiled(name, **options):
    """A stirred tiny model with Adam for each player; `options` go to `compile`."""
    model = stir(build(name))
    model.compile(adams(model), **options)
    return model


def batch(name):
    """What `fit` and `evaluate` of this model take: (x,) or (x, y)."""
    return MODELS[name].batch()


def use(name, model):
    """What a user gets from this model: an array."""
    return MODELS[name].use(model)


def fit(model, *data, **options):
    """Two quiet steps in the order of the data; returns {name: [number per epoch]}."""
    return model.fit(*data, **{"batch_size": COUNT // 2, "shuffle": False, "verbose": 0, **options}).history


def numbers(samples):
    """Samples as a float32 array: texts of equal length as code points."""
    if isinstance(samples, list):
        return np.array([[ord(character) for character in text] for text in samples], "float32")
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


class Recorder(GenerativeModel):
    """Learns nothing and keeps what its steps receive in `received`; to be compiled with `run_eagerly=True`."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.weight = self.add_weight(shape=(), initializer="ones", name="weight")
        self.received = []
        self.built = True

    @portable_step
    def train_step(self, batch):
        self.received.append(batch)
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.received.append(batch)
        return self.logs()

    def check_data(self, x, y=None):
        pass


class Duel(GenerativeModel):
    """Two players whose losses draw nothing at random: every backend and any number of devices must take the same steps.

    Args:
        width: Units of the hidden layers.
        scale: Factor of both losses.
        seed: Not used.
    """

    tracked = ("discriminator_loss", "generator_loss")
    players = ("generator", "discriminator")

    def __init__(self, width=5, scale=1.0, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.width = width
        self.scale = scale
        self.generator = perceptron(width, 3, "generator")
        self.discriminator = perceptron(width, 1, "discriminator")
        for number, weight in enumerate(self.weights):  # initializers draw other numbers on another backend
            weight.assign(0.5 * np.random.default_rng(number).standard_normal(weight.shape))
        self.built = True

    @portable_step
    def train_step(self, points):
        self.minimize(lambda: self.discriminator_loss(points), "discriminator")
        self.minimize(lambda: self.generator_loss(points), "generator")
        return self.logs()

    @portable_step
    def test_step(self, points):
        self.discriminator_loss(points)
        self.generator_loss(points)
        return self.logs()

    def discriminator_loss(self, points):
        real, fake = self.discriminator(points), self.discriminator(self.generator(points))
        slopes = input_gradients(self.discriminator, points, self)
        loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)) + ops.mean(ops.square(slopes))
        self.track(discriminator_loss=self.scale * loss)
        return self.scale * loss

    def generator_loss(self, points):
        loss = self.scale * ops.mean(ops.softplus(-self.discriminator(self.generator(points))))
        self.track(generator_loss=loss)
        return loss

    def check_data(self, x, y=None):
        if np.ndim(x) != 2 or len(x) == 0:
            raise ValueError(f"x must be points (count, 3); received shape {np.shape(x)}.")


def perceptron(width, outputs, name):
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(width, activation="tanh"), layers.Dense(outputs, dtype="float32")], name=name
    )


def points(count=COUNT):
    """What a `Duel` learns from."""
    return np.random.default_rng(1).standard_normal((count, 3)).astype("float32")
