"""The chain of tags against the enumeration of all paths, and its gradient against finite differences."""

import doctest
import itertools

import keras
import numpy as np
import pytest
from keras import ops

from kerasgen.layers import CRF
from kerasgen.steps import compiled, value_and_input_gradients

TAGS, LENGTH = 3, 4
NAMES = ["O", "B-X", "I-X"]
MASKS = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0]], bool)
random = np.random.default_rng(0)
SCORES = random.standard_normal((4, LENGTH, TAGS)).astype("float32")
LABELS = random.integers(0, TAGS, (4, LENGTH))


def chain(allowed=None, **kwargs):
    """A layer with random weights."""
    layer = CRF(TAGS, allowed=allowed, **kwargs)
    layer.build(SCORES.shape)
    for number, weight in enumerate(layer.weights):
        weight.assign(np.random.default_rng(number).standard_normal(weight.shape))
    return layer


def paths(layer, scores, mask, allowed=None):
    """{tags of the steps that are there: score} of all paths, one after another."""
    transitions, start, end = (np.asarray(weight.numpy(), "float64") for weight in layer.weights)
    there, found = np.flatnonzero(mask), {}
    for path in itertools.product(range(TAGS), repeat=len(there)):
        pairs = list(itertools.pairwise(path))
        if allowed is not None and not (allowed[-1][path[0]] and all(allowed[i][j] for i, j in pairs)):
            continue
        unary = sum(float(scores[t, tag]) for t, tag in zip(there, path, strict=True))
        found[path] = start[path[0]] + unary + sum(transitions[i, j] for i, j in pairs) + end[path[-1]]
    return found


def array(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("rule", [None, CRF.legal_bio(NAMES)])
def test_everything_agrees_with_the_enumeration_of_all_paths(rule):
    layer = chain(rule)
    nats, marginals = layer.negative_log_likelihood(SCORES, LABELS, MASKS), layer.marginals(SCORES, MASKS)
    total, best = array(layer.log_partition(SCORES, MASKS)), array(layer.decode(SCORES, MASKS))
    for row, mask in enumerate(MASKS):
        scores = paths(layer, SCORES[row], mask, rule)
        log_z = np.logaddexp.reduce(list(scores.values()))
        np.testing.assert_allclose(total[row], log_z, atol=1e-5)
        own = tuple(LABELS[row][mask])
        if own in scores:
            np.testing.assert_allclose(array(nats)[row], log_z - scores[own], atol=1e-5)
        else:
            assert array(nats)[row] > 1000
        expected = np.zeros((LENGTH, TAGS))
        for path, score in scores.items():
            expected[np.flatnonzero(mask), path] += np.exp(score - log_z)
        np.testing.assert_allclose(array(marginals)[row], expected, atol=1e-5)
        assert tuple(best[row][mask]) == max(scores, key=scores.get)
        assert np.all(best[row][~mask] == -1)


def test_probabilities_of_all_paths_sum_to_one():
    layer, every = chain(), np.array(list(itertools.product(range(TAGS), repeat=LENGTH)))
    nats = array(layer.negative_log_likelihood(np.repeat(SCORES[:1], len(every), axis=0), every))
    assert np.exp(-nats).sum() == pytest.approx(1, abs=1e-5)


def test_labels_of_minus_one_are_a_mask_and_no_step_costs_nothing():
    layer, labels = chain(), np.where(MASKS, LABELS, -1)
    expected = array(layer.negative_log_likelihood(SCORES, LABELS, MASKS))
    np.testing.assert_allclose(array(layer.loss(labels, SCORES)), expected, atol=1e-6)
    assert array(layer.loss(np.full_like(labels, -1), SCORES)).tolist() == [0, 0, 0, 0]
    cut = array(layer.negative_log_likelihood(SCORES[1:2, :2], LABELS[1:2, :2]))  # as if what is masked were not there
    np.testing.assert_allclose(cut, expected[1:2], atol=1e-5)


def test_the_gradient_agrees_with_finite_differences_and_is_marginals_less_labels():
    layer, step = chain(dtype="float64"), 1e-5
    scores = SCORES.astype("float64")
    if keras.backend.backend() == "jax":  # which computes in float32
        layer, scores, step = chain(), SCORES, 1e-2
    total = lambda x: float(ops.sum(layer.negative_log_likelihood(x, LABELS, MASKS)))  # noqa: E731
    holder = keras.Sequential([layer])
    fn = lambda x: layer.negative_log_likelihood(x, LABELS, MASKS)  # noqa: E731
    gradient = array(value_and_input_gradients(fn, scores, holder)[1])
    for place in [(0, 0, 0), (0, 3, 2), (1, 1, 1), (2, 1, 0), (2, 2, 0), (3, 0, 2)]:
        up, down = scores.copy(), scores.copy()
        up[place] += step
        down[place] -= step
        assert gradient[place] == pytest.approx((total(up) - total(down)) / (2 * step), abs=1e-3 if step > 1e-3 else 1e-7)
    labels = np.eye(TAGS)[LABELS] * MASKS[:, :, None]
    np.testing.assert_allclose(gradient, array(layer.marginals(scores, MASKS)) - labels, atol=1e-5)


def test_legal_bio_says_what_may_follow():
    rule = CRF.legal_bio(["O", "B-X", "I-X", "I-Y"])
    assert rule.tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, False],
        [True, True, False, True],
        [True, True, False, False],
    ]
    scores = np.zeros((1, 3, 3), "float32")
    scores[..., 2] = 5.0  # wants I-X from the start
    free = chain()
    for weight in free.weights:
        weight.assign(np.zeros(weight.shape))
    assert array(free.decode(scores)).tolist() == [[2, 2, 2]]
    assert array(free.decode(scores, allowed=CRF.legal_bio(NAMES))).tolist() == [[1, 2, 2]]
    assert array(chain(CRF.legal_bio(NAMES)).marginals(scores))[0, 0, 2] == 0


