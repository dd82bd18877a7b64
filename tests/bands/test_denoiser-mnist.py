"""The denoiser still gains what was published, on the digits inside the package."""

import numpy as np

import kerasgen
from kerasgen import data, metrics, zoo
from kerasgen.data import to_float_images
from kerasgen.scores.denoising import clipped, with_noise


def test_it_cleans_digits_as_published():
    """120 digits, 80 of which it has learned from."""
    parts = data.load("mnist", smoke=True).values()
    images = to_float_images(np.concatenate([part["image"] for part in parts]))
    noisy = with_noise(images, 0.4)
    gains = metrics.psnr(kerasgen.load("denoiser-mnist").denoise(noisy), images) - metrics.psnr(clipped(noisy), images)
    assert abs(gains.mean() - zoo.info("denoiser-mnist")["metrics"]["psnr_gain_noise_40"]["value"]) < 1.0
