"""The counts of Wikipedia's words still read as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_reads_wikipedia_as_published():
    """The first 333 words of the test text: 5.16 nats each; without learning ln 33278 = 10.4 nats each."""
    text = data.to_text(data.load("wikitext2", smoke=True)["test"]["text"])
    model = kerasgen.load("ngram-wikitext2")
    nats = -model.log_prob([text])[0] / len(model.tokenizer.encode(text))
    assert abs(nats - zoo.info("ngram-wikitext2")["metrics"]["nats"]["value"]) < 0.6
    assert model.generate("", length=1, top_k=1) == " ="  # a heading
    np.testing.assert_allclose(np.exp(model.next_log_probs([[], [1, 2]])).sum(axis=1), 1)
