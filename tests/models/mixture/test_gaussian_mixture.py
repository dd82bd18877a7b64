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


@pytest.mark.parametrize("covariance", ["full", "diagonal", "factor"])
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
    with pytest.raises(ValueError, match=r"^covariance must be one of 'full', 'diagonal', 'factor'; received 'tied'"):
        GaussianMixture(2, "tied")
    with pytest.raises(ValueError, match=r"^y must be None"):
        model.fit(np.eye(5), np.arange(5))
    model.fit(np.eye(5))
    for wrong in (np.eye(4), np.zeros(5), [[1.0], [2.0, 3.0]], np.array([["a"] * 5])):
        for verb in (model.log_prob, model.posterior):
            with pytest.raises(ValueError, match=r"^vectors must be finite real numbers of shape \(count, 5\)"):
                verb(wrong)


# Factor analysis, and what is known of a part


def test_one_component_of_factors_is_the_factor_analysis_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 2)) @ rng.standard_normal((2, 6)) + rng.standard_normal((400, 6)) * rng.uniform(0.3, 1, 6)
    theirs = decomposition.FactorAnalysis(2, tol=1e-9, max_iter=5000).fit(x)
    model = GaussianMixture(1, "factor", rank=2, seed=0)
    model.fit(x, epochs=600)
    np.testing.assert_allclose(model.log_prob(x), theirs.score_samples(x), atol=1e-3)
    np.testing.assert_allclose(model.kind.matrix(model.arrays["factors"][0]), theirs.get_covariance(), atol=1e-3)


def test_densities_of_factors_are_those_of_their_matrices():
    x = clusters(4)
    model = GaussianMixture(3, "factor", rank=1, seed=0)
    model.fit(x, epochs=5)
    same = gaussian_mixture.mixture(model.arrays["weights"], model.arrays["means"], np.stack(list(model.parts()[2])))
    np.testing.assert_allclose(model.log_prob(x), same.log_prob(x), atol=1e-8)
    drawn, expected = model.sample(20_000, seed=0), same.sample(20_000, seed=1)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(expected.T), atol=0.05 * np.cov(expected.T).max())


@pytest.mark.parametrize("covariance", ["full", "diagonal", "factor"])
def test_marginals_and_conditionals_are_integrals_of_the_joint_density(covariance):
    x = clusters(1, dim=2)
    model = GaussianMixture(3, covariance, rank=1, seed=0)
    model.fit(x, epochs=10)
    line = np.linspace(-15, 15, 3001)
    for a in (-1.0, 0.5, 2.0):
        joint = np.exp(model.log_prob(np.stack([np.full_like(line, a), line], axis=1)))
        marginal = np.exp(model.marginal([0]).log_prob([[a]]))
        assert marginal == pytest.approx(np.trapezoid(joint, line), rel=1e-6)
        conditional = model.conditional([a, np.nan])
        np.testing.assert_allclose(np.exp(conditional.log_prob(line[:, None])), joint / marginal, atol=1e-8)
        mean = np.trapezoid(line * joint, line) / marginal
        assert model.fill([[a, np.nan]])[0, 1] == pytest.approx(mean.item(), abs=1e-6)


def test_what_is_missing_is_filled_in_row_by_row():
    x = clusters(2)
    model = GaussianMixture(3, seed=0)
    model.fit(x, epochs=10)
    holes = x[:4].copy()
    holes[0, 1] = holes[1, :2] = holes[2] = np.nan
    filled = model.fill(holes)
    assert np.isfinite(filled).all() and np.array_equal(filled[3], x[3]) and filled[0, 0] == x[0, 0]
    np.testing.assert_allclose(filled[2], model.arrays["weights"] @ model.arrays["means"])
    np.testing.assert_allclose(filled[:1], model.fill(holes[:1]))


def test_the_number_of_components_is_found_by_bic():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 2)) + 8.0 * rng.integers(0, 2, (600, 2))
    found = []
    for components in range(1, 7):
        model = GaussianMixture(components, seed=1)
        model.fit(x, epochs=30)
        found.append(model.bic(x))
    assert np.argmin(found) == 3  # four clouds
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture(1, reg_covar=0).fit(x)
    assert found[0] == pytest.approx(theirs.bic(x), rel=1e-6)


@pytest.mark.parametrize(
    ("verb", "value", "message"),
    [
        ("marginal", [0, 0], "places must be integers from 0 to 2 without repetition"),
        ("marginal", [3], "places must be integers from 0 to 2"),
        ("conditional", [1.0, 2.0, 3.0], "vector must be finite numbers .* with 0 missing"),
        ("conditional", [np.nan] * 3, "vector must be finite numbers .* with 3 missing"),
        ("fill", [[1.0, np.inf, 2.0]], "vectors must be finite"),
    ],
)
def test_parts_that_do_not_fit_are_refused(verb, value, message):
    model = GaussianMixture(2, seed=0)
    model.fit(clusters(0), epochs=1)
    with pytest.raises(ValueError, match=message):
        getattr(model, verb)(value)
