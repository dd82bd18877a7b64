"""MNIST: its splits of what TensorFlow Datasets gives."""

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import tfds_reader
from kerasgen.data.sets import mnist


def test_the_last_ten_thousand_are_the_validation(monkeypatch):
    numbers = np.arange(60_000)
    given = {"train": {"image": numbers, "label": numbers % 10}, "test": {"image": numbers[:10_000], "label": numbers[:10_000]}}
    monkeypatch.setattr(tfds_reader, "read", lambda name: given)
    splits = mnist.read()
    assert {name: len(part["label"]) for name, part in splits.items()} == mnist.DATA_SET.counts
    assert splits["validation"]["image"].tolist() == list(range(50_000, 60_000))


def test_samples_inside_the_package():
    splits = data.load("mnist", smoke=True)
    assert sum(len(part["label"]) for part in splits.values()) <= 200
    for part in splits.values():
        assert part["image"].dtype == np.uint8 and part["image"].shape[1:] == (28, 28, 1)
        assert sorted(set(part["label"].tolist())) == list(range(10))


@pytest.mark.slow
def test_mnist_splits_are_the_documented_ones(real_data):
    splits = real_data("mnist")
    assert {name: len(part["label"]) for name, part in splits.items()} == {
        "train": 50_000,
        "validation": 10_000,
        "test": 10_000,
    }
    inside = data.load("mnist", smoke=True)
    for name, part in inside.items():
        known = {image.tobytes() for image in splits[name]["image"]}
        assert all(image.tobytes() in known for image in part["image"])
