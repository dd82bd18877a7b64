"""Texts and sequences as plain arrays: to and fro, and some of them."""

import doctest

import numpy as np
import pytest

from kerasgen.data import from_strings, ragged, take, to_sequences, to_strings

WORDS = ["", "añb", "春眠", "x" * 300, "🙂"]


def test_the_examples_of_the_docstrings_run():
    assert doctest.testmod(ragged).failed == 0


def test_texts_survive():
    arrays = from_strings("word", WORDS)
    assert arrays["word"].dtype == np.uint8 and arrays["word_length"].dtype == np.int64
    assert arrays["word_length"].tolist() == [0, 4, 6, 300, 4] and to_strings(arrays, "word") == WORDS
    assert to_strings(from_strings("word", []), "word") == []


def nested(rng, examples):
    """Sentences of tokens with a title each, and what they are made of."""
    length = rng.integers(1, 5, examples)
    tokens = [f"t{i}" * rng.integers(0, 3) for i in range(length.sum())]
    titles = [f"title {i}"[: rng.integers(0, 8)] for i in range(examples)]
    roll = rng.integers(0, 9, (length.sum(), 3))
    arrays = {**from_strings("token", tokens), "length": length, "roll": roll, **from_strings("title", titles)}
    return {**arrays, "label": np.arange(examples)}, tokens, titles


@pytest.mark.parametrize("seed", range(20))
def test_chosen_examples_are_whole(seed):
    rng = np.random.default_rng(seed)
    arrays, tokens, titles = nested(rng, 9)
    sentences, rolls = to_sequences(tokens, arrays["length"]), to_sequences(arrays["roll"], arrays["length"])
    for rows in (np.sort(rng.permutation(9)[: rng.integers(1, 9)]), rng.integers(0, 9, 12), np.array([], int)):
        chosen = take(arrays, rows)
        assert ragged.count(chosen) == len(rows) and chosen["label"].tolist() == rows.tolist()
        assert to_sequences(to_strings(chosen, "token"), chosen["length"]) == [sentences[row] for row in rows]
        assert to_strings(chosen, "title") == [titles[row] for row in rows]
        for found, row in zip(to_sequences(chosen["roll"], chosen["length"]), rows, strict=True):
            np.testing.assert_array_equal(found, rolls[row])
        assert {field: array.dtype for field, array in chosen.items()} == {field: a.dtype for field, a in arrays.items()}


def test_fields_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"^arrays must hold 3 examples in each field; received 2 in 'label'\.$"):
        ragged.count({"image": np.zeros((3, 2)), "label": np.zeros(2)})
    with pytest.raises(ValueError, match=r"must hold 2 examples or 5 steps in each field; received 4 in 'roll'"):
        ragged.count({"length": np.array([2, 3]), "roll": np.zeros((4, 8))})
    with pytest.raises(ValueError, match="length must be at least 1"):
        ragged.count({"length": np.array([2, 0]), "roll": np.zeros((2, 8))})
    with pytest.raises(ValueError, match="at least one field; received none"):
        ragged.count({})
