"""Terms of likelihoods: sums over single pixels, and expectations by Monte Carlo."""

import numpy as np
import pytest
import tiny  # noqa: F401  (the backend)
from keras import ops

from kerasgen.losses import (
    LIKELIHOODS,
    bernoulli_log_prob,
    discretised_logistic_log_prob,
    free_divergence,
    gaussian_log_prob,
    likelihood,
    standard_normal_divergence,
)


def test_log_prob_of_bits_is_that_of_their_pixels():
    rng = np.random.default_rng(0)
    bits, logits = rng.integers(0, 2, (3, 4, 4, 1)).astype("float32"), 3 * rng.standard_normal((3, 4, 4, 1)).astype("float32")
    p = 1 / (1 + np.exp(-logits.astype("float64")))
    expected = np.sum(np.log(np.where(bits == 1, p, 1 - p)), axis=(1, 2, 3))
    np.testing.assert_allclose(ops.convert_to_numpy(bernoulli_log_prob(bits, logits)), expected, rtol=1e-5)


def test_log_prob_of_bits_stays_finite_where_the_logits_are_sure():
    bits, logits = np.array([1, 0, 1, 0], "float32"), np.array([200, -200, -200, 200], "float32")
    found = ops.convert_to_numpy(bernoulli_log_prob(*(x.reshape(4, 1, 1, 1) for x in (bits, logits))))
    np.testing.assert_allclose(found, [0, 0, -200, -200])


def test_divergence_is_that_of_monte_carlo():
    rng = np.random.default_rng(0)
    mean, log_variance = rng.standard_normal(6), rng.standard_normal(6)
    z = mean + np.exp(0.5 * log_variance) * rng.standard_normal((400_000, 6))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance)
    expected = np.mean(log_q + 0.5 * z**2, axis=0)
    np.testing.assert_allclose(ops.convert_to_numpy(standard_normal_divergence(mean, log_variance)), expected, atol=0.02)


def test_divergence_is_zero_at_the_prior_alone():
    numbers = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [0.0, -0.1]], "float32").T
    found = ops.convert_to_numpy(standard_normal_divergence(*numbers))
    assert found[0] == 0 and np.all(found[1:] > 1e-3)


def numbers(name, seed=0, shape=(3, 2, 2, 1)):
    """What a decoder might put out, and the pixel levels in [-1, 1] that it is about."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((*shape[:-1], LIKELIHOODS[name].parameters)).astype("float32")


@pytest.mark.parametrize(("name", "levels"), [("bernoulli", 2), ("logistic", 256)])
def test_probabilities_of_all_levels_sum_to_one(name, levels):
    parameters = numbers(name, shape=(1, 1, 1, 1))
    pixels = np.linspace(-1, 1, levels).astype("float32").reshape(-1, 1, 1, 1)
    found = ops.convert_to_numpy(likelihood(name).log_prob(pixels, np.repeat(parameters, levels, axis=0)))
    assert np.exp(found.astype("float64")).sum() == pytest.approx(1, abs=1e-4)


def test_log_prob_of_grey_levels_is_that_of_the_logistic_distribution():
    rng = np.random.default_rng(1)
    levels = rng.integers(0, 256, (4, 3, 3, 2))
    levels[0, 0, 0], levels[1, 1, 1] = 0, 255
    mean, log_scale = rng.uniform(-1, 1, levels.shape), rng.uniform(-4, 0, levels.shape)

    def cumulative(edge):
        return 1 / (1 + np.exp(-np.clip((edge - mean) / np.exp(log_scale), -700, 700)))

    x = levels / 127.5 - 1
    high, low = np.where(levels == 255, 1.0, cumulative(x + 1 / 255)), np.where(levels == 0, 0.0, cumulative(x - 1 / 255))
    sure = high - low > 1e-12  # where this way of computing it has digits left
    pieces = np.where(sure, np.log(np.where(sure, high - low, 1)), 0).sum(axis=(1, 2, 3))
    assert sure.mean() > 0.5
    fill = [np.where(sure, array, other).astype("float32") for array, other in ((x, 0), (mean, 0), (log_scale, -1.0))]
    extra = (~sure).sum(axis=(1, 2, 3)) * np.log(np.tanh(np.exp(1.0) / 510))  # each a bin of half-width 1/255 at the mean
    found = ops.convert_to_numpy(discretised_logistic_log_prob(*fill))
    np.testing.assert_allclose(found, pieces + extra, rtol=1e-3)


@pytest.mark.parametrize("location", [-40.0, -1.3, -0.99, 0.0, 0.4, 1.0, 2.5])
def test_mean_of_grey_levels_is_that_of_their_probabilities(location):
    levels = np.linspace(-1, 1, 256).astype("float32").reshape(-1, 1, 1, 1)
    for log_scale in (-5.0, -2.0, 0.0, 1.5):
        parameters = np.array([location, log_scale], "float32").reshape(1, 1, 1, 2)
        parameters[..., 1] = np.log(np.expm1(log_scale + 5.0 + 1e-7)) - 4.0  # what `log_scales` makes the logarithm of
        log_prob = likelihood("logistic").log_prob(levels, np.repeat(parameters, 256, axis=0))
        expected = np.sum(np.exp(ops.convert_to_numpy(log_prob).astype("float64")) * levels.ravel())
        found = ops.convert_to_numpy(likelihood("logistic").mean(parameters)).item()
        assert found == pytest.approx(expected, abs=2e-3) and -1 <= found <= 1


def test_log_density_is_that_of_the_normal_distribution():
    rng = np.random.default_rng(2)
    x, mean, log_scale = (rng.standard_normal((3, 2, 2, 1)) for _ in range(3))
    expected = -0.5 * ((x - mean) / np.exp(log_scale)) ** 2 - log_scale - 0.5 * np.log(2 * np.pi)
    found = gaussian_log_prob(*(array.astype("float32") for array in (x, mean, log_scale)))
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected.sum(axis=(1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_means_lie_in_the_range_of_images_and_wild_numbers_stay_finite(name):
    mean = ops.convert_to_numpy(likelihood(name).mean(30 * numbers(name)))
    assert mean.shape == (3, 2, 2, 1) and np.abs(mean).max() <= 1
    found = ops.convert_to_numpy(likelihood(name).log_prob(np.ones((3, 2, 2, 1), "float32"), 30 * numbers(name)))
    assert np.all(np.isfinite(found)) and found.shape == (3,)
    with pytest.raises(ValueError, match=r"^likelihood must be one of 'bernoulli', 'gaussian', 'logistic'; received 'beta'"):
        likelihood("beta")


def test_free_nats_count_each_latent_as_no_less():
    divergence = np.array([[0.0, 2.0, 0.4], [0.2, 4.0, 0.6]], "float32")
    assert float(free_divergence(divergence, 0.0)) == pytest.approx(0.1 + 3 + 0.5)
    assert float(free_divergence(divergence, 0.5)) == pytest.approx(0.5 + 3 + 0.5)
