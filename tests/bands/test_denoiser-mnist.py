"""The denoiser still removes noise as published."""

import numpy as np

import kerasgen
from kerasgen import data, metrics, zoo
from kerasgen.data import to_float_images
from kerasgen.scores.denoising import with_noise


def test_it_removes_noise_as_published():
    """The digits inside the package, with noise of 0.4."""
    parts = data.load("mnist", smoke=True).values()
    images = to_float_images(np.concatenate([part["image"] for part in parts]))
    noisy = with_noise(images, 0.4)
    cleaned = kerasgen.load("denoiser-mnist").denoise(noisy)
    gain = np.mean(metrics.psnr(cleaned, images) - metrics.psnr(np.clip(noisy, -1, 1), images))
    assert abs(gain - zoo.info("denoiser-mnist")["metrics"]["psnr_gain_noise_40"]["value"]) < 1
