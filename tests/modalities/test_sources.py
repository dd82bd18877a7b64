"""What sources have in common: their kinds, archives of arrays, and the parts that are cut."""

import re

import numpy as np
import pytest
from own_data import images, read_images, save

from kerasgen import data, modalities
from kerasgen.modalities.sources import check_source, read_npz


def test_kinds_of_sources(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "a.NPZ").write_bytes(b"")
    (tmp_path / "a.txt").write_text("")
    image, text = modalities.get("image"), modalities.get("text")
    assert check_source("mnist", image) == check_source("mnist", text) == "data set"
    assert check_source("photos", image) == "folder" and check_source("a.NPZ", image) == "npz"
    assert check_source("a.txt", text) == "txt" and check_source(tmp_path / "a.NPZ", text) == "npz"
    for source, modality, message in (
        (
            "absent",
            image,
            r"a folder of images or an \.npz file for a model of image, or a data set \(.*mnist.*\)",
        ),
        ("absent.npz", text, "received 'absent.npz', which does not exist"),
        ("photos", text, r"data must be a \.txt file or an \.npz file for a model of text, .* received 'photos'\."),
    ):
        with pytest.raises(ValueError, match=message):
            check_source(source, modality)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"picture": images()},
            "must hold arrays named image or images or x or label or .*, or train/image.* it holds picture",
        ),
        ({}, "it holds none"),
        ({"image": np.array([None] * 20)}, "cannot be read as an .npz file of plain arrays"),
    ],
)
def test_archives_that_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path / "a.npz", modalities.get("image").aliases)


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"cannot be read as an \.npz"):
        read_npz(tmp_path / "a.npz", modalities.get("image").aliases)


def test_names_of_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", images=images(2), labels=np.arange(2), other=np.arange(3))
    assert set(read_npz(tmp_path / "a.npz", modalities.get("image").aliases)["train"]) == {"image", "label"}
    np.savez(tmp_path / "a.npz", **{"train/images": images(2), "test/image": images(1), "extra/image": images(1)})
    assert {part: list(fields) for part, fields in read_npz(tmp_path / "a.npz", modalities.get("image").aliases).items()} == {
        "train": ["image"],
        "test": ["image"],
    }


def test_a_source_without_training_data_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", **{"test/image": images()})
    with pytest.raises(ValueError, match="must have a part 'train'; it has 'test'"):
        read_images(tmp_path / "a.npz")


@pytest.mark.parametrize("kind", ["read", "parse"])
def test_registered_data_sets_go_before_files(tmp_path, monkeypatch, kind):
    save(tmp_path / "registered", images())
    monkeypatch.chdir(tmp_path)
    parts = {"train": {"image": images(30, (4, 4))[..., None]}, "other": {}}
    given = {"read": lambda: parts} if kind == "read" else {"parse": lambda files: parts}
    monkeypatch.setitem(data.registry._DATA_SETS, "registered", data.DataSet("registered", licence="CC0", **given))
    about, splits, notes = read_images("registered")
    assert len(splits["train"]["image"]) == 24 and about.licence == "CC0" and "30 resized to 8x8" in notes
    assert about.splits.startswith("as given; validation and test: a tenth each")
    assert data.load(about) is about.read() and not about.remote
    assert len(read_images("./registered")[1]["train"]["image"]) == 16
    assert list(parts) == ["train", "other"] and parts["train"]["image"].shape == (30, 4, 4, 1)  # untouched


def test_the_order_of_the_parts_is_always_the_same(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"{part}/image": images() for part in ("test", "validation", "train")})
    about, splits, _ = read_images(tmp_path / "a.npz")
    assert list(splits) == ["train", "validation", "test"] and about.splits == "as given"
    assert re.fullmatch(r"an \.npz file", about.source)


def test_a_kind_without_aliases_takes_every_name(tmp_path):
    np.savez(tmp_path / "a.npz", **{"point": np.zeros((3, 2)), "test/point": np.ones((2, 2))})
    found = read_npz(tmp_path / "a.npz", {})
    assert {part: list(fields) for part, fields in found.items()} == {"train": ["point"], "test": ["point"]}


def test_a_kind_that_reads_no_files_says_so(tmp_path):
    with pytest.raises(ValueError, match="data must be a data set for a model of array, which reads no files"):
        check_source(tmp_path / "a.csv", modalities.get("array"))
