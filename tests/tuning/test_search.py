"""Searches by real trainings: what a trial is, failures, resuming, several processes."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import searched

import kerasgen
from kerasgen import data
from kerasgen.training import runner
from kerasgen.training.recipe import load_recipe, recipe_names
from kerasgen.training.run import Run
from kerasgen.tuning import Choice, Search, adapter, results
from kerasgen.tuning import search as searching
from kerasgen.tuning.space import complete

pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName).*is deprecated:DeprecationWarning")
RECIPE = pathlib.Path(searched.__file__)
BACKEND = keras.backend.backend()


@pytest.fixture(autouse=True)
def outside(monkeypatch, tmp_path):
    """No checkout; the current folder is an empty one."""
    for module in (results, searching):
        monkeypatch.setattr(module, "checkout", lambda: None)
    for name in ("KERASTUNER_TUNER_ID", *adapter.ADDRESS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def trainer(epochs=1, apply=None, objective=("weight", "max"), examples=None, **options):
    more = {} if apply is None else {"apply": apply}
    found = complete(Search(objective=objective, epochs=epochs, examples=examples, **more), searched.recipe)
    return searching.Trainer(searched.recipe, found, data.load("searched-points"), **options)


def folder(path, name):
    (path / name).mkdir()
    return path / name


def test_a_search_writes_what_it_found(eager, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(searched, "search", Search({"width": Choice(2, 3, 4)}, epochs=1))
    path = kerasgen.tune(RECIPE, trials=2)
    found = results.read_results(path)
    assert path == tmp_path / "runs" / "search-searched" / "searched.json"
    assert [trial["status"] for trial in found["trials"]] == ["completed"] * 2
    assert found["best"]["score"] == max(trial["score"] for trial in found["trials"])
    first, *lines = capsys.readouterr().err.splitlines()
    assert first.startswith("Searching searched (random): at most 2 trials of up to 1 epochs, for the highest weight, in ")
    assert [line.startswith(f"trial {i}  weight ") for i, line in enumerate(lines[1::2])] == [True] * 2
    assert [line.startswith(f"trial {i} begins: ") for i, line in enumerate(lines[::2])] == [True] * 2
    assert not list(path.parent.rglob("*.weights.h5"))


def test_why_a_search_ended_is_told():
    assert searching.why_it_ended([{}] * 5, 5, True, 2.0) == ""
    over = searching.why_it_ended([{}] * 3, 20, True, 2.0)
    assert over.startswith("The 2 minutes are over after 3 of 20 trials") and "--resume" in over
    assert "no further values" in searching.why_it_ended([{}] * 3, 20, False, None)
    assert searching.why_it_ended([{}] * 3, None, False, None) == ""  # the tuner's own plan is done


@pytest.mark.slow
def test_a_search_ends_in_a_training_with_its_values(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NAN_WIDTH", "2")
    monkeypatch.setenv("FAILING_WIDTH", "3")
    path = kerasgen.tune(RECIPE, trials=5)
    found = results.read_results(path)
    assert path == tmp_path / "runs" / "search-searched" / "searched.json"
    lines = capsys.readouterr().err.splitlines()[2::2]  # of each trial, the line in which it ends
    assert len(lines) == 5
    for trial, line in zip(found["trials"], lines, strict=True):
        width = trial["values"]["width"]
        error = {2: "FloatingPointError: weight on the validation split became nan", 3: "MemoryError: no room for this width"}
        assert line.startswith(f"trial {trial['trial']}  " + (f"failed: {error[width]}" if width < 4 else "weight "))
        assert trial["status"] == ("failed" if width < 4 else "completed") and (trial["score"] is None) == (width < 4)
        assert (trial["error"] or "").startswith(error.get(width, "")) and trial["seconds"] >= 0
    assert {trial["values"]["width"] for trial in found["trials"]} == {2, 3, 4}
    assert found["best"]["values"]["width"] == 4
    assert found["best"]["score"] == max(t["score"] for t in found["trials"] if t["score"] is not None)
    assert not list(path.parent.rglob("*.weights.h5")) and not (tmp_path / "searched").exists()

    monkeypatch.setattr(runner, "checkout", lambda: None)
    result = kerasgen.train(RECIPE, from_search=True, full=False)
    entry = json.loads((result / "entry.json").read_text())
    assert result == tmp_path / "searched" and entry["config"]["width"] == 4
    assert entry["training"]["batch_size"] == found["best"]["values"]["batch_size"]
    rate = entry["compile"]["optimizer"]["config"]["generator"]["config"]["learning_rate"]["config"]["initial_learning_rate"]
    assert rate == pytest.approx(found["best"]["values"]["generator.learning_rate"])
    assert "Trained with the values of trial" in entry["notes"]
    with pytest.raises(ValueError, match=r"batch_size|model|optimizer"):  # without the search it is another training
        kerasgen.train(RECIPE, resume=True)


def test_without_one_good_trial_the_first_error_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(searched.keras.ops, "abs", None)
    with pytest.raises(ValueError, match=r"No trial of the search for searched completed\. The first error: TypeError: "):
        kerasgen.tune(RECIPE, trials=2)
    assert (
        "Traceback" in json.loads((tmp_path / "runs" / "search-searched" / "trial_0" / "failure.json").read_text())["traceback"]
    )


def test_a_search_whose_every_objective_is_nan_has_no_best(eager, tmp_path, monkeypatch):
    monkeypatch.setattr(searched, "search", Search({}, epochs=1))
    monkeypatch.setenv("NAN_WIDTH", "3")
    with pytest.raises(
        ValueError, match=r"No trial .* completed\. The first error: FloatingPointError: weight on the validation"
    ):
        kerasgen.tune(RECIPE, trials=1)
    assert not list(tmp_path.rglob("searched.json"))


def test_an_objective_that_is_no_validation_number_ends_the_search(tmp_path):
    train = trainer(objective=("generator_loss", "min"))
    with pytest.raises(ValueError, match=r"one of its validation numbers, weight; received 'generator_loss'"):
        train(0, {"width": 2}, folder(tmp_path, "a"), 1)


def test_the_score_is_the_best_of_the_epochs():
    history = [{"val_weight": value, "loss": 0.0} for value in (2.0, 3.0, 1.0)]
    assert trainer().score(history) == 3.0 and trainer(objective=("weight", "min")).score(history) == 1.0
    with pytest.raises(FloatingPointError, match="became 2, nan"):
        trainer().score([history[0], {"val_weight": float("nan")}])


@pytest.mark.parametrize(("examples", "steps"), [(None, [4, 2, 1]), (24, [6, 3, 1])])
def test_epochs_of_every_batch_size_have_as_many_examples(tmp_path, monkeypatch, examples, steps):
    found = []
    monkeypatch.setattr(runner, "go_on", lambda recipe, model, batches, *rest, **options: found.append(len(batches)))
    for size in (4, 8, 16):
        trainer(examples=examples).train({"batch_size": size}, folder(tmp_path, str(size)), 1, None)
    assert found == steps


def test_a_trial_ends_with_its_epoch_when_the_time_is_over(tmp_path):
    assert trainer(epochs=3, deadline=time.monotonic())(0, {}, folder(tmp_path, "a"), 3)["epochs"] == 1


@pytest.mark.slow
def test_trials_in_parts_are_bit_equal_to_whole_ones(tmp_path):
    train, values = trainer(epochs=3, keep_weights=True), {"width": 4, "generator.learning_rate": 2e-3}
    whole = train(0, values, folder(tmp_path, "whole"), 3)
    train(1, values, folder(tmp_path, "first"), 1)
    later = folder(tmp_path, "later")
    assert train(2, values, later, 3, tmp_path / "first")["weight"] == whole["weight"]
    histories = [Run(path) for path in (tmp_path / "whole", later)]
    for run in histories:
        run.progress = json.loads(run.progress_path.read_text())
    first, second = ([{k: v for k, v in logs.items() if k != "seconds"} for logs in run.history] for run in histories)
    assert first == second and len(first) == 3
    with pytest.raises(adapter.FailedTrialError, match=r"state of absent is not in .*: hyperband on several machines"):
        train(3, values, folder(tmp_path, "other"), 3, tmp_path / "absent")


def test_a_folder_in_use_and_other_settings_are_refused(tmp_path):
    searching.open_folder(tmp_path, {"epochs": 2, "tuner": "random"}, resume=False, restart=False)
    with pytest.raises(ValueError, match=r"holds a search\. Pass --resume to go on with it, or --restart"):
        searching.open_folder(tmp_path, {"epochs": 2, "tuner": "random"}, resume=False, restart=False)
    with pytest.raises(ValueError, match=r"cannot be resumed with other settings than it began with: epochs, seed\."):
        searching.open_folder(tmp_path, {"epochs": 3, "tuner": "random", "seed": 1}, resume=True, restart=False)
    searching.open_folder(tmp_path, {"epochs": 2, "tuner": "random"}, resume=True, restart=False)
    (tmp_path / "trial_0").mkdir()
    searching.open_folder(tmp_path, {"epochs": 3}, resume=False, restart=True)
    assert [path.name for path in tmp_path.iterdir()] == ["search.json"]


def test_nothing_of_the_users_is_removed(tmp_path):
    settings = {"recipe": "a", "smoke": False}
    searching.open_folder(tmp_path, settings, resume=False, restart=False)
    for name in ("thesis.txt", "trial_0/holiday.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "trial_0" / "progress.json").write_text("{}")
    with pytest.raises(ValueError, match="holds a real search, which a smoke run leaves alone"):
        searching.open_folder(tmp_path, {**settings, "smoke": True}, resume=False, restart=False)
    with pytest.raises(ValueError, match=r"holds other files \(thesis\.txt, trial_0/holiday\.png\)"):
        searching.open_folder(tmp_path, settings, resume=False, restart=True)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        *("holiday.png", "progress.json", "search.json", "thesis.txt")
    ]


REMOVE = """
import os, pathlib, sys, types
sys.modules["kerasgen.tuning.adapter"] = types.ModuleType("adapter")  # KerasTuner is not asked here
from kerasgen.tuning import search

