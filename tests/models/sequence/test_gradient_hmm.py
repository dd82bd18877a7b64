"""Hidden Markov models trained by gradients: beside a sum over every path, finite differences, and Baum-Welch."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from kerasgen.models.sequence.densities import from_raw, to_raw
from kerasgen.models.sequence.emissions import KINDS
from kerasgen.models.sequence.gradient_hmm import NEURAL, GradientHMM, log_likelihood
from kerasgen.models.sequence.hmm import HMM
from kerasgen.steps import value_and_gradients

ALL = (*KINDS, *NEURAL)
LENGTHS = (5, 1, 3, 4)


def series(kind, lengths=LENGTHS, seed=0, size=3):
    """Random sequences of that kind."""
    random = np.random.default_rng(seed)
    if "categorical" in kind:
        return [random.integers(0, size, length) for length in lengths]
    if "gaussian" in kind:
        return [random.standard_normal((length, size)).astype("float32") for length in lengths]
    return [random.integers(0, 2, (length, size)).astype("uint8") for length in lengths]


def built(kind, states=3, size=3, seed=0, stir=0.5, **more):
    """A model no two of whose numbers are alike."""
    model = GradientHMM(states, kind, size=size, hidden_dim=4, min_variance=0.05, seed=seed, **more)
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(stir * np.random.default_rng(number).standard_normal(weight.shape))
    return model


def nats(model, sequences):
    return -model.log_prob(sequences).sum() / sum(map(len, sequences))


# The verbs


def raw_of(model, before):
    """Raw numbers of every state after a frame, or None, by the equation in the model's docstring."""
    if model.emission not in NEURAL:
        return ops.convert_to_numpy(model.emissions)
    size, hidden = model.size, model.network.get_layer("frame").kernel.shape[1]
    x = np.zeros(size) if before is None else np.eye(size)[before] if model.plain == "categorical" else before
    kernel = ops.convert_to_numpy(model.network.get_layer("frame").kernel).astype("float64")
    states = ops.convert_to_numpy(model.network.get_layer("state").embedding)
    last = model.network.get_layer("emission")
    out = np.tanh(x @ kernel + states) @ ops.convert_to_numpy(last.kernel) + ops.convert_to_numpy(last.bias)
    assert kernel.shape == (size, hidden)
    return out.reshape(len(states), *model.network.output_shape[2:])


def density(model, frame, before, state):
    """p(frame | state, frame before), from the definitions."""
    p = from_raw(model.plain, raw_of(model, before), model.min_variance)[state]
    if model.plain == "categorical":
        return p[frame]
    if "gaussian" in model.plain:
        covariance = np.diag(p[1] ** 2) if model.plain == "gaussian" else p[1:] @ p[1:].T
        apart = frame - p[0]
        return np.exp(-0.5 * apart @ np.linalg.inv(covariance) @ apart) / np.sqrt(np.linalg.det(2 * np.pi * covariance))
    last = np.zeros(model.size, int) if before is None or model.plain == "bernoulli" else before
    return np.prod([p[last[i], i] if bit else 1 - p[last[i], i] for i, bit in enumerate(frame)])


@pytest.mark.parametrize("kind", ALL)
def test_all_verbs_and_the_loss_agree_with_a_sum_over_every_path(kind):
    model, sequences = built(kind), series(kind)
    start, transitions = model.arrays["start"], model.arrays["transitions"]
    totals = []
    for x, best, posterior in zip(sequences, model.viterbi(sequences), model.posterior(sequences), strict=True):
        densities = [[density(model, f, x[t - 1] if t else None, j) for j in range(3)] for t, f in enumerate(x)]
        paths = {}
        for path in itertools.product(range(3), repeat=len(x)):
            steps = [transitions[pair] for pair in itertools.pairwise(path)]
            paths[path] = start[path[0]] * np.prod(steps) * np.prod([densities[t][j] for t, j in enumerate(path)])
        totals.append(sum(paths.values()))
        assert tuple(best) == max(paths, key=paths.get)
        for t, state in itertools.product(range(len(x)), range(3)):
            through = sum(p for path, p in paths.items() if path[t] == state)
            assert posterior[t, state] == pytest.approx(through / totals[-1], abs=1e-5)
    np.testing.assert_allclose(model.log_prob(sequences), np.log(totals), rtol=1e-5, atol=1e-5)
    model.compile("sgd", run_eagerly=True)
    assert model.evaluate(sequences, verbose=0) == pytest.approx(nats(model, sequences), rel=1e-5)


