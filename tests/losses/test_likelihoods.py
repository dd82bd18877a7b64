"""Terms of likelihoods: sums over single pixels, and expectations by Monte Carlo."""

import numpy as np
import tiny  # noqa: F401  (the backend)
from keras import ops

from kerasgen.losses import bernoulli_log_prob, standard_normal_divergence


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
