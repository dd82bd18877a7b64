"""The mixture over digits still bounds, groups and completes digits as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def digits():
    """120 digits, 80 of which it has learned from."""
    return data.to_float_images(np.concatenate([part["image"] for part in data.load("mnist", smoke=True).values()]))


def test_it_bounds_digits_as_published():
    bits = -kerasgen.load("gmm-mnist").elbo(digits()).mean() / (784 * np.log(2))
    assert abs(bits - zoo.info("gmm-mnist")["metrics"]["elbo_bits_per_dim"]["value"]) < 0.6


def test_it_fills_in_the_lower_half_better_than_the_mean_digit():
    images, model = digits()[:20], kerasgen.load("gmm-mnist")
    hidden = np.broadcast_to(np.arange(28)[:, None, None] >= 14, images.shape)
    errors = np.square(model.fill(np.where(hidden, np.nan, images)) - images)[hidden].mean()
    assert errors < 0.95 * np.square(digits().mean(axis=0) - images)[hidden].mean()
