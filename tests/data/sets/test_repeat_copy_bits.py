"""How many times rows are to be said."""

from kerasgen import data
from kerasgen.data.sets import _bit_tasks, repeat_copy_bits


def test_the_splits_are_the_recorded_ones(check_form):
    splits = data.load("repeat_copy_bits")
    check_form(repeat_copy_bits.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == repeat_copy_bits.DATA_SET.hashes
    assert sorted(set(splits["train"]["repeats"])) == sorted(set(splits["test"]["length"])) == list(range(1, 11))
    assert set(splits["test_oftener"]["repeats"]) == {20} and set(splits["test_longer"]["length"]) == {20}
    sequences, given = _bit_tasks.questions(splits["validation"])
    assert len(sequences) == len(given["repeats"]) == 400 and list(given) == ["repeats"]
