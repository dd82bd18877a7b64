"""Fashion-MNIST: its classes and the samples inside the package."""

import numpy as np

from kerasgen import data


def test_samples_inside_the_package():
    splits = data.load("fashion_mnist", smoke=True)
    assert sum(len(part["label"]) for part in splits.values()) <= 200
    for part in splits.values():
        assert part["image"].dtype == np.uint8 and part["image"].shape[1:] == (28, 28, 1)
        assert sorted(set(part["label"].tolist())) == list(range(10))


def test_classes_have_the_names_of_their_makers():
    names = data.describe("fashion_mnist").labels["label"]
    assert len(names) == 10 and (names[0], names[7], names[9]) == ("T-shirt/top", "Sneaker", "Ankle boot")
