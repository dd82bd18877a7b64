import numpy as np
import pytest

from kerasgen.losses.diffusion_bound import STEP, diffusion_bound
from kerasgen.schedules.noise import alpha_sigma

LEVELS = lambda level: alpha_sigma("cosine", level, np)  # noqa: E731


def bound(x, predict, samples=400, seed=0):
    rng = np.random.default_rng(seed)
    return diffusion_bound(
        x, predict, LEVELS, (-13.0, 13.0), samples, rng.random(len(x)), lambda i: rng.standard_normal(x.shape)
    )


def test_the_bound_of_the_exact_denoiser_is_the_entropy():
    """Pixels are one of two grey levels, with even odds: log 2 nats each, when the mean is the posterior's.

    To that comes what even a model that knows the image pays: at the cleanest level a grey level can still be mistaken.
    """
    low, high = 64 * STEP - 1.0, 192 * STEP - 1.0
    x = np.where(np.random.default_rng(1).random((64, 8, 8, 1)) < 0.5, low, high)

    def exact(z, level):
        alpha, sigma = LEVELS(level[:, None, None, None])
        odds = alpha * (high - low) * (z - alpha * (high + low) / 2) / sigma**2
        return low + (high - low) / (1 + np.exp(-np.clip(odds, -500, 500)))

    known = -bound(x, lambda z, level: x).mean() / 64
    assert 0 <= known < 0.04
    assert -bound(x, exact).mean() / 64 - known == pytest.approx(np.log(2), rel=0.05)
    assert -bound(x, lambda z, level: 0.9 * exact(z, level)).mean() / 64 > 2 * np.log(2)


def test_values_count_as_the_nearest_grey_level():
    x = np.random.default_rng(0).integers(256, size=(4, 3, 3, 1)) * STEP - 1.0
    near = np.clip(x + 0.3 * STEP, -1, 1)
    predict = lambda z, level: 0.5 * z  # noqa: E731
    np.testing.assert_allclose(bound(near, predict), bound(x, predict), rtol=1e-5)
