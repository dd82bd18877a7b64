"""Scores of models of grey levels, for a stand-in whose bounds and reconstructions are known."""

import math

import numpy as np
import pytest

from kerasgen.scores.levels import mirrored, score_levels, validate_levels
from kerasgen.training.recipe import Recipe

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 3)).astype("uint8")
SPLITS = {part: {"image": IMAGES} for part in ("train", "validation", "test")}


class Known:
    """One bit a number by the tighter bound, two by the other; reconstructions are off by 0.2 of white to black everywhere."""

    latent_dim = 2

    def iw_bound(self, images, samples):
        return np.full(len(images), -48 * math.log(2), "float32")

    def elbo(self, images):
        return 2 * self.iw_bound(images, 1)

    def reconstruct(self, images):
        return images + 0.4


def test_bits_are_counted_by_numbers_and_errors_stand_beside_principal_components():
    scores = score_levels(samples=5)(Known(), SPLITS)
    assert scores["iw_bits_per_dim"].value == pytest.approx(1) and scores["elbo_bits_per_dim"].value == pytest.approx(2)
    assert scores["mse"].value == pytest.approx(0.04, rel=1e-4) and scores["mse_principal"].value > 0.04
    assert "2 principal components" in scores["mse_principal"].protocol
    assert "iw_bits_per_dim" not in score_levels()(Known(), SPLITS, full=False)
    assert validate_levels(count=10)(Known(), SPLITS) == pytest.approx({"bits_per_dim": 1, "mse": 0.04}, rel=1e-4)


def test_batches_hold_images_and_their_mirror_images():
    recipe = Recipe("greys-a", "Greys", model=Known, data="greys", score=lambda *_: {}, batch_size=80, steps_per_epoch=1)
    found = {image.tobytes() for image in mirrored(recipe, SPLITS)[0]}
    greys = IMAGES.astype("float32") / 127.5 - 1
    for image in (*greys, *greys[:, :, ::-1]):
        assert min(np.abs(np.frombuffer(each, "float32") - image.ravel()).max() for each in found) < 1e-5
