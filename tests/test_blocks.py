"""Blocks: what is computed in parts is what would be computed at once."""

import numpy as np
import pytest

from kerasgen import blocks


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_samples_are_drawn_in_order(size):
    calls = []

    def draw(first, last):
        calls.append(last - first)
        return np.arange(first, last)

    np.testing.assert_array_equal(blocks.drawn(draw, 7, start=5, size=size), np.arange(5, 12))
    assert max(calls) <= size and sum(calls) == 7


def test_arrays_lists_and_tuples_are_gathered_place_by_place():
    x, y = np.arange(10.0).reshape(5, 2), np.arange(5)

    def fn(a, b):
        return a + b[:, None], (b * 2, [str(each) for each in b])

    whole, (doubled, words) = blocks.mapped(fn, x, y, size=2)
    np.testing.assert_array_equal(whole, x + y[:, None])
    np.testing.assert_array_equal(doubled, 2 * y)
    assert words == ["0", "1", "2", "3", "4"] and whole.dtype == x.dtype


def test_spans_cover_everything_once():
    assert blocks.spans(2, 9, 3) == [(2, 5), (5, 8), (8, 9)]
    assert blocks.spans(0, 0, 3) == []


def test_few_lengths_occur_in_spans_that_halve():
    assert blocks.halving_spans(0, 21, 8) == [(0, 8), (8, 16), (16, 20), (20, 21)]
    assert blocks.halving_spans(3, 3, 8) == []
    for stop in range(1, 60):
        spans = blocks.halving_spans(0, stop, 16)
        assert [first for first, _ in spans] == [0, *(last for _, last in spans)][:-1] and spans[-1][1] == stop
        assert {last - first for first, last in spans} <= {1, 2, 4, 8, 16}
