"""Runs are listed with their size, and removed only if they are runs, are asked for and are not in use."""

import json

import pytest
from command_line import run

from kerasgen.files import write_atomically
from kerasgen.training.run import PROGRESS, held
from kerasgen.tuning.folder import SETTINGS


def make_run(folder, settings=None, epochs=2):
    history = [{"epoch": epoch + 1} for epoch in range(epochs)]
    progress = {"settings": settings or {"recipe": "mine"}, "history": history, "states": [], "best": None}
    write_atomically(folder / PROGRESS, json.dumps(progress).encode())
    write_atomically(folder / "state-00002.weights.h5", bytes(2_000_000))
    write_atomically(folder / "samples" / "epoch-0001.png", b"")
    return folder


@pytest.fixture
def runs(listed, tmp_path):
    root = tmp_path / "runs"
    make_run(root / "mine")
    make_run(root / "finetune" / "my model", {"recipe": "my model", "from": "dcgan-mnist"}, 1)
    settings = {"recipe": "other", "tuner": "random", "space": {}}
    write_atomically(root / "search-other" / SETTINGS, json.dumps(settings).encode())
    make_run(root / "search-other" / "trial_0")
    (root / "photos").mkdir()
    (root / "photos" / "a.png").write_bytes(b"x")
    (root / "photos" / "progress.json").write_text('{"some": "thing else"}')
    (root / "link").symlink_to(root / "mine")
    return root


def test_runs_are_listed_with_how_far_they_are_and_how_large(runs):
    found = run("runs", "ls")
    rows = [line.split("  ") for line in found.stdout.splitlines()[1:]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert sorted(row[1:4] for row in cells) == [
        ["fine-tuning of dcgan-mnist", "1 epochs", "2.0 MB"],
        ["search of other", "1 trials", "2.0 MB"],
        ["training of mine", "2 epochs", "2.0 MB"],
    ]
    assert "3 runs in " in found.stderr and "6.0 MB." in found.stderr
    (one,) = json.loads(run("runs", "ls", runs / "mine", "--json").stdout)
    assert one["folder"] == str(runs / "mine") and one["size"] > 2_000_000
    assert run("runs", "ls", runs / "photos").stdout == ""
    assert "FOLDER must be a folder" in run("runs", "ls", runs / "absent", code=1).stderr


def test_runs_are_removed_when_that_is_confirmed(runs):
    refused = run("runs", "rm", runs / "mine", code=1).stderr
    assert "training of mine, 2 epochs, 2.0 MB" in refused and "Nothing was removed (2.0 MB): pass --yes" in refused
    assert (runs / "mine" / PROGRESS).is_file()
    run("runs", "rm", runs / "mine", runs / "finetune" / "my model", runs / "search-other", "--yes")
    assert sorted(path.name for path in runs.iterdir()) == ["finetune", "link", "photos"]
    assert list((runs / "finetune").iterdir()) == []


@pytest.mark.parametrize("name", ["photos", "link", "absent", "finetune", "."])
def test_what_is_no_run_stays(runs, name):
    assert "is not the folder of a run" in run("runs", "rm", runs / name, "--yes", code=1).stderr
    assert (runs / "photos" / "a.png").is_file() and (runs / "mine" / PROGRESS).is_file()


def test_a_folder_that_holds_more_than_a_run_stays_whole(runs):
    (runs / "search-other" / "trial_0" / "thesis.txt").write_text("important")
    said = run("runs", "rm", runs / "mine", runs / "search-other", "--yes", code=1).stderr
    assert "Nothing was removed" in said and "thesis.txt" in said
    assert (runs / "mine" / PROGRESS).is_file() and (runs / "search-other" / SETTINGS).is_file()  # all or none


def test_a_run_in_use_is_shown_as_such_and_stays(runs):
    with held(runs / "mine"):
        assert "2 epochs, in use" in run("runs", "ls").stdout
        assert "in use" in run("runs", "rm", runs / "mine", "--yes", code=1).stderr
        assert (runs / "mine" / PROGRESS).is_file()
    run("runs", "rm", runs / "mine", "--yes")
    assert not (runs / "mine").exists()
