"""Kinds of data by name; what a model gets that no modality knows."""

import types

import numpy as np
import pytest

from kerasgen import modalities
from kerasgen.modalities import Modality
from kerasgen.modalities import modality as module


def test_names():
    assert type(modalities.get("image")).__name__ == "Image" and type(modalities.get("text")).__name__ == "Text"
    assert modalities.get("image").name == "image"


@pytest.mark.parametrize("name", ["sound", "array", "", None, 3, ["image"], "Image", "image_files", "sources", "modality"])
@pytest.mark.filterwarnings("ignore:There is no modality")
def test_other_names_give_plain_arrays(name):
    assert type(modalities.get(name)) is Modality


def test_a_name_that_nobody_has_defined_is_told():
    with pytest.warns(UserWarning, match=r"no modality .imagge. \(known: array, .*text.*\): its data are treated as plain"):
        modalities.get("imagge")


@pytest.mark.filterwarnings("ignore:There is no modality")
@pytest.mark.parametrize("name", ["os.path", "../evil", "evil/..", "models.gan", ".image", "image\n", "evil\0", "tests.evil"])
def test_names_that_are_paths_import_nothing(name, monkeypatch):
    monkeypatch.setattr(module.importlib, "import_module", lambda *_: pytest.fail("something was imported"))
    assert type(modalities.get(name)) is Modality


@pytest.mark.filterwarnings("ignore:There is no modality")
def test_a_users_own_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr(module, "KINDS", dict(module.KINDS))

    class Waves(Modality):
        name = "waves"
        suffixes = (".wav",)

    assert type(modalities.get("waves")) is Waves and type(modalities.get("wave")) is Modality


def test_only_the_file_of_that_name_is_imported(monkeypatch):
    imported = []
    monkeypatch.setattr(module, "KINDS", {})
    monkeypatch.setattr(module.importlib, "import_module", imported.append)
    modalities.get("text")
    assert imported == ["kerasgen.modalities.text"]


ARRAYS = modalities.get("array")


def test_plain_arrays(tmp_path):
    samples = np.arange(6.0).reshape(3, 2)
    ARRAYS.check_output(tmp_path / "a.npy", 3)
    ARRAYS.write(samples, tmp_path / "a.npy")
    ARRAYS.write(samples, tmp_path / "a.npz")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), samples)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["samples"], samples)
    with pytest.raises(ValueError, match=r"--output must be a file named \.npy or \.npz; received '.*a\.png'"):
        ARRAYS.check_output(tmp_path / "a.png", 3)
    assert ARRAYS.printed(samples) is None and ARRAYS.save_samples(None, tmp_path / "b") is None
    assert ARRAYS.example(None) is None and ARRAYS.shown({"samples": "a"}) == []
    assert ARRAYS.fields(None, {"train": {"x": samples, "y": samples}}) == ("x", "y")
    first, second = ARRAYS.examples({"x": samples, "y": samples}, ("x", "y"), 2)
    assert first.tolist() == second.tolist() == [[0, 1], [2, 3]]
    with pytest.raises(ValueError, match="modality 'array' cannot be fine-tuned from files"):
        ARRAYS.read("a.npz", None)


def test_batches_of_arrays_are_shuffled_and_seeded():
    recipe = types.SimpleNamespace(fields=("x", "y"), batch_size=4, seed=3, steps_per_epoch=None)
    splits = {"train": {"x": np.arange(12), "y": -np.arange(12)}}
    batches = [ARRAYS.batches(recipe, splits, None)[i] for i in range(3)]
    assert all(np.array_equal(x, -y) for x, y in batches)
    seen = np.concatenate([x for x, _ in batches])
    assert sorted(seen) == list(range(12)) and not np.array_equal(seen, np.arange(12))
    again = ARRAYS.batches(recipe, splits, None)
    np.testing.assert_array_equal(again[0][0], batches[0][0])
