"""What a search writes, and training with what it found."""

import json
import pathlib

import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen import cli
from kerasgen.plots import Axis
from kerasgen.training import runner
from kerasgen.training.recipe import load_recipe
from kerasgen.tuning import Choice, LogUniform, Search, Uniform, results
from kerasgen.tuning.space import find_search

RECIPE = """
import keras, tiny
from kerasgen import Recipe
from kerasgen.tuning import Choice, Search

recipe = Recipe(
    name="tiny-search", title="", data="", batch_size=8, epochs=2, model=lambda: tiny.build("lstm"), score=None, notes="Small.",
    optimizer=lambda steps: keras.optimizers.Adam(1e-3), validate=lambda model, splits: {"nats": 1.0}, select=("nats", "min"),
)
search = Search({"units": Choice(3, 4)})
"""
SEARCH = Search(
    {"learning_rate": LogUniform(1e-4, 1e-1), "units": Choice(3, 4), "dropout": Uniform(0.0, 0.5)}, ("nats", "min"), epochs=2
)


def trial(number, score=None, error=None, units=3):
    values = {"learning_rate": 10.0 ** (-1 - number / 2), "units": units, "dropout": 0.125 * number}
    done = {"status": "failed" if error else "completed", "score": score, "epochs": None if error else 2, "seconds": 1.5}
    return {"trial": number, "values": values, **done, "error": error}


