"""The copying machine still copies, rows by rows and further than it was trained on, and finds its places by itself."""

import numpy as np
import pytest

import kerasgen


@pytest.fixture(scope="module")
def model():
    return kerasgen.load("ntm-copy")


def questions(count, rows, seed):
    return list(np.random.default_rng(seed).integers(0, 2, (count, rows, 8)))


@pytest.mark.parametrize(("rows", "least"), [(1, 1.0), (20, 0.9), (40, 0.8)])
def test_it_copies(model, rows, least):
    asked = questions(20, rows, rows)
    answers = model.run(asked)
    assert np.mean([np.array_equal(a, b) for a, b in zip(asked, answers, strict=True)]) >= least


def test_it_writes_row_after_row_and_reads_them_in_that_order(model):
    ((reading, writing),) = model.attention(questions(1, 20, 0))
    assert writing[:20].max(axis=2).mean() > 0.8 and reading[21:].max(axis=2).mean() > 0.8
    places = writing[1:20, 0].argmax(axis=1), reading[22:, 0].argmax(axis=1)
    for steps in (np.diff(each) % model.slots for each in places):
        assert np.mean(steps == np.median(steps)) > 0.9 and np.median(steps) != 0