def test_long_sequences_stay_finite():
    layer, scores = chain(), np.random.default_rng(1).standard_normal((1, 300, TAGS)).astype("float32") * 100
    holder = keras.Sequential([layer])
    labels = ops.convert_to_numpy(compiled(layer.decode, holder)(scores))
    nats = compiled(layer.negative_log_likelihood, holder)(scores, labels)
    assert 0 <= float(array(nats)[0]) < 100
    np.testing.assert_allclose(array(compiled(layer.marginals, holder)(scores)).sum(axis=-1), 1, atol=1e-4)


@pytest.mark.parametrize("jit", [False, True])
def test_a_model_with_it_trains_compiled_and_is_saved(jit, tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((LENGTH,), dtype="int32")
    layer = CRF(TAGS, allowed=CRF.legal_bio(NAMES), name="crf")
    model = keras.Model(inputs, layer(keras.layers.Embedding(9, TAGS, mask_zero=True)(inputs)))
    model.compile(keras.optimizers.Adam(0.3), loss=layer.loss, jit_compile=jit)
    words, labels = np.array([[1, 2, 3, 4], [4, 3, 0, 0]]), np.array([[0, 1, 2, 0], [0, 1, -1, -1]])
    losses = model.fit(words, labels, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    scores = model.predict(words, verbose=0)
    np.testing.assert_allclose(again.predict(words, verbose=0), scores, atol=1e-6)
    other = again.get_layer("crf")
    assert other.allowed == layer.allowed
    np.testing.assert_array_equal(array(other.decode(scores, words != 0)), array(layer.decode(scores, words != 0)))
    expected = model.evaluate(words, labels, verbose=0)
    again.compile(loss=other.loss)
    assert again.evaluate(words, labels, verbose=0) == pytest.approx(expected, rel=1e-4)


def test_half_precision_scores_are_summed_in_float32():
    layer = CRF(TAGS, dtype="mixed_bfloat16")
    assert layer(ops.cast(SCORES, "bfloat16")).dtype == "float32"


def test_the_example_of_its_documentation_runs():
    results = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(CRF, "CRF", globs={}):
        results.run(test)
    assert results.summarize(verbose=False) == doctest.TestResults(failed=0, attempted=results.tries)
    assert results.tries >= 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CRF(0), "tags must be an integer from 1 to 10000; received 0"),
        (lambda: CRF(3, allowed=np.ones((2, 3), bool)), r"allowed must be booleans \(3, 3\) or \(4, 3\); received bool"),
        (lambda: CRF(3, allowed=np.ones((3, 3))), "allowed must be booleans .*; received float64"),
        (lambda: CRF(2, allowed=[[True, True], [False, False]]), "allowed must allow some tag after tag 1"),
        (lambda: CRF(4)(SCORES), r"scores must be \(batch, length, 4\); received the shape \(4, 4, 3\)"),
        (lambda: chain().decode(SCORES[0]), r"scores must be \(batch, length, 3\)"),
        (lambda: chain().decode(SCORES, MASKS[0]), r"mask must be \(batch, length\); received the shape \(4,\)"),
        (lambda: CRF.legal_bio(["O", "NP"]), "names must be .*; received 'NP'"),
    ],
)
def test_what_it_cannot_use_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_it_agrees_with_crfsuite_on_the_objective():
    """Unary scores and transitions as CRFsuite learned them."""
    suite = pytest.importorskip("sklearn_crfsuite")
    names, numbers = ["a", "b", "c"], np.random.default_rng(0)
    tags = [[names[i] for i in numbers.integers(0, 3, LENGTH)] for _ in range(20)]
    features = [[{f"w{numbers.integers(0, 5)}": 1.0} for _ in sentence] for sentence in tags]
    peer = suite.CRF(c1=0.0, c2=0.1, max_iterations=20).fit(features, tags)
    state, between = peer.state_features_, peer.transition_features_
    scores = np.array([[[state.get((word, tag), 0) for tag in names] for step in each for word in step] for each in features])
    layer = CRF(3)
    layer.build(scores.shape)
    layer.transitions.assign([[between.get((one, two), 0) for two in names] for one in names])
    expected = [[[step[tag] for tag in names] for step in each] for each in peer.predict_marginals(features)]
    np.testing.assert_allclose(array(layer.marginals(scores.astype("float32"))), expected, atol=1e-4)
