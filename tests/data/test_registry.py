"""Data sets: names, caches, errors, ranges."""

import dataclasses
import sys

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import arrays_file, places, registry, sets


def test_unknown_data_set_gets_suggestions():
    with pytest.raises(ValueError, match=r"no data set named 'mnits'.*mnist"):
        data.load("mnits")


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


# A stranger's data set: one file, found by its name

OWN = """
from kerasgen.data.registry import DataSet

DATA_SET = DataSet(
    name="own_numbers", read=lambda: {"train": {"image": 1}}, licence="CC0", counts={"train": 7}, instead_of=("all",)
)
"""


@pytest.fixture
def own(monkeypatch, tmp_path):
    """A folder that `kerasgen.data.sets` looks into as well."""
    monkeypatch.setattr(sets, "__path__", [*sets.__path__, str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(f"{sets.__name__}.own_")]:
        del sys.modules[name]


def test_a_new_file_is_a_new_data_set(own):
    (own / "own_numbers.py").write_text(OWN)
    (own / "_helper.py").write_text("")
    assert "own_numbers" in data.names() and "_helper" not in data.names()
    assert f"{sets.__name__}.own_numbers" not in sys.modules  # listing imports none
    assert data.describe("own_numbers").licence == "CC0" and data.load("own_numbers") == {"train": {"image": 1}}
    with pytest.raises(ValueError, match=r"no data set named 'all'\. What there is instead: own_numbers \(7 train\)\.$"):
        data.describe("all")


def test_what_a_user_registers_goes_first(monkeypatch):
    monkeypatch.setattr(registry, "_DATA_SETS", {})

    @data.register("mnist", licence="mine", redistributable=True)
    def read():
        return {"train": {"image": 2}}

    about = data.describe("mnist")
    assert data.load("mnist") == read() and about.licence == "mine" and about.redistributable and not about.remote
    assert data.describe(about) is about and data.names().count("mnist") == 1


def test_another_reader_may_take_the_place_of_files():
    about = dataclasses.replace(data.describe("vglc"), read=lambda: {"train": {"level": 3}})
    assert data.load(about) == {"train": {"level": 3}}
    assert isinstance(hash(about), int)  # frozen, and usable as a key


@pytest.mark.parametrize("name", ["_emoji", "__init__", "os", "", None, 3])
def test_only_data_sets_have_a_description(name):
    with pytest.raises(ValueError, match="data set"):
        data.describe(name)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x03\x04 cut short", "keras", "pickled"],
)
def test_a_damaged_cache_is_named_with_the_remedy(no_packaged, content):
    path = no_packaged / "mnist.npz"
    path.parent.mkdir(parents=True)
    if content == "keras":
        np.savez(path, x_train=np.zeros(3), y_train=np.zeros(3))
    elif content == "pickled":
        np.savez(path, **{"train/image": np.array([{}], object)})
    else:
        path.write_bytes(content)
    with pytest.raises(OSError, match=r"(?s)mnist\.npz is damaged, or not a file that kerasgen wrote.*Move it away"):
        data.load("mnist")


def test_a_flipped_byte_is_noticed(tmp_path):
    arrays_file.write(tmp_path / "x.npz", {"train": {"image": np.arange(5000) % 7}})
    content = bytearray((tmp_path / "x.npz").read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(OSError, match="is damaged"):
        arrays_file.read(tmp_path / "x.npz")


# Where it is


def test_whereabouts_of_what_tensorflow_datasets_knows(no_packaged, monkeypatch, tmp_path):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    about = data.describe("mnist")
    assert places.whereabouts(about) == places.TO_FETCH
    (tmp_path / "tfds" / "mnist").mkdir(parents=True)
    assert places.whereabouts(about) == places.HERE
    (tmp_path / "tfds" / "mnist").rmdir()
    no_packaged.mkdir()
    places.npz_path(about).write_bytes(b"")
    assert places.whereabouts(about) == places.HERE


def test_whereabouts_of_files(no_packaged, monkeypatch):
    about, ptb = data.describe("fonts"), data.describe("ptb")
    assert places.whereabouts(about) == places.TO_PLACE and places.whereabouts(ptb) == places.TO_FETCH
    monkeypatch.setenv("KERASGEN_MIRROR", "https://example.org")
    assert places.whereabouts(about) == places.TO_FETCH
    assert places.whereabouts(data.DataSet("mine", dict)) == places.IN_MEMORY


@pytest.mark.slow
def test_the_import_is_cheap(run_python):
    assert (
        run_python("""
        import sys, kerasgen.data
        kerasgen.data.names()
        heavy = ("keras", "tensorflow", "jax", "PIL", "requests", "pooch")
        print([name for name in sys.modules if name.split(".")[0] in heavy or "data.sets." in name])
        kerasgen.data.Batches
    """).strip()
        == "[]"
    )
