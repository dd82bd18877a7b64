"""Scores of language models, for stand-ins whose tokens cost what is known."""

import math

import numpy as np
import pytest

from kerasgen import zoo
from kerasgen.models.language.ngram import NGram
from kerasgen.scores.text import (
    mean_loss,
    score_by_order,
    score_text,
    score_with_cache,
    score_words,
    validate_text,
    words_in_tokens,
)
from kerasgen.tokenizers import BytePairTokenizer, CharacterTokenizer, WordTokenizer


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
    assert mean_loss(losses[497:502], "p", "nats").value == pytest.approx(2.6)  # shorter than a block


def test_the_numbers_of_a_model_of_the_zoo_stand_beside():
    text = splits(test="abcc" * 500, more="b" * 700)
    other = zoo.info("ngram-shakespeare")["metrics"]
    scores = score_text({"test": "one", "more": "two"}, beside="ngram-shakespeare", leading="perplexity")(Known(), text)
    assert scores["nats"].reference == other["nats"]["value"] and scores["nats"].beside == "ngram-shakespeare"
    assert scores["bits"].reference == other["bits"]["value"] and scores["nats_more"].reference is None
    assert [key for key, score in scores.items() if score.leading] == ["perplexity"]
    plain = score_text({"test": "one"}, beside="a-model-that-is-not-there")(Known(), text)
    assert plain["nats"].reference is None and plain["nats"].beside == "" and plain["nats"].leading


def counted(order):
    model = NGram(3, order)
    model.tokenizer = CharacterTokenizer("abc")
    return model


def test_orders_are_compared_on_validation():
    text = splits(train="abcacb" * 100, validation="abcacb" * 50)
    scores = score_by_order(counted, (1, 2, 3))(text)
    assert list(scores) == ["nats_order_1", "nats_order_2", "nats_order_3"]
    assert scores["nats_order_1"].value > scores["nats_order_2"].value + 0.3 > scores["nats_order_3"].value + 0.5
    assert scores["nats_order_1"].count == 300 and not any(score.leading for score in scores.values())


def test_scores_with_a_cache_are_those_of_the_model_with_one():
    text, model = splits(test="abcaab" * 100), counted(1)
    model.fit(np.array([[0, 1, 2, 2, 1, 0]]))
    found = score_with_cache({"test": "one"}, 50, (0.0, 2.0))(model, text)
    assert set(found) == {"nats_cache", "bits_cache", "perplexity_cache"}
    ids = model.tokenizer.encode("abcaab" * 100)[None]
    assert found["nats_cache"].value == pytest.approx(-model.with_cache(50, (0.0, 2.0)).token_log_probs(ids).mean())
    assert "a cache of 50 tokens" in found["nats_cache"].protocol and not found["nats_cache"].leading


class Rising:
    """Token t of a text costs t + 1 nats."""

    tokenizer = BytePairTokenizer([])

    def token_log_probs(self, ids):
        return np.tile(-np.arange(1.0, ids.shape[1] + 1), (len(ids), 1))


def utf8(text):
    return {"text": np.frombuffer(text.encode(), "uint8")}


@pytest.mark.parametrize("pieces", [256, 262, 270])
def test_tokens_hold_as_many_words_as_their_text(pieces):
    text = " one two two \n \n = été = \n two"
    tokenizer = BytePairTokenizer.from_text(text * 3, pieces)
    found = words_in_tokens(tokenizer, utf8(text))
    assert len(found) == len(tokenizer.encode(text))
    assert found.sum() == len(WordTokenizer.from_text(text).encode(text)) == 10


def test_the_perplexity_of_words_is_that_of_their_text():
    assert words_in_tokens(Rising.tokenizer, utf8(" ab c\n")).tolist() == [0, 1, 0, 0, 1, 1]
    found = score_words({"test": "made up"})(Rising(), {"test": utf8(" ab c\n")})
    assert found["nats"].value == pytest.approx(21 / 3) and found["nats"].count == 3
    assert found["perplexity"].value == pytest.approx(math.exp(7)) and found["perplexity"].leading
