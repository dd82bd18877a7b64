"""Nearness of images, beside scikit-image and what follows from the definitions."""

import numpy as np
import pytest

from kerasgen import metrics
from kerasgen.metrics import quality


def pair(channels=1, seed=0):
    rng = np.random.default_rng(seed)
    smooth = np.cumsum(rng.standard_normal((7, 20, 24, channels)), axis=2)
    references = np.tanh(0.3 * smooth).astype("float32")
    return np.clip(references + 0.3 * rng.standard_normal(references.shape), -1, 1).astype("float32"), references


@pytest.mark.parametrize("channels", [1, 3])
def test_both_are_those_of_scikit_image(channels, monkeypatch):
    theirs = pytest.importorskip("skimage.metrics")
    monkeypatch.setattr(quality, "BLOCK", 3)
    images, references = (array.astype("float64") for array in pair(channels))
    options = {"data_range": 2, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": 2}
    expected = [theirs.structural_similarity(a, b, **options) for a, b in zip(images, references, strict=True)]
    np.testing.assert_allclose(metrics.ssim(images, references), expected, atol=1e-6)
    expected = [theirs.peak_signal_noise_ratio(b, a, data_range=2) for a, b in zip(images, references, strict=True)]
    np.testing.assert_allclose(metrics.psnr(images, references), expected, rtol=1e-9)


def test_an_error_of_a_tenth_of_the_range_is_twenty_decibels():
    references = np.zeros((2, 12, 12, 1))
    np.testing.assert_allclose(metrics.psnr(references + 0.2, references), 20)
    assert np.all(np.isinf(metrics.psnr(references, references)))


def test_similarity_is_one_for_equal_images_and_knows_sign_and_brightness():
    images, references = pair()
    np.testing.assert_allclose(metrics.ssim(references, references), 1)
    assert np.all(metrics.ssim(images, references) < 0.95)
    grain = 0.3 * np.random.default_rng(1).uniform(-1, 1, (3, 16, 16, 1))
    assert np.all(metrics.ssim(0.5 - grain, 0.5 + grain) < -0.5)
    np.testing.assert_allclose(metrics.ssim(images, references), metrics.ssim(references, images))
    grey, white = np.zeros((1, 11, 11, 1)), np.ones((1, 11, 11, 1))
    np.testing.assert_allclose(metrics.ssim(grey, white), 0.0004 / (1 + 0.0004))


@pytest.mark.parametrize("metric", [metrics.psnr, metrics.ssim])
def test_what_does_not_fit_is_refused(metric):
    good = np.zeros((2, 12, 12, 1))
    with pytest.raises(ValueError, match=r"^references must be of the images' shape"):
        metric(good, good[:1])
    with pytest.raises(ValueError, match=r"^images must be in \[-1, 1\]; received values from 0 to 2"):
        metric(good + 2 * np.eye(12)[..., None], good)
    with pytest.raises(ValueError, match=r"^images must be of shape \(count, height, width, channels\)"):
        metric(good[..., 0], good[..., 0])
    with pytest.raises(ValueError, match=r"^images must be finite everywhere"):
        metric(good * np.nan, good)


def test_the_window_must_fit():
    small = np.zeros((1, 10, 12, 1))
    with pytest.raises(ValueError, match=r"^images must be at least 11 pixels high and wide"):
        metrics.ssim(small, small)
