"""CIFAR-10's subset: a tenth of each class is the validation."""

import io

import numpy as np

from kerasgen import data


def test_a_tenth_of_each_class_is_the_validation(tiny):
    rng, file = np.random.default_rng(0), io.BytesIO()
    x, y = rng.integers(0, 256, (200, 32, 32, 3), dtype="uint8"), np.repeat(np.arange(10, dtype="uint8"), 20)
    np.savez(file, x_train=x, y_train=y, x_test=x[:20], y_test=y[::10], name_train=np.full(200, b"a.png"))
    splits = tiny("cifar10_subset", {"cifar10_10k_2k.npz": file.getvalue()})
    assert np.bincount(splits["validation"]["label"]).tolist() == [2] * 10
    assert np.bincount(splits["train"]["label"]).tolist() == [18] * 10
    assert splits["test"]["image"].tobytes() == x[:20].tobytes() and len(splits["test"]["label"]) == 20
    learned = np.concatenate([splits[part]["image"] for part in ("train", "validation")])
    assert sorted(image.tobytes() for image in learned) == sorted(image.tobytes() for image in x)


def test_who_asks_for_all_of_cifar_hears_of_it():
    try:
        data.load("cifar10")
    except ValueError as error:
        assert "no data set named 'cifar10'" in str(error) and "cifar10_subset (9,000 train" in str(error)
