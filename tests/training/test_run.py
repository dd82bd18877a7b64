"""The folder of a run: checkpoints, damage, selection, refusals. Killing a whole training is tested in test_runner.py."""

import csv
import json
import pathlib

import numpy as np
import pytest
import tiny

from kerasgen.training.run import Run

SETTINGS = {"recipe": "tiny", "seed": 3, "model": {"widths": (8, 4)}}


class Note:
    """Stands for a model: its weights are a text."""

    def __init__(self, text=""):
        self.text = text

    def save_weights(self, file):
        file.write(self.text.encode())

    def load_weights(self, path):
        self.text = pathlib.Path(path).read_text()


def started(folder, epochs=0, values=None, direction="max"):
    """A run of so many epochs, whose weights are "epoch 1" and so on."""
    run = Run(folder)
    run.open(SETTINGS)
    for epoch in range(1, epochs + 1):
        best = None if values is None else (values[epoch - 1], direction)
        run.save(Note(f"epoch {epoch}"), epoch, {"loss": 1 / epoch, "seconds": 2.0 * epoch}, best)
    return run


def resumed(folder, **changes):
    run = Run(folder)
    run.open({**SETTINGS, **changes}, resume=True)
    return run


def restored(run):
    note = Note("new")
    run.restore(note)
    return note.text


def weights_in(folder):
    return sorted(path.name for path in folder.iterdir() if "weights" in path.name)


# Saving and resuming


def test_a_new_run_is_at_its_start(tmp_path):
    run = started(tmp_path / "run")
    assert (run.epoch, run.history, run.seconds) == (0, [], 0.0)
    assert restored(run) == "new"
    assert restored(resumed(tmp_path / "run")) == "new"
    assert restored(resumed(tmp_path / "another")) == "new"  # nothing to resume is no error


def test_a_resumed_run_knows_what_was_done(tmp_path):
    started(tmp_path, epochs=3)
    run = resumed(tmp_path)
    assert (run.epoch, run.seconds, run.selected_epoch) == (3, 6.0, 3)
    assert [row["epoch"] for row in run.history] == [1, 2, 3]
    assert restored(run) == "epoch 3"


def test_two_checkpoints_are_kept(tmp_path):
    started(tmp_path, epochs=4)
    assert weights_in(tmp_path) == ["state-00003.weights.h5", "state-00004.weights.h5"]


def test_a_model_goes_on_bit_equal(tmp_path):
    model, again = tiny.Duel(), tiny.Duel()
    for duel in (model, again):
        duel.compile(tiny.adams(duel), run_eagerly=tiny.BACKEND == "tensorflow")
    tiny.fit(model, tiny.points())
    run = Run(tmp_path)
    run.open(SETTINGS)
    run.save(model, 1, {"loss": 0.5})
    resumed(tmp_path).restore(again)
    assert tiny.fit(again, tiny.points()) == tiny.fit(model, tiny.points())


def test_the_history_is_a_table(tmp_path):
    started(tmp_path, epochs=2)
    rows = list(csv.DictReader((tmp_path / "history.csv").open()))
    assert rows == [{"epoch": "1", "loss": "1.0", "seconds": "2.0"}, {"epoch": "2", "loss": "0.5", "seconds": "4.0"}]


# Damage


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    path.write_bytes(path.read_bytes().replace(b"epoch", b"epocH"))


@pytest.mark.parametrize("damage", [cut, flip, pathlib.Path.unlink])
def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path, damage):
    started(tmp_path, epochs=3, values=[0.1, 0.2, 0.3])
    damage(tmp_path / "state-00003.weights.h5")
    run = resumed(tmp_path)
    assert (run.epoch, len(run.history)) == (2, 2)
    assert restored(run) == "epoch 2"
    assert run.selected_epoch == 2
    run.save(Note("epoch 3 again"), 3, {"loss": 0.25}, (0.3, "max"))
    assert restored(resumed(tmp_path)) == "epoch 3 again"
    assert resumed(tmp_path).selected_epoch == 3


