"""Markov chains against counts by hand, eigenvectors and all strings there are."""

import itertools

import numpy as np
import pytest
from counting import rows_of

from kerasgen.models.language.markov_chain import MarkovChain
from kerasgen.tokenizers import CharacterTokenizer

LETTERS = "abcd"


def fitted(order=2, rows=None, **options):
    chain = MarkovChain(len(LETTERS), order, **options)
    chain.tokenizer = CharacterTokenizer(LETTERS)
    chain.fit(rows_of(1, (5, 60)) if rows is None else rows)
    return chain


@pytest.mark.parametrize(
    "options", [{"order": 0}, {"order": 1}, {"order": 2, "beginning": (3, 3)}, {"order": 4, "smoothing": 9.0}]
)
def test_probabilities_of_all_strings_of_three_sum_to_one(options):
    chain = fitted(**options)
    texts = ["".join(letters) for letters in itertools.product(LETTERS, repeat=3)]
    assert np.exp(chain.log_prob(texts)).sum() == pytest.approx(1, abs=1e-12)
    assert np.isfinite(chain.log_prob(["abcdabddccbbaa" * 5])[0])


def test_each_row_is_drawn_towards_that_of_the_shorter_chain():
    """aab, read after a mark of the beginning: two a, one b; after a, one of each."""
    chain = fitted(1, np.array([[0, 0, 1]]), smoothing=2.0)
    single = (np.array([2, 1, 0, 0]) + 2 / 4) / (3 + 2)
    after_a = (np.array([1, 1, 0, 0]) + 2 * single) / (2 + 2)
    first = (np.array([1, 0, 0, 0]) + 2 * single) / (1 + 2)
    np.testing.assert_allclose(np.exp(chain.next_log_probs([[], [0], [3, 0], [2]])), [first, after_a, after_a, single])


def test_counts_alone_are_approached():
    rows = rows_of(1, (5, 60))
    chain = fitted(2, rows, smoothing=1e-6)
    pairs = np.array([[row[t], row[t + 1], row[t + 2]] for row in rows for t in range(58)])
    matrix = chain.transition_matrix()
    for a, b in itertools.product(range(4), repeat=2):
        follow = np.bincount(pairs[(pairs[:, 0] == a) & (pairs[:, 1] == b), 2], minlength=4)
        if follow.sum():
            np.testing.assert_allclose(matrix[4 * a + b, 4 * b : 4 * b + 4], follow / follow.sum(), atol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_matrix_moves_between_states_as_texts_do(order):
    chain = fitted(3)
    matrix = chain.transition_matrix(order)
    assert matrix.shape == (4**order, 4**order)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    states = list(itertools.product(range(4), repeat=order))
    for i, j in itertools.product(range(len(states)), repeat=2):
        if states[i][1:] != states[j][:-1]:
            assert matrix[i, j] == 0
    if order == 3:
        context = [0, *states[27]]  # what stands before the state does not matter
        np.testing.assert_allclose(matrix[27, np.arange(4) + 27 % 16 * 4], np.exp(chain.next_log_probs([context])[0]))


@pytest.mark.parametrize("order", [1, 2])
def test_the_stationary_distribution_is_the_eigenvector(order):
    chain = fitted(2)
    matrix, found = chain.transition_matrix(order), chain.stationary(order)
    values, vectors = np.linalg.eig(matrix.T)
    expected = np.real(vectors[:, np.argmax(values.real)])
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-9)
    np.testing.assert_allclose(found @ matrix, found, atol=1e-10)


def test_a_chain_that_goes_round_has_one_too():
    chain = fitted(1, np.tile([[0, 1, 2, 3]], (2, 100)), smoothing=1e-6)
    np.testing.assert_allclose(chain.stationary(), 0.25, atol=1e-2)


def test_a_lower_order_is_the_chain_of_that_order():
    rows = rows_of(1, (5, 60))
    np.testing.assert_allclose(fitted(3, rows).transition_matrix(1), fitted(1, rows).transition_matrix())


def test_fit_adds_counts():
    first, second = rows_of(1, (4, 50)), rows_of(2, (4, 50))
    both, one_by_one = fitted(rows=np.concatenate([first, second])), fitted(rows=first)
    one_by_one.fit(second)
    for name, array in both.arrays.items():
        np.testing.assert_array_equal(one_by_one.arrays[name], array)


def test_refusals():
    chain = fitted(2)
    for order in (0, 3):
        with pytest.raises(ValueError, match=f"^order must be an integer from 1 to 2; received {order}"):
            chain.transition_matrix(order)
    with pytest.raises(ValueError, match=r"^order must be 1 or more for a chain with states"):
        fitted(0).stationary()
    wide = MarkovChain(100, 2)
    wide.fit(np.arange(100)[None])
    with pytest.raises(ValueError, match=r"^order must give at most 5,000 states; received 2 with 100 tokens, .* 10,000"):
        wide.transition_matrix()
    with pytest.raises(ArithmeticError, match="max_steps = 2"):
        chain.stationary(max_steps=2)
    with pytest.raises(ValueError, match="learned nothing yet"):
        MarkovChain(4, 1).transition_matrix()
    for options, message in (
        ({"order": -1}, r"^order must be an integer from 0 to 31"),
        ({"smoothing": 0}, r"^smoothing must be a number from 1e-06"),
    ):
        with pytest.raises(ValueError, match=message):
            MarkovChain(**options)
