"""Scores of fillings, for a stand-in whose directions are known to be right."""

import numpy as np
import pytest
import tiny

from kerasgen import modalities
from kerasgen.scores import criteria
from kerasgen.scores.fill_in import losses_and_hits, score_fill, validate_fill
from kerasgen.tokenizers import CharacterTokenizer

NATS = {"fill": 0.5, "forward": 1.0, "backward": 1.2}  # of a token of which it is right


class Known:
    """Both sides are right of every token but c, the forward direction of a alone, the backward one of b and d."""

    tokenizer = CharacterTokenizer("abcd")
    knows = {"fill": "abd", "forward": "a", "backward": "bd"}

    def predictions(self, tokens):
        for first in range(0, tokens.shape[1], 100):
            part = tokens[:, first : first + 100]
            known = {side: np.isin(part, self.tokenizer.encode(letters)) for side, letters in self.knows.items()}
            yield first, first + part.shape[1], {side: self.logits(part, known[side], NATS[side]) for side in NATS}

    def logits(self, tokens, known, nats):
        """Log-probabilities: exp(-nats) for the token, or for another where it is not known, the rest even."""
        odds = np.full((*tokens.shape, 4), (1 - np.exp(-nats)) / 3)
        np.put_along_axis(odds, np.where(known, tokens, (tokens + 1) % 4)[..., None], np.exp(-nats), axis=2)
        return np.log(odds).astype("float32") + 7  # a constant more


def splits(**texts):
    return {name: {"text": np.frombuffer(text.encode(), "uint8")} for name, text in texts.items()}


def test_accuracies_gain_and_nats_of_what_is_known():
    scores = score_fill({"test": "one", "more": "two"})(Known(), splits(test="abbdcabbda" * 200, more="aac" * 50))
    values = {key: score.value for key, score in scores.items()}
    assert values["fill_accuracy"] == pytest.approx(0.9) and scores["fill_accuracy"].count == 2000
    assert values["forward_accuracy"] == pytest.approx(0.3) and values["backward_accuracy"] == pytest.approx(0.6)
    assert values["gain"] == pytest.approx(0.3)
    assert (scores["fill_accuracy"].reference, scores["fill_accuracy"].beside) == (pytest.approx(0.6), "backward direction")
    wrong = -np.log((1 - np.exp(-0.5)) / 3)
    assert values["fill_nats"] == pytest.approx(0.9 * 0.5 + 0.1 * wrong, rel=1e-5)
    assert [key for key, score in scores.items() if score.leading] == ["fill_accuracy"]
    assert all(score.protocol.startswith("one, each token alone hidden") for key, score in scores.items() if "_more" not in key)
    assert values["fill_accuracy_more"] == pytest.approx(2 / 3) and scores["gain_more"].value == pytest.approx(0)
    assert scores["fill_accuracy_more"].beside == "forward direction" and scores["fill_nats"].better == "lower"


def test_intervals_are_of_tokens_in_blocks_and_the_gain_is_paired():
    letters = np.random.default_rng(0).choice(list("abcd"), 20_000)
    scores = score_fill({"test": "one"})(Known(), splits(test="".join(letters)))
    for score in scores.values():
        assert score.low < score.value < score.high and score.count == 20_000
    fill, backward, gain = (scores[key] for key in ("fill_accuracy", "backward_accuracy", "gain"))
    assert gain.value == pytest.approx(fill.value - backward.value) and gain.better == "higher"
    assert fill.high - fill.low == pytest.approx(4 * np.sqrt(0.25 * 0.75 / 20_000), rel=0.4)


def test_validation_is_of_hidden_tokens():
    assert validate_fill(rows=4)(Known(), splits(validation="abd" * 40))["nats"] == pytest.approx(0.5, rel=1e-5)


def test_a_model_that_fills_is_fine_tuned_by_what_it_fills():
    text, model = splits(**dict.fromkeys(("train", "validation", "test"), "abcde" * 60)), tiny.build("bilm")
    found = criteria.choose(model, "plays", text, ("text",), modalities.get("text"))
    assert (found.words, found.select) == ("nats per hidden token", ("nats", "min"))
    losses, hits = losses_and_hits(model, model.tokenizer.encode("abcde" * 60).reshape(20, -1))["fill"]
    assert found.validate(model, text) == {"nats": pytest.approx(np.mean(losses))} and set(np.unique(hits)) <= {0, 1}
    scores = found.score(model, text)
    assert scores["fill_accuracy"].leading and scores["fill_nats"].value == pytest.approx(np.mean(losses), rel=0.1)
