"""Rational-quadratic splines: knots, slopes, the identity, and the way back."""

import numpy as np
import pytest
from keras import ops

from kerasgen.layers.spline import LEAST, TAIL, Spline

BINS = 6


def stirred(size, seed=0):
    return np.random.default_rng(seed).standard_normal((*size, 3 * BINS - 1)).astype("float32")


def test_from_zeros_it_is_the_identity():
    x = np.linspace(-7, 7, 57, dtype="float32")
    value, log_slope = Spline(np.zeros((57, 3 * BINS - 1), "float32"), BINS).forward(x)
    np.testing.assert_allclose(value, x, atol=1e-5)
    np.testing.assert_allclose(log_slope, 0, atol=1e-5)


def test_it_passes_through_its_knots_with_its_slopes_there():
    raw = stirred((1,))
    widths, heights, slopes = (ops.convert_to_numpy(part)[0] for part in Spline(raw, BINS).bins)
    assert widths[0] == heights[0] == -TAIL and widths[-1] == heights[-1] == TAIL
    assert min(np.diff(widths).min(), np.diff(heights).min()) > 2 * TAIL * LEAST / BINS
    value, log_slope = Spline(np.repeat(raw, BINS + 1, axis=0), BINS).forward(widths)
    np.testing.assert_allclose(value, heights, atol=1e-4)
    np.testing.assert_allclose(np.exp(log_slope), slopes, rtol=1e-2)


@pytest.mark.parametrize("seed", range(5))
def test_the_slope_is_that_of_differences_and_the_inverse_leads_back(seed):
    x = np.random.default_rng(seed).uniform(-6, 6, 500).astype("float32")
    spline = Spline(stirred((500,), seed), BINS)
    value, log_slope = (ops.convert_to_numpy(part) for part in spline.forward(x))
    assert np.abs(value - x)[np.abs(x) < 4].max() > 0.3
    np.testing.assert_allclose(spline.inverse(value), x, atol=1e-4)
    step = np.float32(2e-3)
    ahead, behind = (ops.convert_to_numpy(spline.forward(x + sign * step)[0]) for sign in (1, -1))
    near = np.abs((ahead - behind) / (2 * step) / np.exp(log_slope) - 1)
    assert np.median(near) < 2e-3  # a few lie next to a knot


def test_beyond_its_ends_it_changes_nothing():
    far = np.array([-1e6, -5.01, 5.01, 1e6], "float32")
    spline = Spline(stirred((4,)), BINS)
    value, log_slope = spline.forward(far)
    np.testing.assert_array_equal(value, far)
    np.testing.assert_array_equal(log_slope, 0)
    np.testing.assert_array_equal(spline.inverse(far), far)
