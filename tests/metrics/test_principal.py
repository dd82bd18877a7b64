"""Principal components against the covariance matrix, and what is refused."""

import numpy as np
import pytest

from kerasgen.metrics import PrincipalComponents


def data(count=200):
    return np.random.default_rng(0).standard_normal((count, 2, 3)) * np.array([[5, 3, 2], [1, 0.5, 0.1]]) + 7


def test_coordinates_are_those_of_the_leading_eigenvectors():
    flat = data().reshape(200, 6)
    values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
    expected = (flat - flat.mean(axis=0)) @ vectors[:, ::-1][:, :3] / np.sqrt(values[::-1][:3].mean())
    found = PrincipalComponents(data(), 3)(data())
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-6, atol=1e-9)  # signs are free
    assert np.mean(found**2) == pytest.approx(1.0)


def test_there_are_no_more_components_than_the_data_span():
    few = np.zeros((5, 4))
    few[:, 0] = range(5)
    assert PrincipalComponents(few, 64)(few).shape == (5, 1)
    assert PrincipalComponents(data(3), 64)(data()).shape == (200, 2)


def test_refusals():
    for wrong, message in (
        (np.ones((4, 3)), "not all alike"),
        (np.ones((1, 3)), "count >= 2"),
        (np.array(["a"]), "real numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            PrincipalComponents(wrong)
    with pytest.raises(ValueError, match=r"data must be of shape \(count, 2, 3\)"):
        PrincipalComponents(data())(np.ones((4, 3)))
