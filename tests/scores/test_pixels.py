"""Kernel distances by pixels: near for the images themselves, far for others."""

import numpy as np
import pytest
from own_data import ramps

from kerasgen.data import to_float_images
from kerasgen.scores import pixels
from kerasgen.scores.pixels import PixelDistance


class Painter:
    """Draws from images that it is given."""

    def __init__(self, images):
        self.images = images

    def sample(self, count, seed=0):
        return self.images[np.random.default_rng(seed).integers(0, len(self.images), count)]


def test_pixels_tell_the_images_from_others(monkeypatch):
    monkeypatch.setattr(pixels, "SAMPLES", (200, 150))
    splits = ramps(200)
    criterion = PixelDistance(splits)
    images = to_float_images(splits["train"]["image"])
    real, pale = Painter(images), Painter(0.7 * images)
    (good,), (bad,) = (criterion.validate(painter, splits).values() for painter in (real, pale))
    assert abs(good) < 0.4 < bad
    score = criterion.score(real, splits)["kernel_distance"]
    assert score.low <= score.value <= score.high and score.count == 150 and score.better == "lower" and score.leading
    assert score.reference == pytest.approx(score.value, abs=0.3)
    assert "64 leading principal components of the pixels, 150 samples against 200 images" in score.protocol
