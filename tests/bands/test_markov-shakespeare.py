"""The chain of Shakespeare's characters still reads as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_reads_shakespeare_as_published():
    """The first 2,000 of 111,540 characters: 1.41 nats each; without learning 4.17."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])
    chain = kerasgen.load("markov-shakespeare")
    nats = -chain.log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info("markov-shakespeare")["metrics"]["nats"]["value"]) < 0.25
    often = chain.stationary(1)
    expected = np.bincount(chain.tokenizer.encode(text), minlength=65) / len(text)
    assert often.argmax() == expected.argmax() and np.abs(often - expected).max() < 0.03  # the space, of which there are 15%
