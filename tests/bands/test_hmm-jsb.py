"""The model of chorales still tells music from the same notes in disorder, and draws what costs as much as chorales."""

import numpy as np
import pytest

import kerasgen
from kerasgen import data, zoo


@pytest.fixture(scope="module")
def model():
    return kerasgen.load("hmm-jsb")


def test_cadences_are_far_more_probable_than_their_frames_in_another_order(model):
    """Those inside the package, made by a rule: 15.0 nats a frame, and 20.3 in disorder."""
    part = data.load("jsb_chorales", smoke=True)["train"]
    rolls = data.to_sequences(part["roll"], part["length"])
    shuffled = [np.random.default_rng(i).permutation(roll) for i, roll in enumerate(rolls)]
    in_order, in_disorder = (-model.log_prob(each).sum() / len(part["roll"]) for each in (rolls, shuffled))
    assert abs(in_order - 15.0) < 0.5 and in_disorder > in_order + 3


def test_its_own_music_costs_about_what_chorales_do(model):
    drawn = model.sample(20, length=60, seed=1)
    assert abs(-model.log_prob(drawn).mean() / 60 - zoo.info("hmm-jsb")["metrics"]["nats"]["value"]) < 1.2
    assert 3 < drawn.sum(axis=2).mean() < 5  # four voices
    (path,), (posterior,) = model.viterbi(drawn[:1]), model.posterior(drawn[:1])
    assert np.mean(path == posterior.argmax(axis=1)) > 0.8
