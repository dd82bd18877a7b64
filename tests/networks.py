"""Small Keras models whose weights are saved, damaged and loaded."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasgen.download import FileCorrupt
from kerasgen.zoo import weights


def small(width=3, **kwargs):
    net = [keras.Input((4,)), layers.Dense(width), layers.BatchNormalization(), layers.Dense(2)]
    return keras.Sequential(net, **kwargs)


class Average(layers.Layer):
    """Like kerasgen's WeightAverage: saves nothing until it has been started."""

    def __init__(self):
        super().__init__()
        self.mean = self.add_weight(shape=(2,), initializer="zeros")
        self.built = True

    def save_own_variables(self, store):
        if self.mean.numpy().any():
            super().save_own_variables(store)

    def load_own_variables(self, store):
        super().load_own_variables(store) if len(store.keys()) else self.mean.assign([0.0, 0.0])


class Pair(keras.Model):
    """Two networks, an average, variables and random states of its own, and counts whose number follows the data."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second, self.average = small(), small(), Average()
        self.scale = self.add_weight(shape=(2,), name="scale")
        self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)
        self.generator = keras.random.SeedGenerator(1)
        self.counts = np.zeros(0, "int64")
        self.built = True

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["counts"] = self.counts

    def load_own_variables(self, store):
        self.generator.state.assign([7, 7])
        super().load_own_variables({key: store[key] for key in store.keys() - {"counts"}})
        self.counts = store["counts"]
        if self.counts.sum() < 0:
            raise ValueError(f"Counts cannot be negative: {list(range(1000))}")


def values(model):
    return [variable.numpy() for variable in model.variables]


def same(left, right):
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def refused(model, path, *words, error=FileCorrupt, **kwargs):
    """Expects `error` with the file's name and all `words`, and an untouched model; returns the message."""
    before = values(model)
    with pytest.raises(error) as caught:
        weights.load_weights(model, path, **kwargs)
    message = str(caught.value)
    assert all(word in message for word in (path.name, *words)), message
    assert len(message) < 1000  # no dumps of arrays
    assert same(before, values(model))
    return message
