"""Spectral normalisation against singular value decompositions and finite differences."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgen.layers import SpectralConv2D, SpectralDense, power_iteration
from kerasgen.steps import value_and_gradients

INPUTS = np.random.default_rng(0).standard_normal((2, 6, 6, 3)).astype("float32")


def network():
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            SpectralConv2D(5, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            SpectralDense(4),
        ]
    )


def spectral(model):
    return [layer for layer in model.layers if isinstance(layer, SpectralConv2D | SpectralDense)]


def matrix(kernel):
    return np.reshape(ops.convert_to_numpy(kernel), (-1, kernel.shape[-1]))


def converged(model):
    for _ in range(300):
        power_iteration(model)
    return model


def test_the_largest_singular_value_becomes_one():
    model = converged(network())
    for layer in spectral(model):
        assert np.linalg.svd(matrix(layer.unit_kernel()), compute_uv=False)[0] == pytest.approx(1, abs=1e-4)
        sigma = np.linalg.svd(matrix(layer.kernel), compute_uv=False)[0]
        np.testing.assert_allclose(sigma * matrix(layer.unit_kernel()), matrix(layer.kernel), rtol=1e-3, atol=1e-5)


def test_one_iteration_already_bounds_from_below_and_calling_moves_nothing():
    model = network()
    before = [np.array(layer.u.numpy()) for layer in spectral(model)]
    model(INPUTS)
    for layer, u in zip(spectral(model), before, strict=True):
        np.testing.assert_array_equal(layer.u.numpy(), u)
        assert np.linalg.svd(matrix(layer.unit_kernel()), compute_uv=False)[0] >= 1 - 1e-5
    power_iteration(model)
    assert all(not np.array_equal(layer.u.numpy(), u) for layer, u in zip(spectral(model), before, strict=True))


def test_layers_compute_as_keras_layers_with_the_normalised_kernel():
    model = converged(network())
    conv, dense = spectral(model)
    plain_conv = layers.Conv2D(5, 3, strides=2, padding="same", activation="relu")
    plain_dense = layers.Dense(4)
    plain = keras.Sequential([keras.Input((6, 6, 3)), plain_conv, layers.Flatten(), plain_dense])
    bias = np.arange(5.0)
    conv.bias.assign(bias)
    plain_conv.set_weights([ops.convert_to_numpy(conv.unit_kernel()), bias])
    plain_dense.set_weights([ops.convert_to_numpy(dense.unit_kernel()), np.zeros(4)])
    np.testing.assert_allclose(model(INPUTS), plain(INPUTS), rtol=1e-4, atol=1e-5)


def test_gradients_know_that_the_kernel_is_divided():
    model = converged(network())
    layer, direction = spectral(model)[1], np.random.default_rng(1).standard_normal((45, 4)).astype("float32")
    _, (gradient,) = value_and_gradients(lambda: ops.sum(layer.unit_kernel() * direction), [layer.kernel], model)
    kernel, step = matrix(layer.kernel).astype("float64"), 1e-4

    def exact(kernel):
        return np.sum(kernel / np.linalg.svd(kernel, compute_uv=False)[0] * direction)

    for place in [(0, 0), (7, 2), (44, 3)]:
        nudge = np.zeros_like(kernel)
        nudge[place] = step
        expected = (exact(kernel + nudge) - exact(kernel - nudge)) / (2 * step)
        assert float(gradient[place[0], place[1]]) == pytest.approx(expected, rel=2e-2, abs=2e-3)


def test_u_is_saved_with_the_kernel(tmp_path):
    model, again = converged(network()), network()
    model.save_weights(tmp_path / "a.weights.h5")
    again.load_weights(tmp_path / "a.weights.h5")
    for old, new in zip(spectral(model), spectral(again), strict=True):
        np.testing.assert_array_equal(new.u.numpy(), old.u.numpy())
    np.testing.assert_array_equal(again(INPUTS), model(INPUTS))
