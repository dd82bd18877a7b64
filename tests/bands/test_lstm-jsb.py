"""The network of chorales still tells music from the same notes in disorder, draws what costs as much, and keeps a melody."""

import numpy as np
import pytest

import kerasgen
from kerasgen import data, zoo
from kerasgen.scores.music import in_scale


@pytest.fixture(scope="module")
def model():
    return kerasgen.load("lstm-jsb")


def test_cadences_are_far_more_probable_than_their_frames_in_another_order(model):
    """Those inside the package, made by a rule that Bach did not follow: 13.1 nats a frame, and 14.7 in disorder."""
    part = data.load("jsb_chorales", smoke=True)["train"]
    rolls = data.to_sequences(part["roll"], part["length"])
    shuffled = [np.random.default_rng(i).permutation(roll) for i, roll in enumerate(rolls)]
    in_order, in_disorder = (-model.log_prob(each).sum() / len(part["roll"]) for each in (rolls, shuffled))
    assert abs(in_order - 13.1) < 0.5 and in_disorder > in_order + 0.8


def test_its_own_music_costs_about_what_chorales_do(model):
    drawn = model.sample(20, length=48, seed=1)
    assert abs(-model.log_prob(drawn).mean() / 48 - zoo.info("lstm-jsb")["metrics"]["nats"]["value"]) < 1.2
    assert 3 < drawn.sum(axis=2).mean() < 5 and np.mean([in_scale(roll) for roll in drawn]) > 0.87


def test_voices_under_a_melody(model):
    melody = [67, 67, 69, 71, 72, 71, 69, 67]
    rolls = [model.harmonise(melody, seed=seed) for seed in range(4)]
    tops = [[21 + int(np.flatnonzero(frame).max()) for frame in roll] for roll in rolls]
    assert tops == 4 * [melody] and 3 < np.mean(rolls) * 88 < 5
