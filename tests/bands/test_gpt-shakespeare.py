"""It still reads them as published."""

import kerasgen
from kerasgen import data, zoo


def test_it_reads_shakespeare_as_published():
    """The first 400 characters, easier than most: the scene that the training text ends in goes on."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])[:400]
    nats = -kerasgen.load("gpt-shakespeare").log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info("gpt-shakespeare")["metrics"]["nats"]["value"]) < 0.7
