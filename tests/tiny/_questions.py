"""Two models for special questions."""

import keras
import numpy as np
from keras import layers, ops

from kerasgen.model import GenerativeModel
from kerasgen.steps import input_gradients, portable_step
from tiny._base import COUNT


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
