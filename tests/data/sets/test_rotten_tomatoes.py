"""Rotten Tomatoes: 6:2:2 of each class."""

import numpy as np


def test_each_class_is_divided_six_two_two(tiny, strings):
    files = {f"rt-polarity.{name}": "".join(f"{name} {i} . \n" for i in range(20)).encode() for name in ("neg", "pos")}
    splits = tiny("rotten_tomatoes", files)
    assert {name: np.bincount(f["label"]).tolist() for name, f in splits.items()} == {
        "train": [12, 12],
        "validation": [4, 4],
        "test": [4, 4],
    }
    for fields in splits.values():
        told = [text.startswith("pos") for text in strings(fields, "sentence")]
        assert told == fields["label"].astype(bool).tolist() and not any(t.endswith(" ") for t in strings(fields, "sentence"))