@pytest.mark.parametrize("kind", NEURAL)
def test_samples_have_the_probabilities_of_the_model(kind):
    """Of every first two frames of symbols and bits; of numbers, the means after the first frames."""
    model = built(kind, 2, 2, seed=3)
    found = model.sample(2000, length=2, seed=5)
    np.testing.assert_array_equal(model.sample(4, length=1, seed=5)[:, 0], found[:4, 0])
    if "gaussian" in kind:
        ahead = model.forward(list(found[:, :1]))
        weights = np.exp([a[0] - np.logaddexp.reduce(a[0]) for a in ahead]) @ model.arrays["transitions"]
        means = np.stack([raw_of(model, x)[:, 0] for x in found[:, 0]])
        expected = np.einsum("ns,nsk->nk", weights, means)
        spread = found[:, 1].std(axis=0)
        assert np.all(np.abs((found[:, 1] - expected).mean(axis=0)) < 0.1 * spread)
        return
    kinds, counts = np.unique(found.reshape(2000, -1), axis=0, return_counts=True)
    expected = np.exp(model.log_prob([row.reshape(found.shape[1:]) for row in kinds]))
    assert expected.sum() > 0.98 and np.abs(counts / 2000 - expected).max() < 0.05


# Gradients


def slopes(model, sequences):
    """The gradient of nats a frame by each weight."""
    model.compile("sgd")
    batch = tuple(map(ops.convert_to_tensor, model.batched(sequences)))
    _, gradients = value_and_gradients(lambda: model.nats(batch, training=True), model.trainable_variables, model)
    return [ops.convert_to_numpy(gradient) for gradient in gradients]


@pytest.mark.parametrize("kind", ALL)
def test_gradients_are_finite_differences_of_the_exact_log_prob(kind):
    model, sequences = built(kind), series(kind)
    step = 1e-2 if kind in NEURAL else 1e-3  # these have float32 densities
    for number, (weight, gradient) in enumerate(zip(model.trainable_variables, slopes(model, sequences), strict=True)):
        way, here = np.random.default_rng(number).standard_normal(weight.shape).astype("float32"), np.array(weight)
        way, losses = step * way / np.linalg.norm(way), []
        for sign in (1.0, -1.0):
            weight.assign(here + sign * way)
            losses.append(nats(model, sequences))
        weight.assign(here)
        assert np.sum(gradient * way) == pytest.approx((losses[0] - losses[1]) / 2, rel=5e-3, abs=2e-4 * step), weight.path


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_the_expected_counts_of_baum_welch(kind):
    model, sequences = built(kind), series(kind)
    exact, frames = HMM(3, kind, size=3, min_variance=0.05), sum(LENGTHS)
    exact.arrays = model.arrays
    (starts, steps, seen), arrays = exact.expect(sequences)[1], model.arrays
    found = dict(zip([weight.name for weight in model.trainable_variables], slopes(model, sequences), strict=True))
    np.testing.assert_allclose(-frames * found["start"], starts - starts.sum() * arrays["start"], atol=2e-5)
    expected = steps - steps.sum(axis=1, keepdims=True) * arrays["transitions"]
    np.testing.assert_allclose(-frames * found["transitions"], expected, atol=2e-5)
    if "gaussian" not in kind:
        p = arrays["emissions"]
        if kind == "categorical":
            expected = seen - seen.sum(axis=1, keepdims=True) * p
        else:
            on, off = np.moveaxis(seen.reshape(3, -1, 2, 3), 2, 0)
            expected = on - (on + off) * p
        np.testing.assert_allclose(-frames * found["emissions"], expected, atol=2e-5)


@pytest.mark.parametrize("kind", ["categorical", "gaussian", pytest.param("full_gaussian", marks=pytest.mark.slow)])
def test_from_the_same_start_it_comes_as_far_as_baum_welch(kind):
    """Sequences of a chain of three states; both begin with the arrays that Baum-Welch begins with."""
    gained, best = both_ways(kind, 0, 120 if kind == "full_gaussian" else 40)
    assert gained > 0.7 * best - 0.005 and best > 0


def both_ways(kind, seed, epochs=40):
    """Nats a frame that gradients gain from Baum-Welch's start on, and that Baum-Welch gains."""
    true = built(kind, stir=2.0, seed=1)
    true.transitions.assign(3.0 * np.eye(3))
    x = list(true.sample(20, length=8, seed=seed))
    exact = HMM(3, kind, size=3, min_variance=0.05, seed=seed)
    exact.arrays = exact.begin(exact.sequences(x))
    before, model = nats(exact, x), GradientHMM(3, kind, size=3, min_variance=0.05, seed=seed)
    model.arrays = exact.arrays
    assert nats(model, x) == pytest.approx(before, rel=1e-5)
    model.compile(keras.optimizers.Adam(0.1))
    model.fit(x, epochs=epochs, batch_size=20, verbose=0)
    exact.fit(x, epochs=60)
    return before - nats(model, x), before - nats(exact, x)


def test_a_network_learns_what_no_table_of_states_can():
    """The first bit of a frame is a coin's, the others are the first two of the frame before."""
    of_network, of_table = moving(0)
    assert of_network < 1.1 < 1.6 < of_table  # 0.83 = 12 of 30 bits by log 2, in 10 frames


def moving(seed):
    """Nats a frame of a network and of a table."""
    sequences = list(np.random.default_rng(seed).integers(0, 2, (40, 10, 3)))
    for x in sequences:
        for t in range(1, 10):
            x[t, 1:] = x[t - 1, :2]
    table = HMM(2, "autoregressive", seed=seed)
    table.fit(sequences, epochs=40)
    model = GradientHMM(2, "neural_bernoulli", size=3, hidden_dim=16, seed=seed)
    model.compile(keras.optimizers.Adam(0.05))
    model.fit(sequences, epochs=32, batch_size=40, verbose=0)
    return nats(model, sequences), nats(table, sequences)


