"""The conditional VAE still draws the digit that was asked for, and codes digits as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo
from kerasgen.scores.labelled import label_hits


def published(score):
    return zoo.info("cvae-mnist")["metrics"][score]["value"]


def test_it_draws_the_digit_that_was_asked_for():
    """40 samples of each."""
    hits = label_hits(kerasgen.load("judge-mnist"), kerasgen.load("cvae-mnist"), 400, seed=7)
    assert hits.mean() >= 0.97


def test_it_codes_digits_as_published():
    """120 digits, 80 of which it has learned from."""
    parts = data.load("mnist", smoke=True).values()
    images, labels = (np.concatenate([part[field] for part in parts]) for field in ("image", "label"))
    bits, model = data.binarise(images, 2024), kerasgen.load("cvae-mnist")
    assert abs(-model.iw_bound(bits, labels, 50).mean() - published("iw_nats")) < 5
