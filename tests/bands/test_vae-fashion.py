"""The VAE of clothes still codes bits of clothes as published, and uses its latents."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_codes_clothes_as_published():
    """120 pieces of clothing, 80 of which it has learned from."""
    parts = data.load("fashion_mnist", smoke=True).values()
    bits = data.binarise(np.concatenate([part["image"] for part in parts]), 2024)
    model = kerasgen.load("vae-fashion")
    assert abs(-model.iw_bound(bits, samples=50).mean() - zoo.info("vae-fashion")["metrics"]["iw_nats"]["value"]) < 15
    means, _ = model.encode(bits)
    assert np.sum(means.var(axis=0) > 0.01) >= 15
