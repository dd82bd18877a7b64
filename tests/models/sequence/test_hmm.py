"""Hidden Markov models beside a sum over every path, and beside hmmlearn."""

import itertools
import warnings

import numpy as np
import pytest

from kerasgen.models.sequence import chains, hidden_markov, scaled
from kerasgen.models.sequence.emissions import KINDS
from kerasgen.models.sequence.hmm import HMM

SIZE = {"categorical": 4}
LENGTHS = (5, 1, 3, 4)


def series(kind, lengths=LENGTHS, seed=0, size=None):
    """Random sequences of that kind."""
    random, size = np.random.default_rng(seed), size or SIZE.get(kind, 2)
    if kind == "categorical":
        return [random.integers(0, size, length) for length in lengths]
    if "gaussian" in kind:
        return [random.standard_normal((length, size)).astype("float32") for length in lengths]
    return [random.integers(0, 2, (length, size)).astype("uint8") for length in lengths]


def fitted(kind, states=3, epochs=3, seed=0, min_variance=0.05, **more):
    """A model that has learned a little from random sequences, so that no two of its numbers are alike."""
    model = HMM(states, kind, min_variance=min_variance, seed=seed, **more)
    model.fit(series(kind, (30, 20, 1, 11), seed + 1), epochs=epochs)
    return model


def density(kind, model, frame, before, state):
    """p(frame | state, frame before), straight from the definitions."""
    p = model.arrays["emissions"][state]
    if kind == "categorical":
        return p[frame]
    if "gaussian" in kind:
        covariance = np.diag(p[1] ** 2) if kind == "gaussian" else p[1:] @ p[1:].T
        apart = frame - p[0]
        return np.exp(-0.5 * apart @ np.linalg.inv(covariance) @ apart) / np.sqrt(np.linalg.det(2 * np.pi * covariance))
    rates = [p[before[i] if kind == "autoregressive" else 0, i] for i in range(len(frame))]
    return np.prod([rate if bit else 1 - rate for rate, bit in zip(rates, frame, strict=True)])


