"""Scores of a statistic of one number a sample."""

import numpy as np
import pytest

from kerasgen.scores.intervals import with_interval


def test_the_interval_is_that_of_the_statistic():
    values = np.random.default_rng(0).normal(2.0, 3.0, 400)
    score = with_interval(np.mean, values, protocol="x", label="mean", better="lower", leading=True)
    assert score.value == pytest.approx(values.mean()) and score.count == 400 and (score.label, score.leading) == ("mean", True)
    assert (score.low - score.value, score.high - score.value) == pytest.approx((-0.294, 0.294), abs=0.05)
    assert with_interval(np.mean, values, protocol="x", count=7).count == 7


def test_truth_values_are_shares():
    score = with_interval(np.mean, np.arange(10) < 4, protocol="x")
    assert score.value == pytest.approx(0.4) and type(score.value) is type(score.low) is float
