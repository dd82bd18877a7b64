"""Frechet distance against scipy.linalg.sqrtm and closed forms; moments against np.cov."""

import numpy as np
import pytest
import scipy.linalg

from kerasgen.metrics import Moments, frechet_distance, frechet_distance_from_moments


def frechet_by_sqrtm(real, generated):
    cov_a, cov_b = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    difference = real.mean(axis=0) - generated.mean(axis=0)
    return difference @ difference + np.trace(cov_a + cov_b - 2 * root.real)


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 12)) @ rng.normal(size=(12, 12))
    generated = rng.normal(size=(300, 12)) @ rng.normal(size=(12, 12)) + 0.5
    return real, generated


def test_matches_the_matrix_square_root_of_scipy(clouds):
    assert frechet_distance(*clouds) == pytest.approx(frechet_by_sqrtm(*clouds), rel=1e-9)


def test_is_symmetric_and_shift_invariant(clouds):
    real, generated = clouds
    distance = frechet_distance(real, generated)
    assert frechet_distance(generated, real) == pytest.approx(distance, rel=1e-10)
    assert frechet_distance(real + 1e5, generated + 1e5) == pytest.approx(distance, rel=1e-6)


def test_diagonal_gaussians_have_a_closed_form():
    mean_a, deviations_a = np.array([0.0, 1.0, -2.0]), np.array([1.0, 0.0, 3.0])
    mean_b, deviations_b = np.array([1.0, 1.0, 2.0]), np.array([2.0, 0.5, 0.1])
    distance = frechet_distance_from_moments(mean_a, np.diag(deviations_a**2), mean_b, np.diag(deviations_b**2))
    expected = np.square(mean_a - mean_b).sum() + np.square(deviations_a - deviations_b).sum()
    assert distance == pytest.approx(expected, rel=1e-12)


def test_rotated_gaussians_have_the_closed_form_of_the_unrotated():
    rng = np.random.default_rng(1)
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    variances_a, variances_b = rng.uniform(0, 4, 6), np.array([0, 0, 0, 1e-8, 1.0, 1e4])
    cov_a, cov_b = (rotation @ np.diag(variances) @ rotation.T for variances in (variances_a, variances_b))
    distance = frechet_distance_from_moments(np.zeros(6), cov_a, np.zeros(6), cov_b)
    assert distance == pytest.approx(np.square(np.sqrt(variances_a) - np.sqrt(variances_b)).sum(), rel=1e-9)


def test_singular_covariances_keep_full_precision():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(20, 5)) @ rng.normal(size=(5, 60))  # rank 5 of 60
    features[:, 7] = 3.0
    scale = np.trace(np.cov(features, rowvar=False))
    assert frechet_distance(features, features) <= 1e-12 * scale
    # The root of A against 4 A is known for any A: trace(A + 4 A - 2 * 2 A) = trace(A).
    doubled = 2 * (features - features.mean(axis=0)) + features.mean(axis=0)
    assert frechet_distance(features, doubled) == pytest.approx(scale, rel=1e-10)


def test_is_never_negative():
    rng = np.random.default_rng(6)
    distances = []
    for _ in range(20):
        features = rng.normal(size=(30, 4))
        distances.append(frechet_distance(features, features))
    assert min(distances) >= 0  # rounding gives both signs: without care half of these are negative
    assert max(distances) < 1e-12


def test_two_rows_are_enough():
    assert frechet_distance([[0, 0], [2, 0]], [[0, 0], [0, 2]]) == pytest.approx(2 + 2 + 2)


@pytest.mark.parametrize("sizes", [(500,), (1, 1, 498), (100, 399, 1), (250, 250)])
def test_moments_do_not_depend_on_the_blocks(sizes):
    features = np.random.default_rng(3).normal(size=(500, 4)) * [1, 1e-3, 10, 0] + [0, 1e4, -5, 7]
    moments = Moments()
    for block in np.split(features, np.cumsum(sizes)[:-1]):
        moments.update(block)
    assert moments.count == 500
    np.testing.assert_allclose(moments.mean, features.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(features, rowvar=False), rtol=1e-7, atol=1e-12)


def test_moments_cut_large_arrays_themselves(monkeypatch):
    monkeypatch.setattr("kerasgen.metrics.frechet.BLOCK_SIZE", 7)
    features = np.random.default_rng(4).normal(size=(30, 3)).astype("float32")
    moments = Moments()
    moments.update(features)
    np.testing.assert_allclose(moments.covariance, np.cov(features.astype("float64"), rowvar=False), rtol=1e-12)


def test_moments_leave_their_input_and_their_results_alone():
    features = np.random.default_rng(5).normal(size=(10, 2))
    before = features.copy()
    moments = Moments()
    moments.update(features)
    mean, covariance = moments.mean, moments.covariance
    first_mean, first_covariance = mean.copy(), covariance.copy()
    moments.update(features + 1)
    moments.mean[:] = 0
    np.testing.assert_array_equal(features, before)
    np.testing.assert_array_equal(mean, first_mean)
    np.testing.assert_array_equal(covariance, first_covariance)
    np.testing.assert_allclose(moments.mean, first_mean + 0.5)


def test_moments_survive_a_refused_block():
    moments = Moments()
    moments.update([[1.0, 2.0], [3.0, 5.0]])
    with pytest.raises(ValueError, match=r"features must be .*\(count, 2\).*received shape \(1, 3\)"):
        moments.update([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"features must be finite.*received nan at index \(0, 1\)"):
        moments.update([[1.0, np.nan]])
    assert moments.count == 2
    np.testing.assert_array_equal(moments.mean, [2.0, 3.5])


def test_moments_say_what_they_still_need():
    moments = Moments()
    with pytest.raises(ValueError, match=r"count must be at least 1.*received 0"):
        _ = moments.mean
    moments.update([[1.0]])
    with pytest.raises(ValueError, match=r"count must be at least 2.*received 1"):
        _ = moments.covariance
