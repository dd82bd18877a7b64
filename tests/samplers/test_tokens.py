"""The next token: temperature, top-k and top-p by hand, and choices against the lengths of intervals."""

import numpy as np
import pytest

from kerasgen.samplers import chosen_tokens, next_token_probabilities

LOGITS = np.log([[0.5, 0.25, 0.125, 0.125]])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.5, 0.25, 0.125, 0.125]),
        ({"temperature": 0}, [1, 0, 0, 0]),
        ({"temperature": 0.5}, np.array([16, 4, 1, 1]) / 22),
        ({"temperature": 2}, np.sqrt([4, 2, 1, 1]) / np.sum(np.sqrt([4, 2, 1, 1]))),
        ({"top_k": 2}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_k": 3}, [4 / 7, 2 / 7, 1 / 7, 0]),  # of two equal ones the first
        ({"top_p": 0.5}, [1, 0, 0, 0]),
        ({"top_p": 0.6}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_p": 1}, [0.5, 0.25, 0.125, 0.125]),
        ({"top_k": 2, "top_p": 0.6}, [1, 0, 0, 0]),  # of the two that are left, the first alone reaches 0.6
        ({"temperature": 0.5, "top_p": 0.75}, [0.8, 0.2, 0, 0]),  # 16 / 22 is less than 0.75
    ],
)
def test_probabilities_by_hand(options, expected):
    np.testing.assert_allclose(next_token_probabilities(LOGITS, **options), [expected])
    np.testing.assert_allclose(next_token_probabilities(LOGITS + 7, **options), [expected])  # logits are up to a constant
    order = [2, 0, 3, 1]
    shuffled = next_token_probabilities(LOGITS[:, order], **options)
    np.testing.assert_allclose(np.sort(shuffled), np.sort([expected]))


@pytest.mark.parametrize("temperature", [0, 1e-300, 0.5, 1, 100])
def test_what_cannot_be_has_no_probability(temperature):
    logits = np.array([[-np.inf, 2.0, -np.inf, 1.0], [-np.inf, -np.inf, -900.0, -np.inf]], "float32")
    found = next_token_probabilities(logits, temperature, top_p=0.999)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert np.all(found[np.isneginf(logits)] == 0) and found.dtype == np.float64
    assert found[1, 2] == 1


def test_rows_do_not_depend_on_each_other():
    logits = np.random.default_rng(0).normal(0, 3, (6, 9))
    together = next_token_probabilities(logits, 0.7, top_k=5, top_p=0.9)
    apart = [next_token_probabilities(row[None], 0.7, top_k=5, top_p=0.9)[0] for row in logits]
    np.testing.assert_array_equal(together, apart)


def test_numbers_fall_into_intervals_as_long_as_the_probabilities():
    probabilities = np.array([0.0, 0.5, 0.25, 0.0, 0.25, 0.0])
    uniform = np.arange(1000) / 1000
    chosen = chosen_tokens(np.broadcast_to(probabilities, (1000, 6)), uniform)
    assert chosen.dtype == np.int64
    np.testing.assert_array_equal(chosen, np.repeat([1, 2, 4], [500, 250, 250]))
    np.testing.assert_array_equal(chosen_tokens(np.broadcast_to(7 * probabilities, (1000, 6)), uniform), chosen)


def test_the_largest_number_below_one_chooses_a_token_that_can_be():
    probabilities = np.random.default_rng(1).random((200, 50))
    probabilities[:, -3:] = 0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    largest = np.full(200, np.nextafter(np.float32(1), np.float32(0)))
    assert set(chosen_tokens(probabilities, largest)) <= {46}
    assert set(chosen_tokens(probabilities, np.zeros(200, "float32"))) == {0}
