"""Scores of denoisers: damages of known strength, and gains of models whose errors are known."""

import numpy as np
import pytest

from kerasgen.data import to_float_images
from kerasgen.scores import denoising

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 14, 16, 1)).astype("uint8")
SPLITS = {part: {"image": IMAGES} for part in ("validation", "test")}


class Half:
    """Takes away half of every error, for it knows the images."""

    def denoise(self, damaged):
        images = to_float_images(IMAGES)
        return 0.5 * (np.clip(damaged, -1, 1) + images)


def test_noise_has_its_strength_and_each_image_its_own():
    images = to_float_images(IMAGES)
    noise = denoising.with_noise(images, 0.4) - images
    assert noise.std() == pytest.approx(0.8, rel=0.02) and abs(noise.mean()) < 0.02
    np.testing.assert_array_equal(denoising.with_noise(images[:3], 0.4), denoising.with_noise(images, 0.4)[:3])
    assert not np.allclose(noise[0], noise[1])


def test_other_damages_touch_what_they_say():
    images = np.full((200, 14, 16, 3), 0.25, "float32")
    peppered = denoising.with_salt_and_pepper(images)
    assert np.mean(peppered == -1) == pytest.approx(0.1, abs=0.01) and np.mean(peppered == 1) == pytest.approx(0.1, abs=0.01)
    assert np.all(np.ptp(peppered, axis=-1) == 0)  # whole places
    holes = denoising.with_missing_square(images)
    grey = np.all(holes == 0, axis=-1)
    assert np.all(grey.sum(axis=(1, 2)) == 64) and np.all(holes[~grey] == 0.25)
    assert np.all(grey.any(axis=2).sum(axis=1) == 8) and np.all(grey.any(axis=0))  # squares, everywhere


def test_half_of_an_error_is_six_decibels():
    scores = denoising.score_denoising()(Half(), SPLITS)
    gain = 20 * np.log10(2)
    for name in denoising.DAMAGES:
        assert scores[f"psnr_gain_{name}"].value == pytest.approx(gain, abs=1e-3)
        assert scores[f"ssim_gain_{name}"].value > 0.02
        assert scores[f"psnr_{name}"].low < scores[f"psnr_{name}"].value < scores[f"psnr_{name}"].high
    assert [name for name, score in scores.items() if score.leading] == ["psnr_gain_noise_40"]
    assert "not trained for" in scores["psnr_gain_square"].protocol
    assert denoising.validate_denoising(count=60)(Half(), SPLITS)["psnr_gain"] == pytest.approx(gain, abs=1e-3)
    assert denoising.picture(Half(), SPLITS, count=60).shape == (11 * 60, 14, 16, 1)
