"""Chorales: piano rolls of 88 keys."""

import json

import numpy as np

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
