"""The counts of Shakespeare's characters still read as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_it_reads_shakespeare_as_published():
    """The first 2,000 of 111,540 characters: 1.31 nats each; without learning 4.17."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])
    model = kerasgen.load("ngram-shakespeare")
    nats = -model.log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info("ngram-shakespeare")["metrics"]["nats"]["value"]) < 0.25
    contexts = [model.tokenizer.encode(prompt) for prompt in ("", "ROMEO:\nO, th", "xqxq")]
    np.testing.assert_allclose(np.exp(model.next_log_probs(contexts)).sum(axis=1), 1)
