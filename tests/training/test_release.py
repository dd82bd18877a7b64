"""From a trained model to an entry: what is written, under which terms, and what may not go to the zoo."""

import json
import types

import keras
import numpy as np
import pytest
import tiny
from own_data import ramps
from released import arrays, release
from tiny.pattern_counts import PatternCounts

import kerasgen
from kerasgen import data, files
from kerasgen.score import Score
from kerasgen.training import release as releasing
from kerasgen.training import runner
from kerasgen.training.recipe import Recipe
from kerasgen.zoo import card, entries, index


class Words(PatternCounts):
    """Counts of something whose pieces are text."""

    holds_text = True


def recipe(model=PatternCounts, **changes):
    given = {"name": "counts-ramps", "title": "Counts", "data": "own-ramps", "family": "counts", "epochs": 2}
    given |= {"model": lambda: model((8, 8, 1)), "score": lambda *_: {"white": Score(0.5, 12, "by eye")}}
    return Recipe(**{**given, **changes})


@pytest.fixture
def own(monkeypatch):
    """A function that registers the data with other facts about them."""

    def register(**about):
        known = data.DataSet("own-ramps", lambda: ramps(12), **{"licence": "CC BY-NC 4.0", **about})
        monkeypatch.setitem(data.registry._DATA_SETS, "own-ramps", known)

    register()
    return register


