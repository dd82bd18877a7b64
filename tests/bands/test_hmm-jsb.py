"""The model of chorales still knows music from noise, as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_cadences_are_far_more_probable_than_their_frames_in_another_order():
    """Of the 32 cadences inside the package that a rule makes; chorales cost 6.3 nats a frame."""
    part = data.load("jsb_chorales", smoke=True)["train"]
    rolls, model = data.to_sequences(part["roll"], part["length"]), kerasgen.load("hmm-jsb")
    shuffled = [np.random.default_rng(i).permutation(roll) for i, roll in enumerate(rolls)]
    nats, apart = (-model.log_prob(each).sum() / len(part["roll"]) for each in (rolls, shuffled))
    print(nats, apart)
    published = zoo.info("hmm-jsb")["metrics"]["nats"]
    assert published["value"] <= 8.0 < published["reference"]
