"""The diffusion model still draws the digit that was asked for, and bounds digits as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo
from kerasgen.data import to_float_images
from kerasgen.scores.labelled import label_hits


def test_it_draws_digits_and_bounds_them_as_published():
    """Two of each digit, in fewer steps than usual; 10 digits, where noise alone would cost several bits a dimension."""
    model = kerasgen.load("ddpm-mnist")
    model.steps = 8
    assert label_hits(kerasgen.load("judge-mnist"), model, 20, seed=7).mean() >= 0.8
    part = data.load("mnist", smoke=True)["test"]
    images, labels = to_float_images(part["image"][:10]), part["label"][:10]
    bits = -model.elbo(images, labels, samples=10).mean() / (784 * np.log(2))
    assert abs(bits - zoo.info("ddpm-mnist")["metrics"]["bits_per_dimension"]["value"]) < 0.6
