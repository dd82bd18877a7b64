"""The GRU layer beside that of Keras, which has no gradient of its own, and what it drops."""

import keras
import numpy as np
from keras import ops

from kerasgen.layers import WeightDropGRU
from kerasgen.steps import value_and_gradients

BATCH, LENGTH, FEATURES, UNITS = 3, 7, 4, 5
RNG = np.random.default_rng(0)
INPUTS = RNG.standard_normal((BATCH, LENGTH, FEATURES)).astype("float32")
STATE = [RNG.standard_normal((BATCH, UNITS)).astype("float32")]


def pair():
    """Our layer and Keras', with the same weights and called alike."""
    ours, theirs = WeightDropGRU(UNITS), keras.layers.GRU(UNITS, return_sequences=True, return_state=True)
    for layer in (ours, theirs):
        layer.build((None, None, FEATURES))
        for number, weight in enumerate(layer.weights):
            weight.assign(np.random.default_rng(number).standard_normal(weight.shape))

    def call(inputs, state):
        outputs, *after = theirs(inputs, initial_state=state[0])
        return outputs, after

    return (ours, ours), (theirs, call)


def test_weights_start_as_those_of_keras():
    ours, theirs = WeightDropGRU(UNITS, seed=1), keras.layers.GRU(UNITS)
    for layer in (ours, theirs):
        layer.build((None, None, FEATURES))
    assert [w.name for w in ours.weights] == [w.name for w in theirs.cell.weights]
    np.testing.assert_array_equal(ours.bias.numpy(), theirs.cell.bias.numpy())
    np.testing.assert_allclose(ours.recurrent_kernel.numpy() @ ours.recurrent_kernel.numpy().T, np.eye(UNITS), atol=1e-5)


def test_outputs_states_and_gradients_are_those_of_keras():
    found = []
    factors = RNG.standard_normal((BATCH, LENGTH, UNITS)).astype("float32")
    for layer, call in pair():
        model = keras.Sequential()  # holds the variables that gradients are taken of
        inputs, h = (keras.Variable(value) for value in (INPUTS, *STATE))

        def loss(call=call, inputs=inputs, h=h):
            outputs, (last,) = call(ops.convert_to_tensor(inputs), [ops.convert_to_tensor(h)])
            return ops.sum(outputs * factors) + 2 * ops.sum(ops.square(last))

        variables = [*layer.trainable_variables, inputs, h]
        value, gradients = value_and_gradients(loss, variables, model)
        found.append([ops.convert_to_numpy(part) for part in (value, *gradients)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_text_read_in_two_parts_is_read_whole():
    layer = pair()[0][0]
    whole, state = layer(INPUTS, STATE)
    first, between = layer(INPUTS[:, :3], STATE)
    second, after = layer(INPUTS[:, 3:], between)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    for one, other in zip(after, state, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_training_drops_weights_and_scales_the_others():
    layer = WeightDropGRU(UNITS, weight_drop=0.5, seed=3)
    layer.build((None, None, FEATURES))
    once, again = (ops.convert_to_numpy(layer(INPUTS, STATE, training=True)[0]) for _ in range(2))
    assert np.all(once[:, 0] != again[:, 0])  # other weights are dropped each time
    np.testing.assert_array_equal(layer(INPUTS, STATE)[0], layer(INPUTS, STATE)[0])
    state = [np.zeros_like(part) for part in STATE]
    np.testing.assert_array_equal(layer(INPUTS, state)[0][:, 0], layer(INPUTS, state, training=True)[0][:, 0])  # no past yet
    layer.weight_drop = 0.0
    np.testing.assert_array_equal(layer(INPUTS, STATE)[0], layer(INPUTS, STATE, training=True)[0])
