"""Chorales: piano rolls of 88 keys."""

import json

import numpy as np

from kerasgen import data
from kerasgen.data import to_sequences
from kerasgen.data.sets import jsb_chorales

CHORALES = [[[60, 64, 67, 72], [21], []], [[108, 21]]]


def test_pitches_become_keys_of_a_piano(tiny):
    given = {"train": CHORALES, "valid": CHORALES[1:], "test": CHORALES[:1]}
    splits = tiny("jsb_chorales", {"jsb-chorales-quarter.json": json.dumps(given).encode()})
    train = splits["train"]
    assert train["roll"].shape == (4, 88) and train["roll"].dtype == np.uint8 and train["length"].tolist() == [3, 1]
    found = [
        [(np.flatnonzero(frame) + jsb_chorales.LOWEST).tolist() for frame in roll]
        for roll in to_sequences(train["roll"], train["length"])
    ]
    assert found == [[[60, 64, 67, 72], [21], []], [[21, 108]]]
    assert splits["validation"]["length"].tolist() == [1] and splits["test"]["length"].tolist() == [3]


def test_the_examples_inside_the_package_are_made_by_a_rule(check_form):
    splits = data.load("jsb_chorales", smoke=True)
    check_form(jsb_chorales.DATA_SET, splits)
    for seed, (split, count) in enumerate((("train", 24), ("validation", 8), ("test", 8))):
        made = jsb_chorales.rolls(jsb_chorales.cadences(count, seed))
        assert all(np.array_equal(splits[split][field], made[field]) for field in ("roll", "length"))
    for chorale in jsb_chorales.cadences(50, 3):
        tonic, last = chorale[0][0] % 12, chorale[-1]
        assert last[0] % 12 == tonic and {(note - tonic) % 12 for note in last} <= {0, 4, 7}
        assert all(len(frame) == 4 and frame[0] < min(frame[1:]) for frame in chorale)