@pytest.fixture
def house(monkeypatch, tmp_path):
    """A made-up checkout without models."""
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    (tmp_path / "setup.cfg").write_text("[options]\npackages =\n[options.package_data]\nkerasgen.checkpoint_data =\n")
    for module in (files, runner, releasing, index):
        monkeypatch.setattr(module, "checkout", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Terms


def test_weights_that_hold_text_go_out_under_the_licence_of_the_data(own):
    about = data.describe("own-ramps")
    build = lambda model: model((8, 8, 1))  # noqa: E731
    assert releasing.licence(recipe(), build(PatternCounts), about) == "Apache-2.0"
    assert releasing.licence(recipe(), build(Words), about) == "CC BY-NC 4.0"
    assert releasing.licence(recipe(licence="CC0"), build(Words), about) == "CC0"  # a recipe that says so knows better
    lstm = tiny.build("lstm")
    assert releasing.licence(recipe(), lstm, about) == "Apache-2.0"  # characters alone are nobody's
    lstm.tokenizer = types.SimpleNamespace(holds_text=True)  # one of words
    assert releasing.licence(recipe(), lstm, about) == "CC BY-NC 4.0"


def test_the_zoo_takes_no_text_that_may_not_be_passed_on(own):
    words, counts = Words((8, 8, 1)), PatternCounts((8, 8, 1))
    with pytest.raises(ValueError, match=r"hold pieces of own-ramps, whose licence \(CC BY-NC 4\.0\) does not let"):
        releasing.check_publishable(recipe(), words)
    releasing.check_publishable(recipe(), counts)
    own(redistributable=True)
    releasing.check_publishable(recipe(), words)


def test_what_may_not_go_to_the_zoo_is_refused_before_it_is_trained(own, house):
    path = house / "zoo" / "recipes" / "counts-ramps.py"
    path.write_text("recipe = 1\n")
    with pytest.raises(ValueError, match="does not let them be passed on: give output a directory"):
        runner.train_recipe(recipe(Words), path)
    assert not (house / "checkpoints").exists() and not list(house.rglob("progress.json"))
    folder = runner.train_recipe(recipe(Words), path, output=house / "mine")  # a directory of one's own is one's own business
    assert kerasgen.info(folder)["licence"] == "CC BY-NC 4.0"
    assert "licence of the weights: CC BY-NC 4.0" in (folder / "card.md").read_text()


@pytest.mark.parametrize(("select", "what"), [(("loss", "min"), "loss"), (None, "Every number")])
def test_a_validation_without_numbers_releases_nothing(own, house, select, what):
    never = recipe(validate=lambda *_: {"loss": float("nan"), "more": float("inf")}, select=select)
    path = house / "counts.py"
    path.write_text("recipe = 1\n")
    for options in ({}, {"resume": True}):
        with pytest.raises(FloatingPointError, match=f"{what} on the validation split was not a finite number in any of 2"):
            runner.train_recipe(never, path, output=house / "mine", run_folder=house / "run", **options)
    assert not (house / "mine").exists() and (house / "run" / "history.csv").exists()
    sometimes = recipe(validate=lambda *_: {"loss": float("nan"), "more": 1.0})
    assert runner.train_recipe(sometimes, path, output=house / "mine").is_dir()


# The zoo


def test_a_recipe_of_the_zoo_becomes_an_entry_with_all_that_is_generated(own, house):
    path = house / "zoo" / "recipes" / "counts-ramps.py"
    path.write_text("recipe = 1\n")
    keras.utils.clear_session()
    folder = runner.train_recipe(recipe(), path)
    assert folder == house / "checkpoints" / "counts-ramps"
    entry = entries.read_entry(folder)
    assert entries.manifest()["models"] == {"counts-ramps": entry} and index.stale(house) == {}
    assert entry["files"][0]["path"] == "counts-ramps/model.weights.h5" and entry["version"] == 1
    assert entry["recipe"]["file"] == "counts-ramps.py" and entry["metrics"]["white"]["value"] == 0.5
    assert entry["data"]["train_sha256"] == data.fingerprint(ramps(12)["train"]) and entry["data"]["train_count"] == 12
    assert (folder / "card.md").read_text(encoding="utf-8") == card.render(entry)
    assert "kerasgen.checkpoint_data =\n    counts-ramps/*\n" in (house / "setup.cfg").read_text()
    assert kerasgen.load("counts-ramps").sample(1).shape == (1, 8, 8, 1)

    keras.utils.clear_session()  # layers are numbered through the life of a process, and their names stand in the file
    runner.train_recipe(recipe(), path, restart=True)
    assert kerasgen.info("counts-ramps")["version"] == 1  # the same weights
    runner.train_recipe(recipe(epochs=3), path, restart=True)
    assert kerasgen.info("counts-ramps")["version"] == 2
    path.write_text("recipe = 2\n")
    runner.train_recipe(recipe(epochs=3), path, restart=True)
    assert kerasgen.info("counts-ramps")["recipe"] != entry["recipe"]


def test_recorded_scores_stand_in_entry_card_and_manifest(own, house):
    path = house / "zoo" / "recipes" / "counts-ramps.py"
    path.write_text("recipe = 1\n")
    folder = runner.train_recipe(recipe(), path)
    releasing.record_scores("counts-ramps", {"black": Score(0.25, 7, "by eye", leading=True)})
    found = kerasgen.info("counts-ramps")["metrics"]
    assert found["black"] == {"value": 0.25, "count": 7, "protocol": "by eye", "leading": True}
    assert found["white"]["value"] == 0.5
    assert "| black  | 0.25 |" in (folder / "card.md").read_text() and index.stale(house) == {}


def test_a_score_that_is_no_score_is_refused(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("recipe = 1\n")
    with pytest.raises(ValueError, match=r"score of the recipe counts-ramps must return a dictionary of kerasgen\.Score"):
        runner.train_recipe(recipe(score=lambda *_: {"white": 0.5}), tmp_path / "own.py", tmp_path / "mine", tmp_path / "run")
    assert not (tmp_path / "mine").exists()  # only a complete result is put in place


# Slim weights


def test_a_model_outlives_a_score_that_cannot_be_computed(own, house):
    def fail(*_):
        raise ValueError("too few images")

    (house / "own.py").write_text("recipe = 1\n")
    with pytest.warns(UserWarning, match="counts-ramps has no scores: ValueError: too few images"):
        folder = runner.train_recipe(recipe(score=fail), house / "own.py", house / "mine", house / "run")
    assert kerasgen.info(folder)["metrics"] == {} and kerasgen.load(folder).sample(1).shape == (1, 8, 8, 1)
    path = house / "zoo" / "recipes" / "counts-ramps.py"
    path.write_text("recipe = 1\n")
    with pytest.raises(ValueError, match="too few images"):  # the zoo takes no model without
        runner.train_recipe(recipe(score=fail), path)


def test_names_of_recipes_and_classes_of_labels(own, house):
    with pytest.raises(ValueError, match="name of the recipe must be a name of up to 200 letters"):
        runner.train_recipe(recipe(name="a/b"), house / "own.py")
    own(labels={"label": ("flat", "steep", "steeper")})
    model = PatternCounts((8, 8, 1))
    run = types.SimpleNamespace(epoch=1, selected_epoch=1, seconds=1)
    entry = releasing.describe(recipe(fields=("image", "label")), {}, model, ramps(12), run)
    assert entry["data"]["classes"] == ["flat", "steep", "steeper"]
    assert "classes" not in releasing.describe(recipe(), {}, model, ramps(12), run)["data"]


def test_a_release_holds_the_averaged_weights_and_no_training_state(tmp_path):
    model = tiny.build("dcgan")
    tiny.fit(tiny.stir(compiled(model)), *tiny.batch("dcgan"))
    twin = model.averaged()
    np.testing.assert_allclose(twin.sample(3, seed=1), model.sample(3, seed=1), atol=1e-5)
    files = releasing.write_files(model, tmp_path, "tiny/")
    assert [file["path"] for file in files] == ["tiny/model.weights.h5"]
    found = arrays(tmp_path / "model.weights.h5")
    assert not any("optimizer" in name for name in found)
    assert {array.dtype.name for array in found.values() if array.dtype.kind == "f"} == {"float16"}
    assert releasing.count_parameters(model) == sum(int(np.prod(v.shape)) for v in network_weights(model))


def compiled(model):
    model.compile(tiny.adams(model))
    return model


def network_weights(model):
    return [*model.generator.weights, *model.discriminator.weights]


def test_exact_arrays_are_counted_and_kept_as_they_are(tmp_path):
    model = tiny.compiled("pattern_counts")
    releasing.write_files(model, tmp_path)
    found = arrays(tmp_path / "model.weights.h5")
    assert found["vars/pixel_rate"].dtype == np.float64 and found["vars/counts"].dtype == np.int64
    np.testing.assert_array_equal(found["vars/pixel_rate"], model.arrays["pixel_rate"])
    assert releasing.count_parameters(model) == 8 * 64 + 8 + 64


def test_a_tokenizer_travels_beside_the_weights(tmp_path):
    found = releasing.write_files(tiny.build("lstm"), tmp_path)
    assert [file["path"] for file in found] == ["model.weights.h5", "tokenizer.json"]
    assert json.loads((tmp_path / "tokenizer.json").read_text())["characters"] == "abcde"
    assert kerasgen.load(release("lstm", tmp_path / "lstm")).tokenizer == tiny.ALPHABET


def test_what_trained_a_model_is_named_in_one_line(monkeypatch):
    monkeypatch.setattr(releasing, "accelerators", lambda: [])
    assert releasing.hardware().endswith(" cores") and ";" not in releasing.hardware()
    monkeypatch.setattr(releasing, "accelerators", lambda: ["Fast One", "Fast One"])
    assert releasing.hardware().startswith("Fast One; Fast One; ")
