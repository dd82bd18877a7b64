"""It still reads them as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_reads_shakespeare_as_published():
    """The first 400 characters, easier than most: the scene that the training text ends in goes on."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])[:400]
    nats = -kerasgen.load("gru-shakespeare").log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info("gru-shakespeare")["metrics"]["nats"]["value"]) < 0.7


def test_it_writes_words():
    (text,) = kerasgen.load("gru-shakespeare").sample(1, seed=3, length=120)
    assert len(text) == 120
    assert np.mean([c.islower() for c in text]) > 0.5
