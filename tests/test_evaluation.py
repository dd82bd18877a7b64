"""Published numbers, computed again: by the recipe that trained the model and by no other; and what `verify` compares."""

import json
import sys

import pytest
import tiny
from released import release
from tiny_zoo import ENTRIES, entry, write_zoo

import kerasgen
from kerasgen import data, evaluation, files, zoo
from kerasgen.score import Score
from kerasgen.training.recipe import digest, import_file
from kerasgen.zoo import card

RECIPE = """
import kerasgen
from tiny.pattern_counts import PatternCounts

SHARE = 0.25  # of the patterns
recipe = kerasgen.Recipe(
    name="tiny-pattern_counts", title="Counts", data="two-parts", model=lambda: PatternCounts((8, 8, 1), SHARE),
    score=lambda model, splits, full: {"rows": kerasgen.Score(len(splits["test"]["image"]) + full, 1, "counted")},
)
"""


@pytest.fixture(autouse=True)
def two_parts(monkeypatch):
    known = data.DataSet("two-parts", lambda: {"train": {"image": tiny.images()}, "test": {"image": tiny.images()[:3]}})
    monkeypatch.setitem(data.registry._DATA_SETS, "two-parts", known)


@pytest.fixture
def zoo_recipe(tmp_path, monkeypatch):
    """The path of a recipe in the zoo of a made-up checkout; its module goes away again."""
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    monkeypatch.setattr(files, "checkout", lambda: tmp_path)
    path = tmp_path / "zoo" / "recipes" / "tiny-pattern_counts.py"
    path.write_text(RECIPE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield path
    sys.modules.pop("tiny_pattern_counts", None)


@pytest.fixture
def own_recipe(tmp_path, monkeypatch):
    """The path of a recipe in a file of the user's, with no zoo around."""
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    monkeypatch.setattr(files, "checkout", lambda: tmp_path)
    path = tmp_path / "my_counts.py"
    path.write_text(RECIPE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield path
    sys.modules.pop("my_counts", None)


def trained_by(path, tmp_path):
    """The directory of a model that the recipe in `path`, as it stands now, has trained."""
    return release("pattern_counts", tmp_path / "model", recipe={"file": path.name, "digest": digest(path)})


# By the recipe that trained the model


def test_scores_are_those_of_the_recipe_in_the_zoo(zoo_recipe, tmp_path):
    folder = trained_by(zoo_recipe, tmp_path)
    assert kerasgen.evaluate(folder) == {"rows": Score(3, 1, "counted")}
    assert kerasgen.evaluate(folder, full=True)["rows"].value == 4
    zoo_recipe.write_text('"""Described."""\n' + RECIPE.replace("# of the patterns", "# of what was seen"))
    assert kerasgen.evaluate(folder)["rows"].value == 3  # it does what it did


def test_a_recipe_of_the_zoo_that_does_something_else_is_refused(zoo_recipe, tmp_path):
    folder = trained_by(zoo_recipe, tmp_path)
    zoo_recipe.write_text(RECIPE.replace("0.25", "0.5"))
    message = r"'tiny-pattern_counts' was trained by another recipe than .*tiny-pattern_counts\.py is now"
    with pytest.raises(ValueError, match=message):
        kerasgen.evaluate(folder)
    with pytest.raises(ValueError, match=message):
        kerasgen.verify(folder, scores=True)


def test_a_recipe_of_the_users_has_to_be_imported_and_to_do_the_same(own_recipe, tmp_path):
    folder = trained_by(own_recipe, tmp_path)
    with pytest.raises(ValueError, match=r"defined by its recipe my_counts\.py, which is not loaded.*--import my_counts\.py"):
        kerasgen.evaluate(folder)
    import_file(own_recipe)
    assert kerasgen.evaluate(folder)["rows"].value == 3
    own_recipe.write_text(RECIPE.replace('"test"', '"train"'))
    with pytest.raises(ValueError, match=r"trained by another recipe than .*my_counts\.py is now"):
        kerasgen.evaluate(folder)


def test_a_model_of_the_users_is_not_scored_by_a_zoo_recipe_of_the_same_file_name(zoo_recipe, tmp_path):
    own = tmp_path / "own" / zoo_recipe.name
    own.parent.mkdir()
    own.write_text(RECIPE.replace("+ full", "+ full + 40"))
    folder = trained_by(own, tmp_path)
    with pytest.raises(ValueError, match="was trained by another recipe than"):  # that of the zoo is another one
        kerasgen.evaluate(folder)
    import_file(own)
    assert kerasgen.evaluate(folder)["rows"].value == 43  # though a file of the zoo has its name


def test_what_is_no_score_is_refused(own_recipe, tmp_path):
    own_recipe.write_text(RECIPE.replace('kerasgen.Score(len(splits["test"]["image"]) + full, 1, "counted")', "3"))
    import_file(own_recipe)
    message = r"score of the recipe tiny-pattern_counts must return a dictionary of kerasgen\.Score; received \{'rows': 3\}"
    with pytest.raises(ValueError, match=message):
        kerasgen.evaluate(trained_by(own_recipe, tmp_path))


def test_a_wrong_name_is_told_before_anything_is_loaded():
    with pytest.raises(ValueError, match="no model named 'dcgan-mnits'"):
        kerasgen.evaluate("dcgan-mnits")


# What is compared


def with_metrics(folder, own_recipe, **fields):
    found = json.loads((folder / "entry.json").read_text())
    found |= {"metrics": {"rows": {"value": 3, "count": 1, "protocol": "counted", **fields}}, "paper": "", "notes": ""}
    found["training"] |= {"epochs": 1, "selected_epoch": 1, "seed": 0, "seconds": 1, "hardware": "", "software": ""}
    found["data"] |= {"train_count": 8, "licence": "CC0", "source": "", "splits": ""}
    (folder / "entry.json").write_text(json.dumps(found))
    (folder / "card.md").write_text(card.render(found))
    import_file(own_recipe)
    return folder


def test_verify_looks_at_files_architecture_probe_card_and_scores(own_recipe, tmp_path):
    folder = with_metrics(trained_by(own_recipe, tmp_path), own_recipe)
    names = ["files", "architecture", "probe", "card"]
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [(name, True) for name in names]
    checks = kerasgen.verify(folder, scores=True)
    assert [(check.name, check.passed) for check in checks] == [(name, True) for name in [*names, "rows"]]
    assert checks[-1].detail == "3, published 3"
    (folder / "card.md").write_text("by hand")
    assert [check.passed for check in kerasgen.verify(folder)] == [True, True, True, False]

    found = json.loads((folder / "entry.json").read_text())
    found["probe"]["expected"][0] += 0.01
    (folder / "entry.json").write_text(json.dumps(found))
    assert [check.passed for check in kerasgen.verify(folder)] == [True, True, False, False]
    (folder / "entry.json").write_text(json.dumps({**found, "fingerprint": "0" * 64}))
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [("files", True), ("architecture", False)]
    (folder / "model.weights.h5").write_bytes(b"")
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [("files", False)]


@pytest.mark.parametrize(
    ("new", "published", "passed"),
    [
        (3.0, {"value": 3.0}, True),
        (3.05, {"value": 3.0}, True),  # two percent
        (3.07, {"value": 3.0}, False),
        (2.93, {"value": 3.0}, False),
        (0.0, {"value": 0.0}, True),
        (0.001, {"value": 0.0}, False),
        (3.5, {"value": 3.0, "low": 2.5, "high": 3.5}, True),
        (3.7, {"value": 3.0, "low": 2.5, "high": 3.5}, False),
        (-3.05, {"value": -3.0}, True),
    ],
)
def test_a_score_may_move_within_its_interval(new, published, passed):
    old = Score.from_dict({"count": 1, "protocol": "x", **published})
    check = evaluation.compare("white", Score(new, 1, "x"), old)
    assert (check.name, check.passed) == ("white", passed) and "published" in check.detail


def test_a_score_that_was_not_published_fails():
    assert evaluation.compare("white", Score(1, 1, "x"), None) == evaluation.Check("white", False, "is not published")


def test_verify_all_goes_on_after_an_error_and_tells_what_is_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "checkout", lambda: tmp_path)
    monkeypatch.setattr(evaluation, "checkout", lambda: tmp_path)
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    write_zoo(tmp_path, {"tiny-2": ENTRIES["tiny-2"], "odd": entry("odd", model="elsewhere.Missing")})
    (tmp_path / "checkpoints" / "odd").mkdir(parents=True)
    (tmp_path / "checkpoints" / "odd" / "model.weights.h5").write_bytes(b"x")
    with pytest.warns(UserWarning, match="is not used"):
        found = dict(evaluation.verify_all())
    assert [(check.name, check.passed) for check in (*found["odd"], *found["tiny-2"])] == [("files", False), ("files", False)]
    monkeypatch.setattr(evaluation, "checkout", lambda: None)
    with pytest.warns(UserWarning, match="is not used"):
        found = dict(evaluation.verify_all())
    assert [(check.name, check.passed) for check in (*found["odd"], *found["tiny-2"])] == [("files", False), ("files", None)]
    assert found["tiny-2"][0].detail == "not on this machine; `kerasgen.load` fetches 2.00 MB"
    assert zoo.list_models() == ["odd", "tiny-2"]
