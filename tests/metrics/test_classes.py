"""Measures of a classifier's probabilities against loops, and by hand."""

import numpy as np
import pytest

from kerasgen.metrics import class_shares, label_agreement, mean_top_probability

PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(4), size=30)


def test_match_loops():
    winners = [max(range(4), key=lambda c: row[c]) for row in PROBABILITIES]
    labels = np.random.default_rng(1).integers(4, size=30)
    np.testing.assert_allclose(class_shares(PROBABILITIES), [winners.count(c) / 30 for c in range(4)])
    assert mean_top_probability(PROBABILITIES) == pytest.approx(sum(max(row) for row in PROBABILITIES) / 30)
    agreeing = sum(winner == label for winner, label in zip(winners, labels, strict=True))
    assert 0 < agreeing < 30
    assert label_agreement(PROBABILITIES, labels) == pytest.approx(agreeing / 30)


def test_classes_that_are_never_predicted_have_share_zero():
    np.testing.assert_array_equal(class_shares([[0.1, 0.9, 0.0], [0.3, 0.4, 0.3]]), [0.0, 1.0, 0.0])


def test_ties_count_for_the_lower_class():
    np.testing.assert_array_equal(class_shares([[0.2, 0.4, 0.4]]), [0.0, 1.0, 0.0])
    assert label_agreement([[0.2, 0.4, 0.4]], [1]) == 1.0


def test_float16_probabilities_pass():
    stored = np.random.default_rng(2).dirichlet(np.ones(100), size=20).astype("float16")
    assert mean_top_probability(stored) == pytest.approx(float(stored.max(axis=1).astype("float64").mean()), rel=1e-12)
    assert mean_top_probability([[0.5, 0.4992]]) == 0.5  # as far off as roundings of 2^-11 can add up to


def test_agreement_takes_any_integer_type():
    labels = PROBABILITIES.argmax(axis=1)
    assert label_agreement(PROBABILITIES, labels.astype("uint8")) == 1.0
    assert label_agreement(PROBABILITIES, ((labels + 1) % 4).tolist()) == 0.0
