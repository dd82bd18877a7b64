"""Items, and the one that asks."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import _bit_tasks, recall_bits


def test_the_splits_are_the_recorded_ones_and_each_question_has_one_answer(check_form):
    splits = data.load("recall_bits")
    check_form(recall_bits.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == recall_bits.DATA_SET.hashes
    items, given = _bit_tasks.questions(splits["test"])
    assert {each.shape[1:] for each in items} == {(3, 8)} and {len(each) for each in items} == {2, 3, 4, 5, 6}
    for each, query in zip(items, given["queries"], strict=True):
        assert sum(np.array_equal(item, query) for item in each) == 1
        assert not np.array_equal(each[-1], query)