def test_a_run_without_a_whole_checkpoint_is_refused(tmp_path):
    started(tmp_path, epochs=3)
    for path in tmp_path.glob("state-*"):
        cut(path)
    with pytest.raises(ValueError, match=r"its checkpoints are damaged\. Pass --restart"):
        resumed(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"history": [{"epoch": 1, "loss": []}]}, r"progress\.json: history: loss must be of type int or float or null"),
        ({"history": [{"epoch": 1, "\x1b[31m": "a"}]}, r"progress\.json: history: \?\[31m must be of type"),
        ({"states": [{"file": "../a", "sha256": "", "epoch": 1}]}, r"progress\.json: file must be the name of a checkpoint"),
        (
            {"best": {"file": "a" * 300, "sha256": "", "epoch": 1, "value": 1}},
            "file must be the name of a checkpoint; found 'aaa",
        ),
        ({"best": {}}, "best: field 'file' is missing"),
    ],
)
def test_a_progress_of_another_form_names_its_field(tmp_path, change, message):
    started(tmp_path, epochs=1)
    path = tmp_path / "progress.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=message):
        resumed(tmp_path)


@pytest.mark.parametrize("step", ["save_weights", "progress"])
def test_a_save_that_breaks_off_leaves_the_one_before(tmp_path, monkeypatch, step):
    run = started(tmp_path, epochs=1)

    def break_off(*args):
        raise KeyboardInterrupt

    class Breaking(Note):
        def save_weights(self, file):
            super().save_weights(file)
            if step == "save_weights":
                break_off()

    if step == "progress":
        monkeypatch.setattr(run, "_write_progress", break_off)
    with pytest.raises(KeyboardInterrupt):
        run.save(Breaking("half of epoch 2"), 2, {"loss": 0.5})
    run = resumed(tmp_path)
    assert (run.epoch, restored(run)) == (1, "epoch 1")
    run.save(Note("epoch 2"), 2, {"loss": 0.5})
    assert weights_in(tmp_path) == ["state-00001.weights.h5", "state-00002.weights.h5"]
    assert restored(resumed(tmp_path)) == "epoch 2"


# Selection


@pytest.mark.parametrize(
    ("direction", "values", "selected"),
    [
        ("max", [0.1, 0.9, 0.2, 0.3], 2),
        ("min", [3.0, 2.0, 1.0, 1.0], 3),
        ("max", [0.5, 0.5, 0.5, 0.5], 1),
        ("max", [np.nan, 0.1, 0.3, np.nan], 3),
        ("min", [np.nan, 0.3, 0.1, np.nan], 3),
    ],
)
def test_the_best_epoch_is_kept_and_restored(tmp_path, direction, values, selected):
    started(tmp_path, epochs=4, values=values, direction=direction)
    run = resumed(tmp_path)
    assert run.selected_epoch == selected
    note = Note("last")
    run.restore_selected(note)
    assert note.text == f"epoch {selected}"
    assert restored(run) == "epoch 4"
    states = ["state-00003.weights.h5", "state-00004.weights.h5"]
    assert weights_in(tmp_path) == [f"best-{selected:05d}.weights.h5", *states]


def test_without_validation_the_last_epoch_is_selected(tmp_path):
    run = started(tmp_path, epochs=2)
    note = Note("last")
    run.restore_selected(note)
    assert (note.text, run.selected_epoch) == ("last", 2)


# Refusals


def test_a_folder_in_use_is_refused(tmp_path):
    started(tmp_path, epochs=2)
    with pytest.raises(ValueError, match=r"holds a run that has reached epoch 2\. Pass --resume .* or --restart"):
        Run(tmp_path).open(SETTINGS)
    assert resumed(tmp_path).epoch == 2


def test_restart_begins_anew(tmp_path):
    started(tmp_path, epochs=2)
    run = Run(tmp_path)
    run.open(SETTINGS, restart=True)
    assert (run.epoch, weights_in(tmp_path)) == (0, [])


def test_settings_that_changed_are_named(tmp_path):
    started(tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"cannot be resumed with other settings .*: seed"):
        resumed(tmp_path, seed=4)
    with pytest.raises(ValueError, match=r"cannot be resumed with other settings .*: model, batch_size"):
        resumed(tmp_path, model={"widths": [8, 8]}, batch_size=4)
    with pytest.raises(ValueError, match=r"cannot be resumed with other settings .*: seed"):
        Run(tmp_path).open({key: value for key, value in SETTINGS.items() if key != "seed"}, resume=True)
    assert json.loads((tmp_path / "progress.json").read_text())["settings"]["seed"] == 3
