"""Data sets: names, caches, errors, ranges."""

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import registry


def test_unknown_data_set_gets_suggestions():
    with pytest.raises(ValueError, match=r"no data set named 'mnits'.*mnist"):
        data.load("mnits")


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_samples_inside_the_package(name):
    splits = data.load(name, smoke=True)
    assert sum(len(part["label"]) for part in splits.values()) <= 200
    for part in splits.values():
        assert part["image"].dtype == np.uint8 and part["image"].shape[1:] == (28, 28, 1)
        assert sorted(set(part["label"].tolist())) == list(range(10))


def test_offline_and_absent_names_every_place(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASGEN_DATA", str(tmp_path))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    with pytest.raises(OSError, match=r"(?s)'mnist'.*mnist\.npz.*KERASGEN_DATA.*(TFDS_DATA_DIR|TensorFlow).*"):
        data.load("mnist")


def test_arrays_are_cached_whole_or_not_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASGEN_DATA", str(tmp_path))
    monkeypatch.setattr(registry, "_DATA_SETS", dict(registry._DATA_SETS))
    reads = []

    def read():
        reads.append(1)
        return {"train": {"image": np.arange(12, dtype="uint8").reshape(3, 2, 2, 1)}}

    data.register("counted", read, remote=True)
    first, second = data.load("counted"), data.load("counted")
    assert len(reads) == 1 and (first["train"]["image"] == second["train"]["image"]).all()
    assert [path.name for path in tmp_path.iterdir()] == ["counted.npz"]

    def fail():
        raise OSError("no disk")

    data.register("broken", fail, remote=True)
    with pytest.raises(OSError, match="no disk"):
        data.load("broken")
    assert [path.name for path in tmp_path.iterdir()] == ["counted.npz"]


def test_fingerprint_sees_values_names_and_shapes():
    one = {"image": np.zeros((2, 2), "uint8")}
    assert data.fingerprint(one) == data.fingerprint({"image": np.zeros((2, 2), "uint8")})
    others = [{"image": np.ones((2, 2), "uint8")}, {"picture": one["image"]}, {"image": np.zeros((4, 1), "uint8")}]
    assert len({data.fingerprint(other) for other in [one, *others]}) == 4


def test_image_ranges_round_trip():
    levels = np.arange(256, dtype="uint8")
    floats = data.to_float_images(levels)
    assert floats.min() == -1.0 and floats.max() == 1.0 and floats.dtype == np.float32
    assert (data.to_uint8_images(floats) == levels).all()
    assert data.to_uint8_images(np.array([-3.0, 3.0])).tolist() == [0, 255]


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
