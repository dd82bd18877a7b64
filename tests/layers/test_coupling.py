"""The layers of flows against the Jacobian by autodiff, and with numbers that no data hold."""

import keras
import numpy as np
import pytest
from jacobians import log_determinant
from keras import ops

from kerasgen.layers import ChannelMix, Coupling
from kerasgen.layers.coupling import through_mixture

X = np.random.default_rng(0).standard_normal((4, 5)).astype("float32")


def perceptron(seen, numbers):
    inputs = keras.Input((seen,))
    hidden = keras.layers.Dense(8, activation="tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dense(numbers, kernel_initializer="random_normal")(hidden))


def stirred(layer):
    for number, weight in enumerate(layer.trainable_variables):
        weight.assign_add(0.3 * np.random.default_rng(number).standard_normal(weight.shape))
    return layer


LAYERS = {
    "affine": lambda: Coupling(5, perceptron),
    "mixture": lambda: Coupling(5, perceptron, components=3),
    "spline": lambda: Coupling(5, perceptron, bins=4),
    "mix": lambda: ChannelMix(5),
    "swap": lambda: ChannelMix(5, learned=False),
}


@pytest.fixture(params=LAYERS)
def model(request):
    layer = stirred(LAYERS[request.param]())
    holder = keras.Sequential([layer])  # `input_gradients` wants a model
    holder.layer = layer
    return holder


def test_the_log_determinant_is_that_of_the_jacobian(model):
    _, log_det = model.layer(X)
    wanted = [log_determinant(lambda x: model.layer(x)[0], X[i : i + 1], model) for i in range(len(X))]
    np.testing.assert_allclose(log_det, wanted, atol=1e-4)


def test_the_inverse_leads_back(model):
    y, _ = model.layer(X)
    assert np.abs(ops.convert_to_numpy(y) - X).max() > 0.1
    np.testing.assert_allclose(model.layer.invert(y), X, atol=2e-5)


@pytest.mark.parametrize("name", ["mix", "swap"])
def test_each_position_counts(name):
    layer = stirred(LAYERS[name]())
    images = np.random.default_rng(1).standard_normal((2, 3, 2, 5)).astype("float32")
    one, log_det = layer(images.reshape(12, 5))
    many, total = layer(images)
    np.testing.assert_allclose(many, ops.convert_to_numpy(one).reshape(images.shape), atol=1e-5)
    np.testing.assert_allclose(total, ops.convert_to_numpy(log_det).reshape(2, 6).sum(axis=1), atol=1e-4)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("large", [0.0, 1e3])
def test_nothing_makes_an_infinity(name, large):
    layer, rng = LAYERS[name](), np.random.default_rng(2)
    for weight in layer.trainable_variables:
        if weight.name != "triangles":  # whose matrix may be anything
            weight.assign(large * rng.choice([-1.0, 1.0], weight.shape))
    far = rng.choice([0.0, 1.0, 1e6, -1e6], (20, 5)).astype("float32")
    for found in (*layer(far), layer.invert(far)):
        assert np.all(np.isfinite(ops.convert_to_numpy(found)))


def test_a_mixture_is_the_logit_of_its_distribution_function():
    rng = np.random.default_rng(3)
    x, means, log_widths = rng.standard_normal(6), rng.standard_normal((6, 3)), rng.standard_normal((6, 3))
    weights = rng.dirichlet(np.ones(3), 6)
    cdf = np.sum(weights / (1 + np.exp(-(x[:, None] - means) / np.exp(log_widths))), axis=1)
    parameters = [part.astype("float32") for part in (np.log(weights), means, log_widths)]
    value, _ = through_mixture(x.astype("float32"), *parameters)
    np.testing.assert_allclose(value, np.log(cdf / (1 - cdf)) + 0.05 * x, atol=1e-4)
