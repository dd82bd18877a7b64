"""The Transformer of Wikipedia's byte pairs still reads as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_reads_wikipedia_as_published():
    """The first 333 words of the test text; without learning ln 33278 = 10.4 nats each."""
    text = data.to_text(data.load("wikitext2", smoke=True)["test"]["text"])
    nats = -kerasgen.load("gpt-wikitext2").log_prob([text])[0] / (len(text.split()) + text.count("\n"))
    assert np.isfinite(nats)
    assert abs(nats - zoo.info("gpt-wikitext2")["metrics"]["nats"]["value"]) < 0.6
