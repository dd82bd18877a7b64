"""Scores of piano rolls: what they say of models whose probabilities are known."""

import numpy as np
import pytest

from kerasgen.data import to_sequences
from kerasgen.data.sets import jsb_chorales
from kerasgen.models.sequence.hmm import HMM
from kerasgen.scores import music


@pytest.fixture(scope="module")
def splits():
    parts = ("train", "validation", "test")
    return {part: jsb_chorales.rolls(jsb_chorales.cadences(12, seed)) for seed, part in enumerate(parts)}


def test_nats_are_a_mean_over_frames_not_pieces(splits):
    def log_prob(rolls):
        return np.array([-float(len(roll) ** 2) for roll in rolls])

    lengths = splits["test"]["length"].astype(float)
    expected = np.sum(lengths**2) / lengths.sum()
    assert music.nats_a_frame(music.losses(log_prob, splits["test"])) == pytest.approx(expected)
    assert expected != pytest.approx(lengths.mean())


def test_keys_by_themselves_are_a_model_with_one_state(splits):
    train, test = splits["train"], splits["test"]
    one = HMM(1, "autoregressive", smoothing=1.0, seed=0)
    one.fit(to_sequences(train["roll"], train["length"]), epochs=2)
    one.arrays["emissions"] = one.arrays["usual"][None]  # which adds half an observation, too
    rolls = to_sequences(test["roll"], test["length"])
    np.testing.assert_allclose(music.keys_alone(train)(rolls), one.log_prob(rolls), rtol=1e-9)


def test_scores_of_a_model(splits):
    model = HMM(6, "autoregressive", smoothing=1.0, transition_smoothing=0.1, seed=0)
    model.fit(to_sequences(splits["train"]["roll"], splits["train"]["length"]), epochs=5)
    found = music.score_rolls()(model, splits)
    nats, sounding = found["nats"], found["sounding"]
    assert nats.leading and nats.count == splits["test"]["length"].sum()
    rolls = to_sequences(splits["test"]["roll"], splits["test"]["length"])
    assert nats.value == pytest.approx(-model.log_prob(rolls).sum() / nats.count)
    assert nats.low < nats.value < nats.high and nats.value < nats.reference
    assert sounding.reference == pytest.approx(sum(roll.sum() for roll in rolls) / nats.count) and 2 < sounding.value < 7
    assert music.validate_rolls()(model, {"validation": splits["test"]})["nats"] == pytest.approx(nats.value)


def test_scales_entropies_and_copies_of_known_pieces():
    c_major = np.zeros((4, 88), "uint8")
    c_major[np.arange(4), [3, 7, 10, 15]] = 1  # C E G C, of keys that begin with A
    assert music.in_scale(c_major) == 1 and music.pitch_entropy(c_major) == pytest.approx(1.5)
    chromatic = np.eye(88, dtype="uint8")[:12]
    assert music.in_scale(chromatic) == pytest.approx(7 / 12) and music.pitch_entropy(chromatic) == pytest.approx(np.log2(12))
    assert music.in_scale(np.zeros((2, 88))) == 1 and music.pitch_entropy(np.zeros((2, 88))) == 0
    moved = np.roll(chromatic, 5, axis=1)
    assert music.passages(moved) == music.passages(chromatic) and len(music.passages(moved)) == 12 - music.COPIED + 1
    assert not set(music.passages(chromatic[::-1])) & set(music.passages(chromatic)) and music.passages(c_major) == []


def test_a_composer_that_copies_is_told(splits):
    class Copyist:
        def sample(self, count, length, seed):
            roll = splits["train"]["roll"]
            return np.stack([np.roll(roll[i : i + length], 1, axis=1) for i in np.arange(count) % (len(roll) - length)])

        def log_prob(self, rolls):
            return np.array([-float(len(roll)) for roll in rolls])

    found = music.score_composer()(Copyist(), splits)
    assert found["nats"].value == pytest.approx(1)
    assert found["copied"].value > 0.5 > found["copied"].reference >= 0
    assert found["in_scale"].value == pytest.approx(found["in_scale"].reference, abs=0.2)
