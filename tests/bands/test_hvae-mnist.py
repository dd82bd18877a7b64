"""The ladder still bounds digits as published, and no layer of it has gone to sleep."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_codes_digits_as_published():
    """30 digits, 20 of which it has learned from."""
    parts = data.load("mnist", smoke=True).values()
    bits = data.binarise(np.concatenate([part["image"][:10] for part in parts]), 2024)
    model, metrics = kerasgen.load("hvae-mnist"), zoo.info("hvae-mnist")["metrics"]
    assert abs(-model.elbo(bits).mean() - metrics["elbo_nats"]["value"]) < 12
    assert np.all(model.layer_divergences(bits).mean(axis=0) > 0.2)
