"""Rows of random bits, and the form that all tasks on them share."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import _bit_tasks, copy_bits


def test_the_splits_are_the_recorded_ones_and_share_no_long_sequence(check_form):
    splits = data.load("copy_bits")
    check_form(copy_bits.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == copy_bits.DATA_SET.hashes
    assert sorted(set(splits["train"]["length"])) == list(range(1, 21))
    assert {split: set(fields["length"]) for split, fields in splits.items() if "_" in split} == {
        f"test_{rows}": {rows} for rows in (20, 40, 80, 120)
    }
    train, test = (
        {rows.tobytes() for rows in _bit_tasks.questions(splits[split])[0] if len(rows) > 5} for split in ("train", "test")
    )
    assert test and not train & test
    assert abs(splits["train"]["row"].mean() - 0.5) < 0.01


def test_nothing_is_asked_beside_the_rows():
    fields = {"length": np.array([1, 2]), "row": np.eye(3, 8, dtype="uint8")}
    sequences, given = _bit_tasks.questions(fields)
    assert [len(rows) for rows in sequences] == [1, 2] and given == {}