def every_path(kind, model, sequence):
    """{path of states: p(x, path)}, each multiplied out."""
    start, transitions = model.arrays["start"], model.arrays["transitions"]
    found = {}
    for path in itertools.product(range(model.states), repeat=len(sequence)):
        p = start[path[0]] * np.prod([transitions[i, j] for i, j in itertools.pairwise(path)])
        before = np.zeros_like(sequence[0])
        for frame, state in zip(sequence, path, strict=True):
            p *= density(kind, model, frame, before, state)
            before = frame
        found[path] = p
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_all_verbs_agree_with_a_sum_over_every_path(kind):
    model, sequences = fitted(kind, smoothing=0.3), series(kind)
    verbs = (model.log_prob, model.forward, model.backward, model.posterior, model.viterbi)
    for x, log_prob, forward, backward, posterior, best in zip(sequences, *(v(sequences) for v in verbs), strict=True):
        paths, length = every_path(kind, model, x), len(x)
        total = sum(paths.values())
        assert log_prob == pytest.approx(np.log(total), rel=1e-12, abs=1e-12)
        assert tuple(best) == max(paths, key=paths.get)
        assert forward.shape == backward.shape == posterior.shape == (length, 3)
        for t, state in itertools.product(range(length), range(3)):
            through = sum(p for path, p in paths.items() if path[t] == state)
            assert posterior[t, state] == pytest.approx(through / total, abs=1e-12)
            assert forward[t, state] + backward[t, state] == pytest.approx(np.log(through), rel=1e-11)
            begun = every_path(kind, model, x[: t + 1])
            ahead = np.log(sum(p for path, p in begun.items() if path[-1] == state))
            assert forward[t, state] == pytest.approx(ahead, rel=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_one_pass_moves_to_the_expected_counts_of_every_path(kind):
    model, sequences = fitted(kind, smoothing=0.3, transition_smoothing=0.2), series(kind)
    starts, steps, seen = np.zeros(3), np.zeros((3, 3)), [[] for _ in range(3)]
    for x in sequences:
        paths = every_path(kind, model, x)
        total = sum(paths.values())
        for path, p in paths.items():
            starts[path[0]] += p / total
            for pair in itertools.pairwise(path):
                steps[pair] += p / total
            for t, state in enumerate(path):
                seen[state].append((p / total, x[t], x[t - 1] if t else np.zeros_like(x[0])))
    usual = model.arrays["usual"]
    model.fit(sequences, epochs=1)
    np.testing.assert_allclose(model.arrays["start"], (starts + 0.2) / (starts + 0.2).sum(), atol=1e-11)
    np.testing.assert_allclose(
        model.arrays["transitions"], (steps + 0.2) / (steps + 0.2).sum(axis=1, keepdims=True), atol=1e-11
    )
    for state, rows in enumerate(seen):
        weights, x, before = (np.array(part) for part in zip(*rows, strict=True))
        found = model.arrays["emissions"][state]
        if kind == "categorical":
            counts = np.bincount(x, weights, 4) + 0.3 * usual
            np.testing.assert_allclose(found, counts / counts.sum(), atol=1e-11)
        elif "gaussian" in kind:
            mean = weights @ x / weights.sum()
            covariance = (weights[:, None] * (x - mean)).T @ (x - mean) / weights.sum()
            np.testing.assert_allclose(found[0], mean, atol=1e-10)
            if kind == "gaussian":
                np.testing.assert_allclose(found[1] ** 2, np.maximum(np.diag(covariance), 0.05), atol=1e-10)
            elif np.linalg.eigvalsh(covariance).min() > 0.05:
                np.testing.assert_allclose(found[1:] @ found[1:].T, covariance, atol=1e-10)
        else:
            for context, i in itertools.product(range(len(found)), range(2)):
                here = weights * ((before[:, i] == context) if kind == "autoregressive" else 1.0)
                expected = (here @ x[:, i] + 0.3 * usual[context, i]) / (here.sum() + 0.3)
                assert found[context, i] == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_the_log_posterior_never_falls(kind, smoothing):
    model = HMM(6, kind, smoothing=smoothing, transition_smoothing=smoothing, min_variance=1e-3, seed=3)
    x = [np.round(each) for each in series(kind, (25, 40, 2), 4, size=3)]
    x = [each.astype("int64") for each in x] if kind == "categorical" else x
    found = []
    for _ in range(30):
        model.fit(x, epochs=1)  # which raises an error if it falls
        found.append(model.log_prob(x).sum() + model.log_prior())
    assert np.all(np.diff(found) >= -1e-8 * np.abs(found[1:])) and found[-1] > found[0] + 0.1


def test_a_fall_is_told(monkeypatch):
    model, x = fitted("gaussian"), series("gaussian")
    worse = {**model.arrays, "emissions": model.arrays["emissions"] + 3.0}
    monkeypatch.setattr(HMM, "maximise", lambda self, sums: worse)
    with pytest.raises(FloatingPointError, match=r"The log-posterior fell from .* to .*, which EM cannot do"):
        model.fit(x)


# hmmlearn, from the same parameters


def theirs(kind, model):
    library = pytest.importorskip("hmmlearn.hmm")
    fixed = {"n_components": model.states, "n_iter": 10, "tol": -np.inf, "init_params": "", "implementation": "log"}
    if kind == "categorical":
        other = library.CategoricalHMM(**fixed)
        other.emissionprob_ = model.arrays["emissions"]
    else:
        covariance = {"gaussian": "diag", "full_gaussian": "full"}[kind]
        other = library.GaussianHMM(covariance_type=covariance, covars_prior=0, covars_weight=0, min_covar=0, **fixed)
        other.means_, rest = model.arrays["emissions"][:, 0], model.arrays["emissions"][:, 1:]
        other.n_features = rest.shape[2]
        other.covars_ = rest[:, 0] ** 2 if kind == "gaussian" else rest @ rest.transpose(0, 2, 1)
    other.startprob_, other.transmat_ = model.arrays["start"], model.arrays["transitions"]
    return other


@pytest.mark.parametrize("kind", ["categorical", "gaussian", "full_gaussian"])
def test_it_computes_and_learns_what_hmmlearn_does(kind):
    model = fitted(kind, min_variance=1e-9)
    sequences = series(kind, (40, 3, 60, 17), 7)
    joined = np.concatenate(sequences)
    joined, lengths = joined[:, None] if kind == "categorical" else joined, [len(x) for x in sequences]
    other = theirs(kind, model)
    ends = np.cumsum(lengths)[:-1]
    np.testing.assert_allclose(model.log_prob(sequences).sum(), other.score(joined, lengths), rtol=1e-9)
    for mine, rest in (
        (model.posterior(sequences), other.predict_proba(joined, lengths)),
        (model.viterbi(sequences), other.decode(joined, lengths)[1]),
    ):
        for one, two in zip(mine, np.split(rest, ends), strict=True):
            np.testing.assert_allclose(one, two, atol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other.fit(joined, lengths)
    model.fit(sequences, epochs=10)
    np.testing.assert_allclose(model.arrays["start"], other.startprob_, atol=1e-6)
    np.testing.assert_allclose(model.arrays["transitions"], other.transmat_, atol=1e-6)
    emissions = model.arrays["emissions"]
    if kind == "categorical":
        np.testing.assert_allclose(emissions, other.emissionprob_, atol=1e-6)
    else:
        rest = emissions[:, 1:]
        matrices = rest[:, 0, :, None] ** 2 * np.eye(2) if kind == "gaussian" else rest @ rest.transpose(0, 2, 1)
        np.testing.assert_allclose(emissions[:, 0], other.means_, atol=1e-6)
        np.testing.assert_allclose(matrices, other.covars_, atol=1e-6)


# What log space is for


def left_right(far):
    """A chain of three states in a row, and log-densities of the frames in which they differ by `far`."""
    chain = chains.Chain(np.array([1.0, 0, 0]), np.array([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1.0]]))
    log_density = np.array([[0, -far, -far], [0, -far, -far], [-3 * far, -far, -far], [-9 * far, -far, 0]])[:, None]
    return chain, log_density


@pytest.mark.parametrize("far", [1.0, 100.0, 800.0, 1e5])
def test_what_is_improbable_by_more_than_a_float_can_say_is_not_lost(far):
    chain, log_density = left_right(far)
    logs = []
    for path in itertools.product(range(3), repeat=4):
        steps = [chain.log_transitions[pair] for pair in itertools.pairwise(path)]
        logs.append(chain.log_start[path[0]] + sum(steps) + sum(log_density[t, 0, z] for t, z in enumerate(path)))
    shares, steps, log_prob = chain.expected(log_density, np.array([4]))
    total = np.logaddexp.reduce(logs)
    assert log_prob[0] == pytest.approx(total, rel=1e-12)
    backward = chain.backward(log_density, np.array([4]))
    assert backward[0, 0, 0] + log_density[0, 0, 0] == pytest.approx(total, rel=1e-12)
    expected = np.zeros((3, 3))
    for path, log in zip(itertools.product(range(3), repeat=4), logs, strict=True):
        for pair in itertools.pairwise(path):
            expected[pair] += np.exp(log - total)
    np.testing.assert_allclose(steps, expected, atol=1e-9)
    np.testing.assert_allclose(shares.sum(axis=2), 1.0)


@pytest.mark.parametrize("frames", [64, 65, 100, 163])
@pytest.mark.parametrize("far", [1.0, 2000.0])
def test_pieces_side_by_side_are_the_chain_step_by_step(frames, far):
    random = np.random.default_rng(frames)
    transitions = random.uniform(0.1, 1, (3, 3)) * [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    chain = chains.Chain(random.uniform(size=3), transitions)
    log_density = far * random.standard_normal((frames, 4, 3))
    log_density[3::7, :, 1] = -np.inf
    logs, matrices = (chain.log_start, np.zeros(3)), (chain.transitions, chain.transitions.T)
    for log_start, matrix in zip(logs, matrices, strict=True):
        log_matrix = chains.logarithm(matrix)
        expected = chains.stepwise(log_start + log_density[0], matrix, log_matrix, log_density)
        found = chains.along(log_start, matrix, log_matrix, log_density)
        assert np.isfinite(expected[-1]).any(axis=1).all()
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("shape", [(1, 2, 3), (30, 4, 3), (64, 4, 3), (163, 1, 5), (100, 40, 6)])
def test_scaled_probabilities_give_what_logarithms_give(shape):
    frames, sequences, states = shape
    random = np.random.default_rng(frames)
    chain = chains.Chain(random.uniform(0.1, 1, states), random.uniform(1e-3, 1, (states, states)))
    lengths = np.sort(random.integers(1, frames + 1, sequences))[::-1]
    lengths[0] = frames
    log_density = 5 * random.standard_normal(shape) - 100
    log_density[np.arange(frames)[:, None] >= lengths] = 0.0
    expected = chain.expected_in_logs(log_density, lengths)
    for found, right in zip(scaled.expected(chain.start, chain.transitions, log_density, lengths), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("frames", [6, 200])
@pytest.mark.parametrize("what", ["far", "never", "first", "steps"])
def test_scaled_probabilities_lose_nothing_that_counts(frames, what):
    """States that are all but impossible, at a frame or at first; steps that are, which only a detour makes likely."""
    random = np.random.default_rng(0)
    log_density, transitions = random.standard_normal((frames, 2, 3)), np.full((3, 3), 1 / 3)
    start = np.array([0.0, 0, 1]) if what == "first" else np.full(3, 1 / 3)
    if what == "far":
        log_density *= 2000.0
    elif what == "never":
        log_density[2::3, :, 1] = -np.inf
    elif what == "steps":
        log_density *= 600.0
        transitions = np.exp([[0.0, -240.0, -100.0], [-100.0, 0.0, -240.0], [-240.0, -100.0, 0.0]])
    chain, lengths = chains.Chain(start, transitions), np.array([frames, frames - 1])
    log_density[-1, 1] = 0.0
    with np.errstate(all="raise", under="ignore"):
        found = scaled.expected(chain.start, chain.transitions, log_density, lengths)
    for each, right in zip(found, chain.expected_in_logs(log_density, lengths), strict=True):
        np.testing.assert_allclose(each, right, rtol=1e-9, atol=1e-9)


def test_scaled_probabilities_are_not_used_where_they_could_lose_something():
    log_density, even = np.zeros((6, 1, 3)), np.full(3, 1 / 3)
    ring = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]])
    assert scaled.expected(even, ring, log_density, np.array([6])) is None
    log_density[3] = -np.inf  # the sequence is impossible
    assert scaled.expected(even, np.full((3, 3), 1 / 3), log_density, np.array([6])) is None
    log_density[3], log_density[0, 0, 2] = 0.0, -np.inf  # it cannot begin
    assert scaled.expected(np.array([0, 0, 1.0]), np.full((3, 3), 1 / 3), log_density, np.array([6])) is None


