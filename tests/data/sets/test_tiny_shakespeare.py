"""Tiny Shakespeare: where its splits are cut."""

import pytest

from kerasgen import data
from kerasgen.data import tfds_reader, to_text
from kerasgen.data.sets import tiny_shakespeare


def test_the_last_characters_of_train_are_the_validation(monkeypatch):
    given = {"train": b"a" * 70_000 + b"b" * 50_000, "validation": b"c" * 30, "test": b"d" * 20}
    monkeypatch.setattr(tfds_reader, "read", lambda name: {split: {"text": [text]} for split, text in given.items()})
    texts = {split: to_text(fields["text"]) for split, fields in tiny_shakespeare.read().items()}
    assert texts == {"train": "a" * 70_000, "validation": "b" * 50_000, "test": "d" * 20, "last_tenth": "c" * 30 + "d" * 20}


def test_samples_inside_the_package_are_text():
    parts = data.load("tiny_shakespeare", smoke=True)
    assert set(parts) == {"train", "validation", "test", "last_tenth"}
    assert to_text(parts["train"]["text"]).startswith("First Citizen:\nBefore we proceed")


@pytest.mark.slow
def test_shakespeare_splits_are_the_documented_ones(real_data):
    parts = real_data("tiny_shakespeare")
    texts = {name: to_text(part["text"]) for name, part in parts.items()}
    sizes = {name: len(text) for name, text in texts.items()}
    assert sizes == {"train": 953_854, "validation": 50_000, "test": 55_770, "last_tenth": 111_540}
    assert texts["last_tenth"].endswith(texts["test"])
