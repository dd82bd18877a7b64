"""Densities of tables beside others that are fitted here; those of points are in tests/models/flow/test_coupling_flow.py."""

import numpy as np
import pytest

from kerasgen.scores import densities

PARTS = ("train", "validation", "test")
FACTOR = np.array([[2.0, 0.0, 0.0], [3.0, 0.5, 0.0], [0.0, 10.0, 100.0]])


def log_density(rows):
    z = np.asarray(rows, "float64") @ np.linalg.inv(FACTOR).T
    return -0.5 * np.sum(z**2 + np.log(2 * np.pi), axis=1) - np.log(np.linalg.det(FACTOR))


class Known:
    log_prob = staticmethod(log_density)


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    rows = {part: {"row": (rng.standard_normal((200, 3)) @ FACTOR.T).astype("float32")} for part in PARTS}
    return densities.score_table("row")(Known(), rows), rows["test"]["row"]


def test_a_mixture_finds_one_gaussian_and_a_kernel_density_is_worse(scores):
    found, rows = scores
    truth = -log_density(rows).mean()
    assert found["nats"].value == pytest.approx(truth) and found["nats"].leading
    assert (found["nats"].reference, found["nats"].beside) == (found["mixture_nats"].value, "mixture of Gaussians")
    assert found["mixture_nats"].value == pytest.approx(truth, abs=0.15)
    assert found["kernel_nats"].value > found["mixture_nats"].value + 0.05


def test_shuffled_columns_are_told_from_rows(scores):
    assert 0.7 < scores[0]["anomalies"].value <= 1.0
