"""The neural models of Shakespeare's plays still read them as published."""

import numpy as np
import pytest

import kerasgen
from kerasgen import data, zoo


@pytest.mark.parametrize("name", ["gpt-shakespeare", "gru-shakespeare"])
def test_it_reads_shakespeare_as_published(name):
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])[
        :1500
    ]  # the scene that the training text ends in goes on
    nats = -kerasgen.load(name).log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info(name)["metrics"]["nats"]["value"]) < 0.7


def test_it_writes_words():
    (text,) = kerasgen.load("gru-shakespeare").sample(1, seed=3, length=120)
    assert len(text) == 120
    assert np.mean([c.islower() for c in text]) > 0.5
