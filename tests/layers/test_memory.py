"""The memory's equations against sums written out by hand, and the cell against a loop in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgen.layers import MemoryCell
from kerasgen.layers.memory import EMPTY, content_weights, interpolate, read, sharpen, shift, write
from kerasgen.steps import value_and_gradients

BATCH, HEADS, SLOTS, WIDTH = 2, 3, 5, 4


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def weighting(*shape, seed=0):
    positive = np.random.default_rng(seed).uniform(0.01, 1, shape)
    return (positive / positive.sum(axis=-1, keepdims=True)).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


# Sums as the paper has them, for one head of one example


def by_content(memory, key, beta):
    cosines = np.array([key @ slot / np.sqrt(key @ key) / np.sqrt(slot @ slot) for slot in memory])
    return np.exp(beta * cosines) / sum(np.exp(beta * cosine) for cosine in cosines)


def shifted(weights, s):
    """Equation (8), s(0) in the middle."""
    count, reach = len(weights), len(s) // 2
    steps = {step % count: s[step + reach] for step in range(-reach, reach + 1)}
    return np.array([sum(weights[j] * steps.get((i - j) % count, 0) for j in range(count)) for i in range(count)])


def sharpened(weights, gamma):
    return np.array([w**gamma for w in weights]) / sum(w**gamma for w in weights)


def test_content_weights_are_a_softmax_of_cosines():
    memory, key = numbers(BATCH, SLOTS, WIDTH), numbers(BATCH, HEADS, WIDTH, seed=1)
    beta = np.abs(numbers(BATCH, HEADS, 1, seed=2)) * 5
    found = ops.convert_to_numpy(content_weights(memory, key, beta))
    for b, h in np.ndindex(BATCH, HEADS):
        np.testing.assert_allclose(found[b, h], by_content(memory[b], key[b, h], beta[b, h, 0]), rtol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_shift_is_a_circular_convolution(count):
    weights, s = weighting(BATCH, HEADS, SLOTS), weighting(BATCH, HEADS, count, seed=1)
    found = ops.convert_to_numpy(shift(weights, s))
    for b, h in np.ndindex(BATCH, HEADS):
        np.testing.assert_allclose(found[b, h], shifted(weights[b, h], s[b, h]), rtol=1e-5)


def test_the_last_of_the_shifts_moves_to_the_next_slot():
    moved = shift(np.eye(SLOTS, dtype="float32")[None, 3:], np.array([[[0, 0, 1], [0, 0, 1]]], "float32"))
    assert ops.convert_to_numpy(moved).argmax(axis=-1).tolist() == [[4, 0]]


def test_sharpening_raises_to_a_power_and_keeps_zeros():
    weights, gamma = weighting(BATCH, HEADS, SLOTS), 1 + 4 * weighting(BATCH, HEADS, 1, seed=1)
    found = ops.convert_to_numpy(sharpen(weights, gamma))
    for b, h in np.ndindex(BATCH, HEADS):
        np.testing.assert_allclose(found[b, h], sharpened(weights[b, h], gamma[b, h, 0]), rtol=1e-4)
    one = ops.convert_to_numpy(sharpen(np.array([[[0, 1, 0]]], "float32"), np.full((1, 1, 1), 3, "float32")))
    np.testing.assert_allclose(one, [[[0, 1, 0]]], atol=1e-12)
    flat = ops.convert_to_numpy(sharpen(np.full((1, 1, 100), 0.01, "float32"), np.full((1, 1, 1), 50, "float32")))
    np.testing.assert_allclose(flat, 0.01, rtol=1e-4)  # though 0.01^50 is no float32


def test_a_gate_mixes_and_reading_takes_the_mean():
    memory, weights, before = (
        numbers(BATCH, SLOTS, WIDTH),
        weighting(BATCH, HEADS, SLOTS),
        weighting(BATCH, HEADS, SLOTS, seed=1),
    )
    gate = weighting(BATCH, HEADS, 2, seed=2)[..., :1]
    found, mixed = ops.convert_to_numpy(read(memory, weights)), interpolate(weights, before, gate)
    for b, h in np.ndindex(BATCH, HEADS):
        np.testing.assert_allclose(mixed[b, h], gate[b, h] * weights[b, h] + (1 - gate[b, h]) * before[b, h], rtol=1e-6)
        expected = sum(weights[b, h, i] * memory[b, i] for i in range(SLOTS))
        np.testing.assert_allclose(found[b, h], expected, rtol=1e-4, atol=1e-6)


def test_all_heads_erase_before_any_adds():
    memory, weights = numbers(BATCH, SLOTS, WIDTH), weighting(BATCH, HEADS, SLOTS)
    erase, add = sigmoid(numbers(BATCH, HEADS, WIDTH, seed=1)), numbers(BATCH, HEADS, WIDTH, seed=2)
    found = ops.convert_to_numpy(write(memory, weights, erase, add))
    for b, i in np.ndindex(BATCH, SLOTS):
        slot = memory[b, i]
        for h in range(HEADS):
            slot = slot * (1 - weights[b, h, i] * erase[b, h])
        for h in range(HEADS):
            slot = slot + weights[b, h, i] * add[b, h]
        np.testing.assert_allclose(found[b, i], slot, rtol=1e-4, atol=1e-6)


# The cell


def machine(controller="dense", reading=2, writing=1, **more):
    cell = MemoryCell(6, controller, SLOTS, WIDTH, reading, writing, seed=0, **more)
    cell.build((None, 3))
    for number, weight in enumerate(cell.trainable_variables):
        weight.assign_add(0.5 * numbers(*weight.shape, seed=number))
    return cell


def by_hand(cell, x):
    """Outputs of one sequence (steps, channels), one number after another; the controller is a dense layer."""
    (kernel, bias), (matrix, offset) = (layer.get_weights() for layer in (cell.core, cell.interface))
    heads, each = cell.heads, WIDTH + 3 + cell.shifts
    memory, w = np.full((SLOTS, WIDTH), EMPTY), np.eye(SLOTS)[[0] * heads]
    found, lines = np.zeros((cell.read_heads, WIDTH)), []
    for row in x:
        h = np.tanh(np.concatenate([row, found.ravel()]) @ kernel + bias)
        said, after = h @ matrix + offset, []
        for i in range(heads):
            own = said[i * each : (i + 1) * each]
            k, beta = np.tanh(own[:WIDTH]), np.log1p(np.exp(own[WIDTH]))
            g, gamma, s = sigmoid(own[WIDTH + 1]), 1 + np.log1p(np.exp(own[WIDTH + 2])), softmax(own[WIDTH + 3 :])
            mixed = g * by_content(memory, k, beta) + (1 - g) * w[i]
            after.append(sharpened(shifted(mixed, s), gamma))
        w = np.array(after)
        for i in range(cell.write_heads):
            own = said[heads * each + 2 * WIDTH * i :][: 2 * WIDTH]
            e, a = sigmoid(own[:WIDTH]), np.tanh(own[WIDTH:])
            memory = memory * (1 - np.outer(w[cell.read_heads + i], e)) + np.outer(w[cell.read_heads + i], a)
        found = w[: cell.read_heads] @ memory
        lines.append(np.concatenate([h, found.ravel(), w.ravel()]))
    return np.array(lines)


@pytest.mark.parametrize("reach", [1, 2])
def test_the_cell_does_what_the_paper_says(reach):
    cell, x = machine(reach=reach), numbers(BATCH, 4, 3)
    found = ops.convert_to_numpy(keras.layers.RNN(cell, return_sequences=True)(x))
    assert found.shape == (BATCH, 4, cell.output_size)
    for b in range(BATCH):
        np.testing.assert_allclose(found[b], by_hand(cell, x[b]), rtol=2e-3, atol=1e-5)


def test_a_small_step_of_any_weight_changes_the_sum_as_its_gradient_says():
    cell, inputs = machine("lstm", 1, 2), keras.Input((3, 3))
    model, target = keras.Model(inputs, keras.layers.RNN(cell)(inputs)), numbers(cell.output_size, seed=5)
    model.compile("sgd")
    loss = lambda: ops.sum(model(numbers(1, 3, 3)) * target)  # noqa: E731
    _, gradients = value_and_gradients(loss, model.trainable_variables, model)
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        direction, value = numbers(*variable.shape, seed=6), variable.numpy()
        direction /= np.linalg.norm(direction)
        ends = []
        for step in (1e-2, -1e-2):
            variable.assign(value + step * direction)
            ends.append(float(loss()))
        variable.assign(value)
        expected = float(np.sum(ops.convert_to_numpy(gradient) * direction))
        assert (ends[0] - ends[1]) / 2e-2 == pytest.approx(expected, rel=0.02, abs=2e-3)


def test_weights_fit_any_number_of_slots():
    cell, x = machine("lstm"), numbers(BATCH, 4, 3)
    layer = keras.layers.RNN(cell, return_sequences=True)
    small, large = (ops.convert_to_numpy(layer(x, initial_state=cell.initial_state(BATCH, slots))) for slots in (5, 9))
    assert small.shape[-1] == 6 + 8 + 15 and large.shape[-1] == 6 + 8 + 27
    sums = large[..., 14:].reshape(BATCH, 4, 3, 9).sum(axis=-1)
    np.testing.assert_allclose(sums, 1, atol=1e-5)


def test_it_is_saved_with_its_layer(tmp_path):
    cell = machine("lstm")
    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, keras.layers.RNN(cell)(inputs))
    model.save(tmp_path / "machine.keras")
    x = numbers(BATCH, 4, 3)
    again = keras.models.load_model(tmp_path / "machine.keras")
    np.testing.assert_array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))


def test_its_seed_decides_all_weights():
    first, same, other = (MemoryCell(6, seed=seed) for seed in (1, 1, 2))
    for cell in (first, same, other):
        cell.build((None, 3))
    for a, b, c in zip(first.weights, same.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.array_equal(a, c) == ("bias" in a.path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 0}, "units must be an integer from 1"),
        ({"controller": "gru"}, "controller must be one of 'lstm', 'dense'; received 'gru'"),
        ({"slots": 2}, "slots must be an integer from 3"),
        ({"read_heads": 0}, "read_heads must be an integer from 1"),
        ({"reach": -1}, "reach must be an integer from 0"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MemoryCell(**{"units": 4, **arguments})
