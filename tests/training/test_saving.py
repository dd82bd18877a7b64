"""Models trained in Python, saved as folders like those of the zoo."""

import functools
import pathlib

import keras
import numpy as np
import pytest
import tiny
from command_line import run
from released import release

import kerasgen
from kerasgen import latents
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.training import release as releasing


@pytest.fixture
def here(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(LanguageModel, "sample", functools.partialmethod(LanguageModel.sample, length=10))  # for the card
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_loaded_and_trained_model_says_what_it_comes_from(here):
    model = kerasgen.load(release("dcgan", here / "tiny-dcgan"))
    tiny.fit(model, *tiny.batch("dcgan"))
    folder = kerasgen.save(model, "mine", title="Rings", data="rings", notes="Only rings.")
    assert folder == here / "mine" and sorted(p.name for p in here.iterdir()) == ["mine", "tiny-dcgan"]
    entry, card = kerasgen.info("mine"), (folder / "card.md").read_text(encoding="utf-8")
    assert entry["name"] == "mine" and entry["title"] == "Rings" and entry["saved"]["from"] == "tiny-dcgan"
    assert "- fine-tuned from `tiny-dcgan` version 1 by hand (weights sha256" in card and ", 2 steps of its last opt" in card
    assert "- data: rings; licence: not stated" in card and "## Limits\n\nOnly rings." in card
    again = kerasgen.load("mine")
    np.testing.assert_allclose(again.sample(4, seed=1), model.sample(4, seed=1), atol=0.01)  # averaged; float16
    assert (
        np.abs(again.sample(4, seed=1) - keras.ops.convert_to_numpy(model.generator(latents.draw(4, 4, seed=1)))).max() > 0.01
    )
    assert all(check.passed for check in kerasgen.verify(pathlib.Path("mine")))
    with pytest.raises(ValueError, match=r"mine has no scores: it was written by kerasgen\.save"):
        kerasgen.evaluate(folder)


def test_other_weights_in_the_same_folder_are_another_version(here):
    kerasgen.save(tiny.build("judge"), "mine")
    assert kerasgen.info("mine")["version"] == 1
    kerasgen.save(tiny.stir(kerasgen.load("mine")), "mine")
    entry = kerasgen.info("mine")
    assert entry["version"] == 2 and (entry["saved"]["from"], entry["saved"]["version"]) == ("mine", 1)


def test_a_model_without_training_since_is_not_called_fine_tuned(here):
    model = kerasgen.load(release("judge", here / "tiny-judge"))
    kerasgen.save(model, "copy")
    assert "- from `tiny-judge` version 1 (weights sha256" in (here / "copy" / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["lstm", "vae"])
def test_a_model_built_by_hand_is_saved_with_all_that_it_needs(here, name):
    model = tiny.compiled(name)
    tiny.fit(model, *tiny.batch(name))
    kerasgen.save(model, f"by hand {name}", licence="CC0", dtype="float32")
    again, text = kerasgen.load(f"by hand {name}"), (here / f"by hand {name}" / "card.md").read_text(encoding="utf-8")
    np.testing.assert_allclose(tiny.use(name, again), tiny.use(name, model), atol=1e-5)
    assert "- trained by hand, 2 steps" in text and "licence of the weights: CC0" in text
    assert kerasgen.info(f"by hand {name}")["modality"] == ("text" if name == "lstm" else "image")
    assert again.optimizer.get_config()["learning_rate"] == pytest.approx(1e-2)


def test_a_model_that_counts_keeps_its_arrays_and_needs_its_kind_of_data(here):
    model = tiny.compiled("pattern_counts")
    with pytest.raises(ValueError, match=r"modality must say what kind of data a tiny\.pattern_counts\.PatternCounts is for"):
        kerasgen.save(model, "counts")
    kerasgen.save(model, "counts", modality="image")
    np.testing.assert_array_equal(kerasgen.load("counts").log_prob(tiny.images()), model.log_prob(tiny.images()))


def test_what_is_no_weight_goes_along(here):
    model = tiny.build("autoencoder")
    model.fit_prior("gaussian", tiny.images())
    kerasgen.save(model, "drawing", modality="image", dtype="float32")
    np.testing.assert_allclose(kerasgen.load("drawing").sample(3, seed=1), model.sample(3, seed=1), atol=1e-5)


def test_the_command_line_takes_it(here):
    kerasgen.save(tiny.build("dcgan"), "models/mine")
    assert "trained by hand" in run("info", "models/mine").stdout
    assert run("sample", "models/mine", "-n", 2).stdout == "mine.png\n"
    assert run("verify", "models/mine").stdout.count("ok ") == 4
    assert "has no scores" in run("evaluate", "models/mine", code=1).stderr


def test_only_what_kerasgen_wrote_is_replaced_and_only_by_a_whole_model(here, monkeypatch):
    (here / "photos").mkdir()
    (here / "photos" / "cat.txt").write_text("cat")
    model = tiny.build("dcgan")
    with pytest.raises(ValueError, match="output must be a new directory, or one that a training wrote"):
        kerasgen.save(model, "photos")
    folder = kerasgen.save(model, "mine")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(releasing, "samples", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kerasgen.save(tiny.stir(model), "mine")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(ValueError, match=r"model must be a kerasgen\.GenerativeModel; received a Sequential"):
        kerasgen.save(keras.Sequential(), "mine")
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds other files"):
        kerasgen.save(model, "mine")