unlink, left = pathlib.Path.unlink, int(sys.argv[2])

def killed(path, missing_ok=False):
    global left
    if left == 0:
        os._exit(9)  # as SIGKILL: nothing is tidied up
    left -= path.exists()
    unlink(path, missing_ok)

pathlib.Path.unlink = killed
search.open_folder(pathlib.Path(sys.argv[1]), {"recipe": "a", "smoke": False}, False, True)
"""


def test_a_kill_while_an_old_search_is_removed_leaves_a_search(tmp_path):
    """Killed before each of the files, one after the other: what is left is recognised, and what others put there stays."""
    folder, settings = tmp_path / "search", {"recipe": "a", "smoke": False}
    searching.open_folder(folder, settings, resume=False, restart=False)
    names = ["oracle.json", "a.json", "trial_0/trial.json", "trial_0/history.csv", "trial_1/progress.json"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(kerasgen.__file__).parents[1])}
    command = [sys.executable, "-c", REMOVE, str(folder)]
    assert subprocess.run([*command, "3"], env=environment, timeout=100).returncode == 9
    kept = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert len(kept) == 3 and kept < {*names, "search.json"} and "search.json" in kept
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds other files \(thesis\.txt\)"):
        searching.open_folder(folder, settings, resume=False, restart=True)
    (folder / "thesis.txt").rename(tmp_path / "thesis.txt")
    searching.open_folder(folder, settings, resume=False, restart=True)
    assert [path.name for path in folder.rglob("*")] == ["search.json"] and (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tuner": "best"}, "tuner must be one of 'random', 'hyperband', 'bayesian', 'grid'; received 'best'"),
        ({"trials": 0}, "trials must be an integer from 1"),
        ({"minutes": -1}, "minutes must be a number from"),
        ({"minutes": "1"}, "minutes must be a number from"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        kerasgen.tune(RECIPE, **arguments)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorBoard's HParams need TensorFlow")
def test_tensorboard_shows_the_values(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    trainer()(0, {"width": 4, "generator.learning_rate": 2e-3}, folder(tmp_path, "trial_7"), 1)
    events = EventAccumulator(str(tmp_path / "trial_7" / "tensorboard")).Reload()
    found = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = plugin_data_pb2.HParamsPluginData.FromString(found).session_start_info
    assert {name: value.number_value for name, value in start.hparams.items()} == {"width": 4, "generator.learning_rate": 2e-3}
    assert "_hparams_/session_end_info" in events.Tags()["tensors"]
    validation = EventAccumulator(str(tmp_path / "trial_7" / "tensorboard" / "validation")).Reload()
    assert "epoch_weight" in validation.Tags()["tensors"]


def start(*arguments, **environment):
    """Starts `kerasgen tune` on the searched recipe in a process of its own."""
    paths = [str(pathlib.Path(kerasgen.__file__).parents[1]), str(RECIPE.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
    code = "from kerasgen import files; files.checkout = lambda: None; from kerasgen.cli import main; main()"
    command = [sys.executable, "-c", code, "tune", str(RECIPE), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_a_killed_search_goes_on(tmp_path):
    whole = kerasgen.tune(RECIPE, trials=4, run_folder=tmp_path / "whole")
    expected = {t["trial"]: (t["values"], t["score"]) for t in results.read_results(whole)["trials"]}
    process = start("--trials", 4, "--run-folder", tmp_path / "killed")
    state = tmp_path / "killed" / "oracle.json"
    deadline = time.monotonic() + 300
    while not (state.exists() and (tmp_path / "killed" / "trial_1" / "progress.json").exists()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    refused = start("--trials", 4, "--run-folder", tmp_path / "killed")
    assert "Pass --resume to go on" in refused.communicate(timeout=800)[1] and refused.returncode == 1
    resumed = start("--trials", 4, "--run-folder", tmp_path / "killed", "--resume")
    assert resumed.communicate(timeout=800)[0].startswith("trial  weight") and resumed.returncode == 0
    found = results.read_results(tmp_path / "runs" / "search-searched" / "searched.json")["trials"]
    assert {t["trial"]: (t["values"], t["score"]) for t in found} == expected


@pytest.mark.slow
@pytest.mark.parametrize(("tuner", "trials"), [("random", 3), ("hyperband", None), ("bayesian", 14), ("grid", 5)])
def test_every_tuner(tuner, trials, tmp_path):
    found = results.read_results(kerasgen.tune(RECIPE, tuner=tuner, trials=trials))
    assert (tuner == "hyperband" or len(found["trials"]) == trials) and all(t["status"] == "completed" for t in found["trials"])
    assert found["best"]["score"] == max(trial["score"] for trial in found["trials"])


@pytest.mark.slow
def test_minutes_end_a_search(tmp_path):
    started = time.monotonic()
    found = results.read_results(kerasgen.tune(RECIPE, trials=1000, minutes=0.05))
    assert 1 <= len(found["trials"]) < 1000 and time.monotonic() - started < 240
    assert all(trial["status"] == "completed" for trial in found["trials"])


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_a_chief_and_two_workers(tuner, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = ("--tuner", tuner, "--trials", 6, "--run-folder", tmp_path / "shared")
    names = ("one", "two", "chief")  # the workers wait for the chief
    ids = [{"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_PORT": port, "NAN_WIDTH": "2"} for name in names]
    processes = [start(*common, **environment) for environment in ids]
    outputs = [process.communicate(timeout=800) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert [output[0] for output in outputs[:2]] == ["", ""] and outputs[2][0].startswith("trial  weight")
    found = results.read_results(tmp_path / "runs" / "search-searched" / "searched.json")
    assert [trial["trial"] for trial in found["trials"]] == list(range(len(found["trials"])))
    trained = [{int(line.split()[1]) for line in output[1].splitlines() if line.startswith("trial ")} for output in outputs]
    assert trained[0] | trained[1] == set(range(len(found["trials"]))) and not trained[0] & trained[1] and not trained[2]
    for trial in found["trials"]:
        failed = trial["values"]["width"] == 2
        assert trial["status"] == ("failed" if failed else "completed") and bool(trial["error"]) == failed
    assert found["best"]["score"] == max(t["score"] for t in found["trials"] if t["score"] is not None)


SEARCHED = ("dcgan-mnist", "lstm-shakespeare", "ngram-wikitext2", "vae-mnist")  # players, texts, counts, one loss on images


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SEARCHED else pytest.mark.release) for name in recipe_names()]
)
def test_every_recipe_can_be_searched(name, tmp_path):
    """Two trials of one tiny step, on the samples inside the package."""
    found = results.read_results(kerasgen.tune(name, run_folder=tmp_path / "search", smoke=True))
    assert len(found["trials"]) == 2 and all(trial["status"] == "completed" for trial in found["trials"])
    assert np.isfinite(found["best"]["score"]) and len(found["best"]["values"]) > 1
    assert ("batch_size" in found["best"]["values"]) == (load_recipe(name)[0].optimizer is not None)
