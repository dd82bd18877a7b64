"""Distances against all pairs, and the rank statistic against scipy's."""

import doctest

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from kerasgen.metrics import copies, copying_z, nearest_distances, share_nearer

RNG = np.random.default_rng(1)
POINTS, OTHERS = RNG.normal(50, 2, (30, 6)), RNG.normal(50, 2, (45, 6))


@pytest.mark.parametrize("block_size", [7, 1024])
def test_distances(block_size):
    pairs = cdist(POINTS, OTHERS)
    np.testing.assert_allclose(nearest_distances(POINTS, OTHERS, block_size), pairs.min(axis=1), rtol=1e-4)
    own = cdist(POINTS, POINTS) + np.diag(np.full(30, np.inf))
    np.testing.assert_allclose(nearest_distances(POINTS, block_size=block_size), own.min(axis=1), rtol=1e-4)


def test_a_copy_is_at_no_distance():
    assert nearest_distances(OTHERS[[4, 8]], OTHERS).max() < 1e-2
    assert nearest_distances(np.repeat(POINTS[:1], 2, axis=0)).max() < 1e-2


def test_statistic():
    samples, held_out = RNG.integers(0, 9, 40).astype(float), RNG.integers(1, 12, 60).astype(float)  # ties among them
    pairs = 40 * 60
    u = mannwhitneyu(samples, held_out).statistic
    assert copying_z(samples, held_out) == pytest.approx((u - pairs / 2) / np.sqrt(pairs * 101 / 12))
    assert copying_z(samples, held_out) == pytest.approx(-copying_z(held_out, samples))
    assert share_nearer(samples, held_out) == pytest.approx(1 - u / pairs)


def test_statistic_is_standard_normal_without_copies():
    found = [copying_z(*RNG.normal(size=(2, 50))) for _ in range(2000)]
    assert abs(np.mean(found)) < 0.1 and np.std(found) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (nearest_distances, (POINTS[0],), "points"),
        (nearest_distances, (POINTS[:1],), "points"),
        (nearest_distances, (POINTS, OTHERS[:, :2]), "others"),
        (copying_z, ([[1.0]], [1.0]), "samples"),
        (copying_z, ([1.0], []), "held_out"),
        (copying_z, ([1.0], [np.nan]), "held_out"),
    ],
)
def test_what_does_not_fit_is_refused(function, arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be .*; received"):
        function(*arguments)


def test_examples_run():
    assert doctest.testmod(copies).failed == 0
