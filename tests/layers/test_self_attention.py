"""Self-attention against a loop over places."""

import numpy as np
import pytest
from keras import ops

from kerasgen.layers import SelfAttention

X = np.random.default_rng(0).standard_normal((2, 4, 6, 8)).astype("float32")


@pytest.fixture
def layer():
    layer = SelfAttention()
    layer.build(X.shape)
    for part in (layer.f, layer.g, layer.h, layer.v):  # large enough for some places to count more than others
        part.kernel.assign(np.random.default_rng(1).standard_normal(part.kernel.shape))
    return layer


def project(part, x):
    return x @ ops.convert_to_numpy(part.unit_kernel())[0, 0]


def pooled(x):
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def test_a_new_layer_changes_nothing(layer):
    np.testing.assert_array_equal(layer(X), X)


def test_each_place_takes_from_all_places_what_it_looks_for(layer):
    layer.gamma.assign(0.7)
    y, attention = (ops.convert_to_numpy(part) for part in layer(X, return_attention=True))
    queries, keys, values = project(layer.f, X), pooled(project(layer.g, X)), pooled(project(layer.h, X))
    keys, values = keys.reshape(2, 6, 1), values.reshape(2, 6, 4)
    assert attention.shape == (2, 24, 6)
    for image in range(2):
        for row in range(4):
            for column in range(6):
                likeness = np.array([queries[image, row, column] @ key for key in keys[image]])
                weights = np.exp(likeness) / np.exp(likeness).sum()
                np.testing.assert_allclose(attention[image, 6 * row + column], weights, rtol=1e-4)
                found = project(layer.v, weights @ values[image])
                np.testing.assert_allclose(y[image, row, column], X[image, row, column] + 0.7 * found, rtol=1e-3, atol=1e-4)


def test_channels_that_cannot_be_divided_are_refused():
    with pytest.raises(ValueError, match="multiple of 8; received 12"):
        SelfAttention().build((None, 4, 4, 12))
