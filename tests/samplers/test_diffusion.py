"""Samplers of diffusion on Gaussian data, where the mean image of a noisy one is known exactly."""

import numpy as np
import pytest

from kerasgen.samplers import diffusion as samplers
from kerasgen.schedules.noise import SCHEDULES, alpha_sigma, log_snr

MEAN, DEVIATION = 0.7, 0.3


def exact(schedule):
    """E[x | x_t] for x ~ N(MEAN, DEVIATION^2)."""

    def predict(x, level):
        alpha, sigma = alpha_sigma(schedule, level, np)
        gain = alpha * DEVIATION**2 / (alpha**2 * DEVIATION**2 + sigma**2)
        return MEAN + gain * (x.astype("float64") - alpha * MEAN)

    return predict


def flowed(x, schedule):
    """Where the probability flow takes noise: the Gaussian's own quantile, since the flow is linear."""
    alpha, sigma = alpha_sigma(schedule, log_snr(schedule, np.float64(1.0), np), np)
    return MEAN + DEVIATION * (x - alpha * MEAN) / np.sqrt(alpha**2 * DEVIATION**2 + sigma**2)


def error(sampler, schedule, steps, **options):
    x = np.random.default_rng(0).standard_normal(64)
    drawn = samplers.run(sampler, exact(schedule), x, samplers.step_levels(schedule, steps), schedule, **options)
    return np.abs(drawn - flowed(x, schedule)).max()


@pytest.mark.parametrize("schedule", ["cosine", "straight", "edm", "linear"])
@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("heun", 2), ("dpm++", 2)])
def test_samplers_without_fresh_noise_converge_to_the_exact_flow_with_their_order(sampler, order, schedule):
    coarse, fine = error(sampler, schedule, 160), error(sampler, schedule, 320)
    assert fine < 0.02
    if schedule != "linear" or order == 1:  # whose last step is too long for the second order to show
        assert np.log2(coarse / fine) > order - 0.5 or fine < 1e-4


@pytest.mark.parametrize(("sampler", "eta"), [("ddpm", None), ("ddim", 0.5)])
def test_fresh_noise_leaves_the_distribution_as_it_is(sampler, eta):
    rng = np.random.default_rng(1)
    x = rng.standard_normal(20_000)
    levels = samplers.step_levels("cosine", 100)
    drawn = samplers.run(sampler, exact("cosine"), x, levels, "cosine", eta, normal=lambda step: rng.standard_normal(len(x)))
    assert abs(drawn.mean() - MEAN) < 0.01
    assert abs(drawn.std() - DEVIATION) < 0.02
    assert abs(np.corrcoef(drawn, x)[0, 1]) < 0.5 if eta is None else True  # it is another draw, not the flow's


def test_all_noise_of_ddim_is_ddpm():
    x, levels = np.random.default_rng(0).standard_normal(8), samplers.step_levels("cosine", 10)
    fresh = np.random.default_rng(2).standard_normal((10, 8))
    runs = [
        samplers.run(name, exact("cosine"), x, levels, "cosine", eta, normal=lambda step: fresh[step])
        for name, eta in (("ddim", 1.0), ("ddpm", None))
    ]
    np.testing.assert_array_equal(*runs)


def test_the_step_of_ddpm_is_the_posterior_of_its_paper():
    """Ho et al., 2020, equation 7: mean and variance of q(x_{t-1} | x_t, x_0)."""
    levels = samplers.step_levels("cosine", 10)
    here, there = (alpha_sigma("cosine", level, np) for level in levels[4:6])
    x, image = 0.4, -0.2
    bars = [alpha**2 for alpha, _ in (here, there)]
    alpha = bars[0] / bars[1]
    mean = np.sqrt(bars[1]) * (1 - alpha) / (1 - bars[0]) * image + np.sqrt(alpha) * (1 - bars[1]) / (1 - bars[0]) * x
    variance = (1 - bars[1]) / (1 - bars[0]) * (1 - alpha)
    assert samplers.ddim(x, image, here, there, 1.0, 0.0) == pytest.approx(mean, abs=1e-12)
    assert samplers.ddim(x, image, here, there, 1.0, 1.0) == pytest.approx(mean + np.sqrt(variance), abs=1e-12)


def test_backwards_and_forwards_again_leads_back():
    x = MEAN + DEVIATION * np.random.default_rng(0).standard_normal(16)
    levels = samplers.step_levels("cosine", 400)
    noisy = samplers.run("ddim", exact("cosine"), x, levels[::-1], "cosine", clean=False)
    assert abs(noisy.std() - 1) < 0.4
    np.testing.assert_allclose(samplers.run("ddim", exact("cosine"), noisy, levels, "cosine"), x, atol=0.02)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_fall_and_keep_what_they_promise(schedule):
    times = np.linspace(0, 1, 101)
    levels = log_snr(schedule, times, np)
    assert np.all(np.diff(levels) <= 0)
    assert np.all(np.diff(levels)[10:90] < 0)
    alpha, sigma = alpha_sigma(schedule, levels, np)
    np.testing.assert_allclose(np.log(alpha**2 / sigma**2), levels, atol=1e-6)
    np.testing.assert_allclose(alpha + sigma if schedule == "straight" else alpha**2 + sigma**2, 1.0, atol=1e-12)


def test_schedules_are_those_of_their_papers():
    t = np.array([0.3, 0.6])
    alpha, _ = alpha_sigma("cosine", log_snr("cosine", t, np), np)
    np.testing.assert_allclose(alpha, np.cos(np.pi * t / 2), rtol=1e-9)
    alpha, _ = alpha_sigma("straight", log_snr("straight", t, np), np)
    np.testing.assert_allclose(alpha, 1 - t, rtol=1e-9)
    betas = 0.1 + 19.9 * (np.arange(100_000) + 0.5) / 100_000  # the rate of noise over time
    kept = np.exp(-np.cumsum(betas) / 100_000)
    alpha, _ = alpha_sigma("linear", log_snr("linear", t, np), np)
    np.testing.assert_allclose(alpha**2, kept[[29_999, 59_999]], rtol=1e-3)
    ratio = np.exp(-log_snr("edm", np.array([0.5]), np) / 2)
    assert ratio == pytest.approx(((0.002 ** (1 / 7) + 80 ** (1 / 7)) / 2) ** 7)
