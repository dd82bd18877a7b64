"""The autoencoder still loses what was published, and the mixture over its codes still draws digits."""

import numpy as np

import kerasgen
from kerasgen import data, metrics, zoo
from kerasgen.data import to_float_images
from kerasgen.scores.autoencoders import squared_errors


def test_it_reconstructs_digits_as_published():
    """120 digits, 80 of which it has learned from."""
    parts = data.load("mnist", smoke=True).values()
    images = to_float_images(np.concatenate([part["image"] for part in parts]))
    error = squared_errors(images, kerasgen.load("autoencoder-mnist").reconstruct(images)).mean()
    assert 0.7 < error / zoo.info("autoencoder-mnist")["metrics"]["mse"]["value"] < 1.4


def test_it_draws_all_digits():
    probabilities = kerasgen.load("judge-mnist").classify(kerasgen.load("autoencoder-mnist").sample(200, seed=7))
    assert metrics.mean_top_probability(probabilities) > 0.85 and metrics.class_shares(probabilities).min() > 0.03
