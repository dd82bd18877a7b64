"""MADE still gives digits the probability that was published, and completes them."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_codes_digits_as_published_and_keeps_what_is_known():
    """120 digits, 80 of which it has learned from."""
    parts = data.load("mnist", smoke=True).values()
    bits, model = data.binarise(np.concatenate([part["image"] for part in parts]), 2024), kerasgen.load("made-mnist")
    assert abs(-model.log_prob(bits).mean() - zoo.info("made-mnist")["metrics"]["nats"]["value"]) < 6
    mask = np.zeros((1, 28, 28, 1), bool)
    mask[:, 14:] = True
    drawn = model.complete(bits[:1], mask, seed=1)
    assert np.array_equal(drawn[:, :14], bits[:1, :14]) and np.array_equal(np.unique(drawn), [-1, 1])