def test_ten_thousand_frames_do_not_underflow():
    model = fitted("categorical")
    x = np.tile(series("categorical", (5,))[0], 2000)
    (log_prob,), (posterior,) = model.log_prob([x]), model.posterior([x])
    assert -np.inf < log_prob < -1000 and np.allclose(posterior.sum(axis=1), 1.0)
    halves = model.log_prob([x[:5000]])[0], log_prob
    assert halves[0] == pytest.approx(halves[1] / 2, rel=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_neither_company_nor_blocks_change_anything(kind, monkeypatch):
    model, sequences = fitted(kind), series(kind, (9, 2, 14, 1, 9))

    def verbs():
        return model.log_prob(sequences), *model.posterior(sequences), *model.viterbi(sequences)

    together = verbs()
    alone = [model.log_prob([x])[0] for x in sequences]
    np.testing.assert_allclose(together[0], alone, rtol=1e-12)
    loss = HMM(2, kind, seed=0).fit(sequences, epochs=4).history["loss"]
    monkeypatch.setattr(hidden_markov, "BLOCK", 40)
    for one, two in zip(verbs(), together, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-11)
    np.testing.assert_allclose(HMM(2, kind, seed=0).fit(sequences, epochs=4).history["loss"], loss, rtol=1e-3)


def test_what_cannot_be_is_told():
    model = HMM(2, "categorical")
    model.arrays = {"start": np.array([1.0, 0]), "transitions": np.eye(2), "emissions": np.eye(2)}
    possible, impossible = np.zeros(3, int), np.array([0, 1])
    assert model.log_prob([possible, impossible]).tolist() == [0.0, -np.inf]
    assert model.viterbi([possible])[0].tolist() == [0, 0, 0]
    for verb in (model.posterior, model.viterbi, model.fit):
        with pytest.raises(ValueError, match="Sequence 1 has probability 0 by this model"):
            verb([possible, impossible])


# Draws


@pytest.mark.parametrize("kind", KINDS)
def test_samples_have_the_probabilities_of_the_model(kind):
    """Of every first two frames of symbols and bits; of numbers, mean and variance."""
    model = fitted(kind, 2)
    found = model.sample(4000, length=2, seed=5)
    assert found.shape == (4000, 2) + (() if kind == "categorical" else (2,))
    assert found.dtype == {"categorical": np.int64}.get(kind, np.float32 if "gaussian" in kind else np.uint8)
    if "gaussian" in kind:
        start, means = model.arrays["start"], model.arrays["emissions"][:, 0]
        assert np.allclose(found[:, 0].mean(axis=0), start @ means, atol=0.12)
        assert np.allclose(found[:, 1].mean(axis=0), start @ model.arrays["transitions"] @ means, atol=0.12)
        return
    kinds, counts = np.unique(found.reshape(4000, -1), axis=0, return_counts=True)
    shape = (2,) if kind == "categorical" else (2, 2)
    expected = np.exp(model.log_prob([row.reshape(shape) for row in kinds]))
    assert expected.sum() > 0.98 and np.abs(counts / 4000 - expected).max() < 0.035


def test_a_shorter_sample_is_the_beginning_of_a_longer_one():
    model = fitted("bernoulli")
    np.testing.assert_array_equal(model.sample(3, length=5, seed=2), model.sample(3, length=9, seed=2)[:, :5])


def test_it_finds_the_chain_that_sequences_come_from():
    true = HMM(2, "gaussian")
    true.arrays = {
        "start": np.array([0.5, 0.5]),
        "transitions": np.array([[0.9, 0.1], [0.3, 0.7]]),
        "emissions": np.array([[[-2.0], [0.5]], [[2.0], [1.0]]]),
    }
    x = true.sample(30, length=60, seed=1)
    model = HMM(2, "gaussian", seed=0)
    model.fit(x, epochs=20)
    order = np.argsort(model.arrays["emissions"][:, 0, 0])
    np.testing.assert_allclose(model.arrays["transitions"][np.ix_(order, order)], true.arrays["transitions"], atol=0.05)
    np.testing.assert_allclose(model.arrays["emissions"][order], true.arrays["emissions"], atol=0.15)


# Refusals


@pytest.mark.parametrize(
    ("kind", "x", "message"),
    [
        ("categorical", [np.array([0.5])], "integers from 0 to any number.*sequence 0 has values of type float64"),
        ("categorical", [np.array([0, -1])], "sequence 0 has values from -1 to 0"),
        ("categorical", np.array([0, 1]), r"sequence 0 has shape \(\)\. A single sequence goes into a list"),
        ("bernoulli", [np.zeros((2, 3)), np.full((2, 3), 2)], "sequence 1 has values from 2 to 2 that are neither 0 nor 1"),
        ("bernoulli", np.zeros((2, 3)), r"shape \(3,\)\. A single sequence goes into a list: \[sequence\]"),
        ("gaussian", [np.zeros((2, 3)), np.zeros((2, 4))], "sequence 1 has frames of size 4 instead of 3"),
        ("gaussian", [[[1.0], [2.0, 3.0]]], "sequence 0 is no array"),
        ("gaussian", [np.zeros((0, 3))], r"sequence 0 has shape \(0, 3\)"),
        ("gaussian", [np.array([[np.inf]])], "sequence 0 has NaN or infinite values"),
        ("gaussian", [], "received none"),
        ("gaussian", "abc", "received a str"),
        ("gaussian", 3, "received a int"),
    ],
)
def test_what_is_no_list_of_sequences_is_refused(kind, x, message):
    with pytest.raises(ValueError, match=f"^x must be a list of sequences, at least one, each .*{message}"):
        HMM(2, kind).fit(x)


def test_sequences_of_another_size_are_refused():
    model = fitted("bernoulli")
    with pytest.raises(ValueError, match=r"sequences must be a list .* \(frames, 2\).*sequence 0 has frames of size 3"):
        model.log_prob([np.zeros((1, 3))])
    with pytest.raises(ValueError, match=r"integers from 0 to 1, .*sequence 0 has values from 2 to 2"):
        HMM(2, "categorical", size=2).fit([np.array([2])])
    with pytest.raises(ValueError, match="y must be None"):
        model.fit(series("bernoulli"), np.zeros(4))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("states", 0),
        ("emission", "poisson"),
        ("size", 0),
        ("smoothing", -1.0),
        ("transition_smoothing", np.nan),
        ("min_variance", 0),
    ],
)
def test_arguments_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        HMM(**{name: value})