TRIALS = [trial(0, error="ResourceExhaustedError: a | b"), trial(1, 2.5), trial(2, 1.25, units=4), trial(3, 1.25)]


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipes") / "tiny_search.py"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def given(recipe_file, tmp_path, monkeypatch):
    """(recipe, its path). The current folder is an empty one, which is no checkout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(results, "checkout", lambda: None)
    return load_recipe(str(recipe_file))


def write(folder, given, trials=TRIALS, search=SEARCH):
    return results.write_results(folder, *given, search, "random", trials)


def test_the_best_completed_trial_is_chosen():
    assert results.best_trial(TRIALS, "min")["trial"] == 2  # the earlier of equals
    assert results.best_trial(TRIALS, "max")["trial"] == 1
    broken = [
        trial(0, float("nan")),
        trial(1, float("inf")),
        trial(2, float("-inf")),
        {**trial(3, 0.5), "status": "unfinished"},
    ]
    for direction in ("min", "max"):
        assert results.best_trial(broken, direction) is None
        assert results.best_trial([*broken, trial(4, 7.0)], direction)["trial"] == 4


def test_results_survive_json(tmp_path, given):
    path = write(tmp_path, given)
    found = results.read_results(path)
    assert path.name == "tiny-search.json" and found["trials"] == TRIALS
    assert found["best"] == {"trial": 2, "score": 1.25, "epochs": 2, "values": TRIALS[2]["values"]}
    assert (found["recipe"]["file"], found["tuner"], found["epochs"]) == ("tiny_search.py", "random", 2)
    assert found["objective"] == {"name": "nats", "direction": "min"}
    assert found["space"] == {
        "learning_rate": {"log": [1e-4, 1e-1]},
        "units": {"choice": [3, 4]},
        "dropout": {"linear": [0.0, 0.5]},
    }
    files = {file.name: file.read_bytes() for file in tmp_path.glob("tiny-search.*")}
    write(tmp_path, given)
    assert set(files) == {"tiny-search.json", "tiny-search.md", "tiny-search.png"}
    assert files == {name: (tmp_path / name).read_bytes() for name in files}  # nothing in them tells when


def test_without_a_completed_trial_the_first_error_is_told(tmp_path, given):
    failed = [trial(0, error="MemoryError: first"), trial(1, error="MemoryError: second")]
    with pytest.raises(
        ValueError, match=r"No trial of the search for tiny-search completed\. The first error: MemoryError: first"
    ):
        write(tmp_path, given, failed)
    assert not list(tmp_path.glob("tiny-search.*"))


def test_the_table_has_the_best_first_and_failures_last(tmp_path, given):
    text = write(tmp_path, given).with_suffix(".md").read_text()
    assert [line.split(" ")[1] for line in text.splitlines() if line.startswith("| ")] == ["trial", "2", "3", "1", "0"]
    assert r"| 0 | - | 0.1 | 3 | 0 | - | 1.5 | ResourceExhaustedError: a \| b |" in text
    assert "`learning_rate`: 0.0001 to 0.1, logarithmic" in text and "`kerasgen train tiny_search.py --from-search`" in text
    highest = {**results.read_results(tmp_path / "tiny-search.json"), "objective": {"name": "nats", "direction": "max"}}
    assert [row[0] for row in results.table(highest)[1]] == ["1", "2", "3", "0"]


@pytest.mark.parametrize("scores", [(2.5, 1.25), (0.0, -1.0), (1e6, 1e-3), (1.0, 1.0)])
def test_the_picture_has_a_line_for_the_best(tmp_path, given, scores):
    path = write(tmp_path, given, [trial(0, error="oops"), *(trial(i + 1, score) for i, score in enumerate(scores))])
    pixels = np.array(Image.open(path.with_suffix(".png")).convert("RGB")).astype(int)
    red = (abs(pixels - (220, 20, 60)).sum(axis=-1) < 30).any(axis=0)  # columns with some crimson
    assert pixels.shape[0] > 300 and red.mean() > 0.5


def test_whole_numbers_are_written_in_full():
    assert Axis("batch_size", [8], "choice", [8, 2048]).ticks() == [(0.0, "8"), (1.0, "2048")]
    assert [text for _, text in Axis("rate", [0.1], "log", [1e-4, 1.0]).ticks()] == ["0.0001", "0.001", "0.01", "0.1", "1"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"best": {"values": {}}}', '{"best": 3}'])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json holds no results of a search"):
        results.read_results(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"space": {"learning_rate": "x"}}, r"space\.learning_rate must be a kind and a list of values; found 'x'"),
        ({"space": {"units": {"choice": []}}}, r"space\.units must be a kind and a list of values"),
        (
            {"best": {"trial": 2, "score": 1.25, "values": {"learning_rate": {}}}},
            "values of a trial: learning_rate must be of type",
        ),
        (
            {"trials": [{"trial": 0, "values": {}, "status": "failed", "score": None}]},
            r"trials\[0\]: field 'epochs' is missing",
        ),
    ],
)
def test_results_of_another_form_name_their_field(tmp_path, given, change, message):
    path = write(tmp_path, given)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=message):
        results.read_results(path)


def test_the_best_values_reach_the_recipe(tmp_path, given, capsys):
    recipe, path = given
    with pytest.raises(
        ValueError, match=r"tiny-search has not been searched: there is no .*runs/search-tiny-search/tiny-search\.json"
    ):
        results.with_best_values(recipe, path)
    folder = results.folder_of_results(recipe, path)
    assert folder == tmp_path / "runs" / "search-tiny-search"
    write(folder, given)
    best = results.with_best_values(recipe, path)
    told = "trial 2 of a search (nats 1.25): learning_rate 0.01, units 4, dropout 0.25"
    assert capsys.readouterr().err == f"Values of {told}\n"
    assert best.notes == f"Small. Trained with the values of {told}."
    assert (best.model().units, best.model().dropout, best.batch_size) == (4, 0.25, 8)
    assert float(best.optimizer(1).learning_rate) == pytest.approx(0.01)
    assert find_search(path).space == {"units": Choice(3, 4)}


def test_train_takes_them_when_asked(given, monkeypatch):
    class Stop(Exception):
        pass

    def prepare(recipe, splits):
        raise Stop(recipe.model().units)

    monkeypatch.setattr(runner, "prepare", prepare)
    monkeypatch.setattr(runner.data, "load", lambda *args, **more: {})
    write(results.folder_of_results(*given), given)
    for asked, units in ((True, "4"), (False, "6")):
        with pytest.raises(Stop, match=units):
            kerasgen.train(str(given[1]), from_search=asked)


def test_the_command_line_prints_the_table(given, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from kerasgen.tuning import search

    calls, path = [], write(tmp_path, given)
    monkeypatch.setattr(search, "tune", lambda *args: calls.append(args) or (path if len(calls) == 1 else None))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args):
        return CliRunner().invoke(cli.app, ["tune", str(given[1]), *args], prog_name="kerasgen")

    first = run("--trials", "7", "--minutes", "1.5", "--tuner", "grid", "--run-folder", "here", "--resume", "--smoke")
    assert calls == [(str(given[1]), 7, 1.5, "grid", pathlib.Path("here"), True, False, True)] and first.exit_code == 0
    assert [line.split()[:2] for line in first.stdout.splitlines()] == [
        ["trial", "nats"],
        ["2", "1.25"],
        ["3", "1.25"],
        ["1", "2.5"],
        ["0", "-"],
    ]
    assert first.stderr == f"Written: {path}, tiny-search.md, tiny-search.png\n"
    assert (run().stdout, run().stderr) == ("", "The chief writes the results.\n")
    for wrong in (["--resume", "--restart"], ["--trials", "0"], ["--minutes", "0"], ["--tuner", "best"]):
        assert run(*wrong).exit_code == 2