# What padding and float32 must not change


def test_padding_company_and_long_sequences_change_nothing():
    sequences = series("gaussian", (400, 2, 1))
    model = built("gaussian")
    model.compile("sgd", run_eagerly=False)
    alone = [model.evaluate([x], verbose=0) * len(x) for x in sequences]
    together = model.evaluate(sequences, verbose=0, batch_size=2) * 403  # batches of different numbers of frames
    assert together == pytest.approx(sum(alone), rel=1e-5)
    padded, lengths = model.batched(sequences)
    assert padded.shape == (3, 400, 3) and lengths.tolist() == [400, 2, 1]
    padded[1, 2:] = 1e6
    assert model.evaluate(padded, lengths, verbose=0) * 403 == pytest.approx(sum(alone), rel=1e-5)
    whole = padded[:1]
    assert model.evaluate(whole, verbose=0) * 400 == pytest.approx(alone[0], rel=1e-6)


@pytest.mark.parametrize("far", [10.0, 1000.0, 1e5])
def test_states_that_are_improbable_by_more_than_a_float32_are_not_lost(far):
    """Each frame all but rules out a state; the best path must change its state at a price."""
    random = np.random.default_rng(0)
    log_density = (far * random.standard_normal((2, 6, 3))).astype("float32")
    start, transitions = np.log([0.2, 0.3, 0.5]), np.log([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [1e-6, 0.3, 0.699999]])
    expected = []
    for row in log_density.astype("float64"):
        logs = []
        for path in itertools.product(range(3), repeat=6):
            steps = sum(transitions[pair] for pair in itertools.pairwise(path))
            logs.append(start[path[0]] + steps + sum(row[t, j] for t, j in enumerate(path)))
        expected.append(np.logaddexp.reduce(logs))
    given = [ops.convert_to_tensor(part, "float32") for part in (start, transitions, log_density)]
    found = log_likelihood(*given, ops.ones((2, 6), "bool"))
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)


# Arrays


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_go_to_baum_welch_and_back(kind):
    model, sequences = built(kind), series(kind, (20, 9))
    exact = HMM(3, kind, size=3, min_variance=0.05, seed=1)
    exact.fit(sequences, epochs=2)
    other = built(kind, seed=5)
    other.arrays = exact.arrays
    np.testing.assert_allclose(other.log_prob(sequences), exact.log_prob(sequences), rtol=2e-4, atol=1e-3)
    exact.arrays = model.arrays
    np.testing.assert_allclose(exact.log_prob(sequences), model.log_prob(sequences), rtol=1e-12)
    for name, array in model.arrays.items():
        again = from_raw("categorical", to_raw("categorical", array, 0), 0) if name != "emissions" else None
        assert again is None or np.allclose(again, array, atol=1e-12)


def test_what_is_impossible_stays_next_to_impossible():
    model = GradientHMM(2, "categorical", size=2)
    model.arrays = {"start": np.array([1.0, 0]), "transitions": np.eye(2), "emissions": np.eye(2)}
    possible, impossible = model.log_prob([np.zeros(3, int), np.array([0, 1])])
    assert possible == pytest.approx(0.0, abs=1e-6) and impossible < -60
    model.compile(keras.optimizers.SGD(0.1))
    assert np.isfinite(model.fit([np.zeros(3, int), np.array([0, 1])], verbose=0).history["loss"]).all()


# Refusals


@pytest.mark.parametrize(
    ("kind", "x", "message"),
    [
        ("neural_categorical", [np.array([0, 3])], "integers from 0 to 2, .*sequence 0 has values from 0 to 3"),
        (
            "neural_bernoulli",
            [np.zeros((2, 3)), np.full((2, 3), 2)],
            "sequence 1 has values from 2 to 2 that are neither 0 nor 1",
        ),
        ("neural_gaussian", [np.zeros((2, 4))], "sequence 0 has frames of size 4 instead of 3"),
        ("gaussian", [], "received none"),
    ],
)
def test_what_is_no_list_of_sequences_is_refused(kind, x, message):
    model = built(kind)
    model.compile("sgd")
    for verb, name in ((model.fit, "x"), (model.evaluate, "x"), (model.log_prob, "sequences")):
        with pytest.raises(ValueError, match=f"^{name} must be a list of sequences, at least one, each .*{message}"):
            verb(x)


@pytest.mark.parametrize("y", [np.array([3, 2]), np.array([3, 2, 0]), np.array([3, 6, 1]), np.ones(3)])
def test_lengths_that_are_none_are_refused(y):
    model = built("gaussian")
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"^y must be None, or how many frames .* \(3,\) from 1 to 5; received"):
        model.fit(np.zeros((3, 5, 3)), y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("states", 0),
        ("emission", "neural"),
        ("size", None),
        ("hidden_dim", 0),
        ("dropout", 1.0),
        ("min_variance", 0),
    ],
)
def test_arguments_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        GradientHMM(**{name: value})
