"""Emissions of a network: what each state of a hidden Markov model emits after a frame (the equation is in gradient_hmm.py)."""

import keras
import numpy as np
from keras import layers, ops

from kerasgen.models.sequence.densities import from_raw
from kerasgen.models.sequence.emissions import KINDS


def build_network(states, size, shape, hidden_dim, dropout, seeds):
    """The frame before, (batch, size) -> raw numbers of all states, (batch, states, *shape)."""
    before = keras.Input((size,), name="before")
    glorot = [keras.initializers.GlorotUniform(seed=seed) for seed in seeds]
    x = layers.Dense(hidden_dim, use_bias=False, kernel_initializer=glorot[0], name="frame")(before)  # V x
    x = PlusState(states, seed=seeds[0], name="state")(x)  # (batch, states, hidden_dim)
    x = layers.Dropout(dropout, seed=seeds[1])(layers.Activation("tanh")(x))  # bounded: what is drawn cannot run away
    x = layers.Dense(int(np.prod(shape)), kernel_initializer=glorot[1], dtype="float32", name="emission")(x)
    x = layers.Reshape((states, *shape))(x)
    return keras.Model(before, x, name="network")


@keras.saving.register_keras_serializable("kerasgen")
class PlusState(layers.Layer):
    """x (batch, dim) -> x + e_j for each state j: (batch, states, dim)."""

    def __init__(self, states, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.states, self.seed = states, seed

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.embedding = self.add_weight(shape=(self.states, input_shape[-1]), initializer=normal, name="embedding")

    def call(self, x):
        return x[:, None] + self.embedding

    def get_config(self):
        return {**super().get_config(), "states": self.states, "seed": self.seed}


class Neural:
    """Emissions of a model's network, as the kinds of emissions.py; what these call parameters, the network knows itself."""

    def __init__(self, model):
        self.model, self.plain = model, KINDS[model.plain]

    def vectors(self, x):
        """Frames as the network takes them: float32 (rows, size)."""
        return np.asarray(x[:, None] == np.arange(self.model.size) if x.ndim == 1 else x, "float32")

    def features(self, x, starts):
        """Frames, and those before them: float32 (rows, 2, size)."""
        frames = self.vectors(x)
        before = np.concatenate([np.zeros_like(frames[:1]), frames[:-1]])
        before[starts] = 0.0
        return np.stack([frames, before], axis=1)

    def log_density(self, features, parameters):
        return ops.convert_to_numpy(self.model._log_density(features[:, 0], features[:, 1])).astype("float64")

    def numbers(self, parameters):
        return self.plain.numbers(np.empty((1, 1, self.model.size)))

    def drawn(self, parameters, states, numbers, before):
        before = np.zeros((len(states), self.model.size), "float32") if before is None else self.vectors(before)
        rows = np.arange(len(states))
        raw = ops.convert_to_numpy(self.model._raw(before))[rows, states]
        return self.plain.drawn(from_raw(self.model.plain, raw, self.model.min_variance), rows, numbers, None)
