"""Kinds of data by name; what a model gets that no modality knows."""

import types

import numpy as np
import pytest
import tiny
from tiny_zoo import entry

from kerasgen import modalities
from kerasgen.modalities import Modality
from kerasgen.modalities import modality as module
from kerasgen.zoo import card, probe


def test_names():
    assert type(modalities.get("image")).__name__ == "Image" and type(modalities.get("text")).__name__ == "Text"
    assert modalities.get("image").name == "image"


@pytest.mark.parametrize("name", ["sound", "array", "", None, 3, ["image"], "Image", "image_files", "sources", "modality"])
def test_other_names_give_plain_arrays(name):
    assert type(modalities.get(name)) is Modality


@pytest.mark.parametrize("name", ["os.path", "../evil", "evil/..", "models.gan", ".image", "image\n", "evil\0", "tests.evil"])
def test_names_that_are_paths_import_nothing(name, monkeypatch):
    monkeypatch.setattr(module.importlib, "import_module", lambda *_: pytest.fail("something was imported"))
    assert type(modalities.get(name)) is Modality


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


ARRAYS = modalities.get("numbers")


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


# A model that can neither draw nor name


class Mute:
    """What a model looks like that offers no verb which its modality could call."""

    capabilities = ("paint",)

    def __init__(self, model):
        self.weights = model.weights


def test_a_model_without_verbs_is_probed_by_its_weights():
    model = tiny.stir(tiny.build("dcgan"))
    for modality in (modalities.get("image"), ARRAYS, modalities.get("text")):
        made = probe.make_probe(Mute(model), modality)
        assert made["input"]["verb"] == probe.WEIGHTS and len(made["expected"]) == probe.NUMBERS
        assert probe.probe_error(Mute(model), modality, made) < 1e-6
        other = tiny.build("dcgan")
        assert probe.probe_error(Mute(other), modality, made) > 0.05


def test_its_card_has_no_picture_and_says_what_can_be_done():
    for modality in ("image", "numbers", "text"):
        mute = entry("mute", modality=modality, capabilities=["paint"])
        text = card.render(mute)
        assert "![" not in text and "help(model.paint)" in text
        assert "model.summary()" in card.render({**mute, "capabilities": []})
    assert "samples = model.sample(16, seed=0)" in card.render(entry("loud", modality="numbers"))


def test_models_are_probed_by_the_best_verb_they_have():
    image = modalities.get("image")
    for name, verb in (("dcgan", "sample"), ("judge", "classify"), ("simclr", "features"), ("pattern_counts", "sample")):
        model = tiny.compiled(name) if name == "pattern_counts" else tiny.stir(tiny.build(name))
        made = probe.make_probe(model, image)
        assert made["input"]["verb"] == verb and probe.probe_error(model, image, made) < 1e-4
        assert max(map(abs, made["expected"])) > 0.01
    assert probe.make_probe(tiny.stir(tiny.build("lstm")), modalities.get("text"))["input"]["verb"] == "log_prob"
