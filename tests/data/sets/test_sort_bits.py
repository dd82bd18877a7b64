"""Rows and their priorities."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import _bit_tasks, sort_bits


def test_the_splits_are_the_recorded_ones(check_form):
    splits = data.load("sort_bits")
    check_form(sort_bits.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == sort_bits.DATA_SET.hashes
    sequences, given = _bit_tasks.questions(splits["test"])
    assert [len(rows) for rows in sequences] == [len(each) for each in given["priorities"]]
    priority = splits["train"]["priority"]
    assert priority.min() >= -1 and priority.max() <= 1 and abs(priority.mean()) < 0.01
    assert np.std(priority) > 0.5
