"""The autoencoder still draws digits again as published, and its samples are digits."""

import numpy as np

import kerasgen
from kerasgen import data, zoo
from kerasgen.data import to_float_images


def test_it_draws_again_as_published():
    """The digits inside the package, pixels in [0, 1]; and 200 samples, which the judge takes for digits of every kind."""
    parts = data.load("mnist", smoke=True).values()
    images = to_float_images(np.concatenate([part["image"] for part in parts]))
    model = kerasgen.load("autoencoder-mnist")
    error = np.mean(np.square((model.reconstruct(images) - images) / 2))
    published = zoo.info("autoencoder-mnist")["metrics"]["mse"]["value"]
    assert 0.7 * published < error < 1.4 * published
    probabilities = kerasgen.load("judge-mnist").classify(model.sample(200, seed=5))
    assert probabilities.max(axis=1).mean() > 0.85
    assert np.bincount(probabilities.argmax(axis=1), minlength=10).min() >= 6
