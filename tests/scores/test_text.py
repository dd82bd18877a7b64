"""Scores of language models, for stand-ins whose tokens cost what is known."""

import math

import numpy as np
import pytest

from kerasgen.scores.text import mean_loss, score_text, validate_text
from kerasgen.tokenizers import CharacterTokenizer


class Known:
    """A stand-in whose tokens cost what their id says."""

    tokenizer = CharacterTokenizer("abc")

    def token_log_probs(self, tokens):
        return -np.asarray(tokens, "float32")


def splits(**texts):
    return {name: {"text": np.frombuffer(text.encode(), "uint8")} for name, text in texts.items()}


def test_scores_of_known_losses():
    scores = score_text({"test": "one", "more": "two"})(Known(), splits(test="abcc" * 500, more="b" * 700))
    assert scores["nats"].value == pytest.approx(1.25) and scores["nats"].count == 2000
    assert scores["bits"].value == pytest.approx(1.25 / math.log(2))
    assert scores["perplexity"].value == pytest.approx(math.exp(1.25))
    assert scores["nats_more"].value == scores["nats_more"].low == scores["nats_more"].high == 1
    assert scores["nats"].protocol.startswith("one") and scores["nats_more"].protocol.startswith("two")
    assert [key for key, score in scores.items() if score.leading] == ["nats"]
    assert validate_text(rows=4)(Known(), splits(validation="abcc" * 100)) == {"nats": 1.25}


def test_other_units_are_those_of_the_ends_of_the_interval_too():
    ids = np.random.default_rng(0).integers(0, 3, 5000)
    text = "".join("abc"[i] for i in ids)
    scores = score_text({"test": "one"})(Known(), splits(test=text))
    nats, bits, perplexity = (scores[key] for key in ("nats", "bits", "perplexity"))
    assert nats.low < nats.value < nats.high
    for end in ("low", "value", "high"):
        assert getattr(bits, end) == pytest.approx(getattr(nats, end) / math.log(2))
        assert getattr(perplexity, end) == pytest.approx(math.exp(getattr(nats, end)))


def test_interval_covers_the_mean_and_knows_that_neighbours_agree():
    losses = np.repeat(np.random.default_rng(0).standard_normal(40), 500) + 2
    score = mean_loss(losses, "p", "nats")
    assert score.low < score.value < score.high and score.better == "lower"
    assert score.high - score.low == pytest.approx(4 / math.sqrt(40), rel=0.4)  # 40 independent blocks, not 20,000


def test_the_last_block_counts_as_much_as_it_holds():
    losses = np.array([1.0] * 500 + [5.0] * 100)
    assert mean_loss(losses, "p", "nats").value == pytest.approx(losses.mean())
