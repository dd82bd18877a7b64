"""EM beside scikit-learn from the same start, and beside what is known of Gaussians."""

import warnings

import numpy as np
import pytest
from keras.callbacks import EarlyStopping

from kerasgen.models.mixture import gaussian_mixture
from kerasgen.models.mixture.gaussian_mixture import GaussianMixture


def clusters(seed=0, count=600, dim=3):
    """Vectors of three Gaussians that overlap, of different covariances."""
    rng = np.random.default_rng(seed)
    shapes = rng.standard_normal((3, dim, dim))
    centres = 3.0 * rng.standard_normal((3, dim))
    which = rng.integers(0, 3, count)
    return centres[which] + np.einsum("nij,nj->ni", shapes[which], rng.standard_normal((count, dim)))


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
@pytest.mark.parametrize(("components", "seed"), [(1, 0), (3, 1), (5, 2)])
def test_em_takes_the_steps_of_scikit_learn(covariance, components, seed):
    sklearn = pytest.importorskip("sklearn.mixture")
    x, passes = clusters(seed), 25
    model = GaussianMixture(components, covariance, seed=seed)
    start = model.start(x)
    matrices = start["factors"] ** 2 if covariance == "diagonal" else start["factors"] @ start["factors"].transpose(0, 2, 1)
    theirs = sklearn.GaussianMixture(
        components,
        covariance_type={"full": "full", "diagonal": "diag"}[covariance],
        weights_init=start["weights"],
        means_init=start["means"],
        precisions_init=1 / matrices if covariance == "diagonal" else np.linalg.inv(matrices),
        reg_covar=0,
        tol=0,
        max_iter=passes,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it did not converge, nor should it
        theirs.fit(x)
    model.arrays = {}
    history = model.fit(x, epochs=passes).history["loss"]
    assert np.all(np.diff(history) <= 1e-8)
    found = model.arrays["factors"]
    matrices = found**2 if covariance == "diagonal" else found @ found.transpose(0, 2, 1)
    np.testing.assert_allclose(model.arrays["weights"], theirs.weights_, atol=1e-4)
    np.testing.assert_allclose(model.arrays["means"], theirs.means_, atol=1e-4)
    np.testing.assert_allclose(matrices, theirs.covariances_, atol=1e-4)
    np.testing.assert_allclose(model.log_prob(x), theirs.score_samples(x), atol=1e-4)
    np.testing.assert_allclose(model.posterior(x), theirs.predict_proba(x), atol=1e-4)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_the_log_likelihood_never_falls_not_even_where_variances_vanish(covariance):
    x = np.round(clusters(3, 60))  # repeated vectors, and more components than they need
    x[:, 2] = 1.0
    model = GaussianMixture(12, covariance, min_variance=1e-3, seed=0)
    assert np.all(np.diff(model.fit(x, epochs=40).history["loss"]) <= 1e-7)
    assert np.all(np.isfinite(model.log_prob(x))) and np.all(np.isfinite(model.sample(50)))


def test_equal_vectors_are_one_gaussian_of_the_least_variance():
    model = GaussianMixture(3, min_variance=0.04, seed=0)
    model.fit(np.full((5, 2), 7.0), epochs=3)
    np.testing.assert_allclose(model.log_prob(np.full((1, 2), 7.0)), -np.log(2 * np.pi * 0.04))
    np.testing.assert_allclose(model.sample(2000).std(axis=0), 0.2, rtol=0.1)


def test_blocks_change_nothing(monkeypatch):
    x = clusters()
    whole = GaussianMixture(3, seed=0)
    whole.fit(x, epochs=3)
    monkeypatch.setattr(gaussian_mixture, "BLOCK", 500)
    parts = GaussianMixture(3, seed=0)
    parts.fit(x, epochs=3)
    np.testing.assert_allclose(parts.log_prob(x), whole.log_prob(x), rtol=1e-9)
    np.testing.assert_allclose(parts.posterior(x), whole.posterior(x), atol=1e-9)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_samples_have_the_moments_of_the_mixture(covariance):
    x = clusters(4, 300)
    model = GaussianMixture(3, covariance, seed=0)
    model.fit(x, epochs=30)
    drawn = model.sample(20_000, seed=3)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), x.mean(axis=0), atol=0.15)  # EM keeps the mean, and the full covariance
    if covariance == "full":
        np.testing.assert_allclose(np.cov(drawn.T), np.cov(x.T), atol=0.06 * np.var(x, axis=0).max())
    np.testing.assert_array_equal(model.sample(5, seed=3, start=7, batch_size=2), drawn[7:12])
    shares = model.posterior(drawn).mean(axis=0)
    np.testing.assert_allclose(shares, model.arrays["weights"], atol=0.02)


def test_density_sums_to_one():
    model = GaussianMixture(2, seed=0)
    model.fit(np.array([[-1.0], [-0.5], [2.0], [2.2], [3.0]]), epochs=5)
    grid = np.arange(-20, 20, 0.001)[:, None]
    assert np.exp(model.log_prob(grid)).sum() * 0.001 == pytest.approx(1, abs=1e-3)


def test_passes_can_end_when_nothing_is_gained():
    model = GaussianMixture(3, seed=0)
    stop = EarlyStopping("loss", min_delta=1e-3, patience=1)
    assert len(model.fit(clusters(), epochs=500, callbacks=[stop]).history["loss"]) < 300


def test_what_does_not_fit_is_refused():
    model = GaussianMixture(4, seed=0)
    with pytest.raises(ValueError, match=r"^x must hold at least as many vectors as components, 4; received 3"):
        model.fit(np.eye(3))
    with pytest.raises(ValueError, match=r"^covariance must be one of 'full', 'diagonal'; received 'tied'"):
        GaussianMixture(2, "tied")
    with pytest.raises(ValueError, match=r"^y must be None"):
        model.fit(np.eye(5), np.arange(5))
    model.fit(np.eye(5))
    for wrong in (np.eye(4), np.zeros(5), [[1.0], [2.0, 3.0]], np.array([["a"] * 5])):
        for verb in (model.log_prob, model.posterior):
            with pytest.raises(ValueError, match=r"^vectors must be finite real numbers of shape \(count, 5\)"):
                verb(wrong)
