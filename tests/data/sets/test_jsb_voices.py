"""Chorales voice by voice."""

import json

import numpy as np

from kerasgen.data import to_sequences


def test_four_voices_a_step(tiny):
    chorales = [[[74, 70, 65, 58], [74, 70, -1, 58]], [[-1, 60, 55, 48]]]
    splits = tiny(
        "jsb_voices", {"Jsb16thSeparated.json": json.dumps(dict.fromkeys(("train", "valid", "test"), chorales)).encode()}
    )
    test = splits["test"]
    assert test["pitch"].dtype == np.int64 and [c.tolist() for c in to_sequences(test["pitch"], test["length"])] == chorales
