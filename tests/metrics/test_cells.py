"""Cells against scikit-learn's k-means, and the effective number against closed forms."""

import doctest

import numpy as np
import pytest
from sklearn.cluster import KMeans

from kerasgen.metrics import Cells, cells

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(300, 4)) + 4 * RNG.integers(0, 3, (300, 1))


def test_cells_are_those_of_lloyds_algorithm():
    start = Cells(REAL, 6, iterations=0, seed=3).centres
    expected = KMeans(6, init=start, n_init=1, max_iter=7, tol=0, algorithm="lloyd").fit(REAL)
    found = Cells(REAL, 6, iterations=7, seed=3)
    np.testing.assert_allclose(found.centres, expected.cluster_centers_, atol=1e-9)
    np.testing.assert_array_equal(found(REAL[::2] + 0.1), expected.predict(REAL[::2] + 0.1))


def test_effective_number():
    corners = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    found = Cells(corners, 4)
    assert found.effective_number(corners) == pytest.approx(4)
    assert found.effective_number(np.repeat(corners[:1], 50, axis=0)) == 1
    shares = np.array([0.5, 0.25, 0.25])
    assert found.effective_number(corners[[0, 0, 1, 2]]) == pytest.approx(np.prod(shares**-shares))


def test_equal_points_and_whole_numbers_are_no_trouble():
    assert Cells(np.ones((5, 2), "uint8"), 3).effective_number([[1, 1], [7, 7]]) == 1


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((REAL[0], 2), "real"),
        ((REAL, 1), "cells"),
        ((REAL, 301), "cells"),
        ((REAL, 2, -1), "iterations"),
        ((REAL, 2, 1, -1), "seed"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be .*; received"):
        Cells(*arguments)


def test_points_of_other_features_are_refused():
    with pytest.raises(ValueError, match=r"^points must be"):
        Cells(REAL, 2)(REAL[:, :3])


def test_examples_run():
    assert doctest.testmod(cells).failed == 0
