"""Exact answers and wrong bits, counted by hand; the machine that they stand beside."""

import types

import keras
import numpy as np
import pytest

from kerasgen.models.sequence.ntm import NTM
from kerasgen.scores.bit_tasks import Beside, measured, memory_picture, score_answers, validate_answers, wrong_bits

PART = {"length": np.array([2, 1, 1]), "row": np.zeros((4, 8), "uint8"), "repeats": np.array([1, 2, 1])}


def answering(answers):
    """A model that gives these answers to the questions of `PART`."""
    model = NTM("repeat-copy", units=2, slots=3, width=2, seed=0)
    return types.SimpleNamespace(read=model.read, run=lambda sequences, **given: [np.array(answer) for answer in answers])


def test_rows_that_are_missing_are_wrong_and_rows_too_many_are_not_exact():
    one = [[0] * 7 + [1]]
    rows = measured(answering([np.zeros((2, 8)), np.zeros((1, 8)), one]), PART)
    assert rows.tolist() == [[1, 0, 16], [0, 8, 16], [0, 1, 8]]
    assert wrong_bits(rows) == pytest.approx(100 * 9 / 40)
    longer = measured(answering([np.zeros((3, 8)), np.zeros((2, 8)), np.zeros((0, 8))]), PART)
    assert longer.tolist() == [[0, 0, 16], [1, 0, 16], [0, 8, 8]]


@pytest.fixture
def model():
    return NTM("repeat-copy", units=2, slots=3, width=2, seed=0)


def test_scores_are_told_by_part_with_an_interval_and_beside_the_other(model):
    splits = dict.fromkeys(("train", "validation", "test", "test_far"), PART)
    beside = Beside(
        lambda: NTM("repeat-copy", units=2, heads=0, seed=0), lambda steps: keras.optimizers.Adam(1e-3 * steps), 2, 2
    )
    score = score_answers({"test": "of few rows", "test_far": "of many"}, beside)
    quick, full = score(model, splits, full=False), score(model, splits)
    assert list(quick) == list(full) == ["exact", "errors", "exact_far", "errors_far"]
    exact = full["exact"]
    assert exact.count == 3 and exact.label == "exact answers of few rows, %" and exact.leading
    assert 0 <= exact.low <= exact.value <= exact.high <= 100 and exact.high - exact.low > 30
    assert exact.beside == "LSTM of equal size" and quick["exact"].reference is None
    assert full["errors"].reference is not None and not full["exact_far"].leading


def test_validation_counts_nats_a_bit(model):
    found = validate_answers(model, {"validation": PART})
    right = [np.zeros((n, 8)) for n in (2, 2, 1)]
    sequences = [np.zeros((n, 8)) for n in (2, 1, 1)]
    assert found["nats"] == pytest.approx(-model.log_prob(sequences, right, repeats=[1, 2, 1]).sum() / 40, rel=1e-5)
    assert 0 <= found["exact"] <= 1


def test_a_picture_shows_one_question(model):
    (image,) = memory_picture("test", 1)(model, {"test": PART})
    assert image.shape[1] == 4 * (1 + 1 + 2) and np.abs(image).max() <= 1
