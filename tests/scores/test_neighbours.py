"""Precision, recall, density and coverage as scores: means over points, and intervals around them."""

import numpy as np
import pytest

from kerasgen import metrics
from kerasgen.scores.neighbours import K, neighbour_scores, neighbour_values


def clouds(shift=0.5, counts=(200, 150, 180), seed=0):
    """(test, training, generated) features; the generated ones lie aside and closer together."""
    rng = np.random.default_rng(seed)
    test, train, generated = (rng.standard_normal((count, 4)) for count in counts)
    return test, train, 0.7 * generated + shift


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0, 50.0])
def test_values_are_those_of_the_metrics_and_lie_in_their_intervals(shift):
    real, train, generated = clouds(shift)
    scores = neighbour_scores("x", real, train, generated)
    shares, others = metrics.precision_recall(real, generated, K), metrics.density_coverage(real, generated, K)
    expected = {**shares._asdict(), **others._asdict()}
    beside = {**metrics.precision_recall(real, train, K)._asdict(), **metrics.density_coverage(real, train, K)._asdict()}
    assert list(scores) == ["precision", "recall", "density", "coverage"]
    for name, score in scores.items():
        assert score.value == pytest.approx(expected[name]) and score.reference == pytest.approx(beside[name])
        assert score.low <= score.value <= score.high and score.count == len(generated) and score.better == "higher"
        assert score.low < score.high or score.value in (0, 1)
    assert "x, 180 samples against 200 test images, balls to the 5th neighbour" in scores["recall"].protocol
    assert [name for name, score in scores.items() if score.leading] == ["precision", "recall"]


def test_there_is_a_number_for_each_point_that_is_counted():
    real, _, generated = clouds()
    values = neighbour_values(real, generated)
    assert {name: len(each) for name, each in values.items()} == {
        "precision": 180, "recall": 200, "density": 180, "coverage": 200,
    }  # fmt: skip


def test_intervals_are_as_wide_as_shares_of_so_many_points_vary():
    real, train, generated = clouds(counts=(400, 400, 400))
    score = neighbour_scores("x", real, train, generated)["recall"]
    error = np.sqrt(score.value * (1 - score.value) / 400)
    assert score.high - score.low == pytest.approx(2 * 1.96 * error, rel=0.15)
