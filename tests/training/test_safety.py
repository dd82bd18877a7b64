"""Nothing of the user's is lost: folders with other files, runs at work, full disks, kills while publishing."""

import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tiny
from places import CHECKPOINTS

from kerasgen import files, zoo
from kerasgen.training import release
from kerasgen.training.run import OWN, Run, held
from kerasgen.zoo import entries

SETTINGS = {"recipe": "a", "smoke": False}


@pytest.fixture(scope="module")
def model():
    return tiny.compiled("vae", run_eagerly=True)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def mine(tmp_path):
    """A folder with files of the user's, some with names as a run would give them."""
    for name in ("thesis.txt", "samples/holiday.png", "release/notes.md", "tensorboard/mine.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_folder_with_other_files_is_refused(mine):
    before = tree(mine)
    for options in ({}, {"resume": True}, {"restart": True}):
        with pytest.raises(
            ValueError, match=r"holds other files \(release/notes\.md, samples/holiday\.png, tensorboard.*1 more\)"
        ):
            Run(mine).open(SETTINGS, **options)
    assert tree(mine) == before


def test_restart_removes_what_the_run_wrote_and_nothing_else(tmp_path, model):
    run = Run(tmp_path)
    run.open(SETTINGS)
    run.save(model, 1, {"loss": 1.0, "seconds": 1.0}, best=(1.0, "min"))
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "epoch-0001.png").write_text("")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds other files \(notes\.txt\)"):
        Run(tmp_path).open(SETTINGS, restart=True)
    assert tree(tmp_path)["notes.txt"] == b"mine"
    (tmp_path / "notes.txt").unlink()
    Run(tmp_path).open(SETTINGS, restart=True)
    assert list(tree(tmp_path)) == ["progress.json"] and not (tmp_path / "samples").exists()


def test_a_smoke_run_leaves_a_real_one_alone(tmp_path, model):
    run = Run(tmp_path)
    run.open(SETTINGS)
    run.save(model, 1, {"seconds": 1.0})
    before = tree(tmp_path)
    for restart in (False, True):
        with pytest.raises(ValueError, match="holds a real run, which a smoke run leaves alone"):
            Run(tmp_path).open({**SETTINGS, "smoke": True}, restart=restart)
    assert tree(tmp_path) == before


HOLD = """
import pathlib, sys
from kerasgen.training.run import held
with held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


def test_a_folder_at_work_is_refused_with_its_holder(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match=f"is in use by process {process.pid} on .*, since 20"), held(tmp_path / "run"):
            pytest.fail("two at once")
    finally:
        process.kill()  # the system lets go of the lock
        process.wait()
    with held(tmp_path / "run"):
        assert json.loads((tmp_path / "run" / ".kerasgen-holder.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / "run").exists()  # it has stayed empty


def test_an_altered_best_checkpoint_is_not_released(tmp_path, model):
    run = Run(tmp_path)
    run.open(SETTINGS)
    run.save(model, 1, {"seconds": 1.0}, best=(1.0, "min"))
    run.save(model, 2, {"seconds": 2.0}, best=(2.0, "min"))
    path = tmp_path / "best-00001.weights.h5"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=r"best-00001\.weights\.h5 is damaged"):
        run.restore_selected(model)
    with pytest.raises(ValueError, match=r"best-00001\.weights\.h5 is damaged"):
        Run(tmp_path).open(SETTINGS, resume=True)


def test_no_number_is_never_the_best(tmp_path, model):
    run = Run(tmp_path)
    run.open(SETTINGS)
    for epoch, value in enumerate([np.nan, np.inf, 3.0, np.nan], start=1):
        run.save(model, epoch, {"val_loss": float(value), "seconds": 1.0}, best=(float(value), "min"))
    assert run.selected_epoch == 3
    again = Run(tmp_path)
    again.open(SETTINGS, resume=True)
    assert np.isnan(again.history[0]["val_loss"]) and again.history[2]["val_loss"] == 3


def test_a_full_disk_is_told_with_what_is_needed_and_leaves_nothing(tmp_path, model, monkeypatch):
    run = Run(tmp_path)
    run.open(SETTINGS)
    run.save(model, 1, {"seconds": 1.0})
    before = tree(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: [\d,]+ bytes are needed, [\d,]+ are free"):
        run.save(model, 2, {"seconds": 2.0})
    assert tree(tmp_path) == before


def test_a_disk_that_is_really_full_is_no_crash(tmp_path):
    """A process whose files may have 100 kB at most, as on a disk without more room."""
    code = (
        "import resource, sys, pathlib, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "from kerasgen.files import write_atomically; write_atomically(pathlib.Path(sys.argv[1]) / 'a', bytes(1_000_000))"
    )
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "OSError" in done.stderr and not list(tmp_path.iterdir())


def model_folder(folder, title):
    folder.mkdir(parents=True)
    for name in ("entry.json", "card.md", "model.weights.h5"):
        (folder / name).write_text(f"{title} {name}")
    return folder


def trained_folder(folder):
    """A folder as a training leaves it."""
    (model_folder(folder, "old") / "entry.json").write_text('{"name": "a", "model": "b.C", "files": []}')
    return folder


def test_a_model_is_put_in_place_as_a_whole_and_keeps_what_others_put_there(tmp_path):
    target = model_folder(tmp_path / "zoo" / "model", "old")
    (target / "my-notes.txt").write_text("mine")
    release.put_in_place(model_folder(tmp_path / "new", "new"), target)
    assert {name: content.split()[0] for name, content in tree(target).items()} == {
        "entry.json": b"new",
        "card.md": b"new",
        "model.weights.h5": b"new",
        "my-notes.txt": b"mine",
    }
    assert [path.name for path in target.parent.iterdir()] == ["model"]


SWAP = """
import os, pathlib, sys
from kerasgen import files

target, new, exchange, deadly = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), files._exchange, int(sys.argv[4])
files._exchange = exchange if sys.argv[3] == "exchange" else lambda *_: False
rename, calls = pathlib.Path.rename, []

def killed(path, to):
    calls.append(path)
    if len(calls) == deadly + 1:
        os._exit(9)  # as SIGKILL: nothing is tidied up
    return rename(path, to)

pathlib.Path.rename = killed
files.swap_folder(new, target)
"""


@pytest.mark.parametrize(("way", "deadly"), [("exchange", 0), ("renames", 0), ("renames", 1)])
def test_a_kill_while_publishing_leaves_the_old_model_or_the_new_one(tmp_path, way, deadly):
    """Killed before each of the renames; whoever looks for the model next finds it, whole."""
    target = shutil.copytree(CHECKPOINTS / "gan-mnist", tmp_path / "zoo" / "model")
    new = shutil.copytree(target, tmp_path / "zoo" / f".model.{'0' * 32}.part")
    for folder, title in ((target, "old"), (new, "new")):
        (folder / "entry.json").write_text(json.dumps({**zoo.info("gan-mnist"), "name": "model", "title": title}))
        (folder / "card.md").write_text(title)
    command = [sys.executable, "-c", SWAP, str(target), str(new), way, str(deadly)]
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    assert subprocess.run(command, env=environment, timeout=60).returncode == 9
    if (way, deadly) == ("renames", 1):
        assert not target.exists()
    found = zoo.info(target)["title"] if deadly else entries.entries_in(target.parent)["model"]["title"]
    assert found == ("new" if way == "exchange" else "old") == (target / "card.md").read_text()
    assert set(tree(target)) == {"entry.json", "card.md", "model.weights.h5", "samples.png"} and zoo.load(target)
    assert list(entries.entries_in(target.parent)) == ["model"]  # what a kill has left beside it is no model
    release.put_in_place(shutil.copytree(target, tmp_path / "new"), target)
    assert zoo.info(target)["title"] == found and not list(target.parent.glob(".*.kerasgen-before"))


def test_a_reader_between_the_renames_does_not_disturb(tmp_path, monkeypatch):
    target, rename = model_folder(tmp_path / "zoo" / "model", "old"), pathlib.Path.rename
    readers = []

    def watched(path, to):
        rename(path, to)
        if path == target and not readers:
            readers.append(files.put_back(target))

    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    monkeypatch.setattr(pathlib.Path, "rename", watched)
    release.put_in_place(model_folder(tmp_path / "new", "new"), target)
    assert readers and {content.split()[0] for content in tree(target).values()} == {b"new"}
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_a_model_published_by_a_killed_training_is_known_at_once(tmp_path, monkeypatch):
    """Killed after the folder was put in place, before the manifest was written."""
    (tmp_path / "zoo").mkdir()
    folder = shutil.copytree(CHECKPOINTS / "gan-mnist", tmp_path / "checkpoints" / "gan-mnist")
    known = zoo.info("gan-mnist")
    stale = {**known, "version": 0, "files": [{**file, "sha256": "0" * 64} for file in known["files"]]}
    monkeypatch.setattr(files, "checkout", lambda: tmp_path)
    (tmp_path / "zoo" / "manifest.json").write_text(json.dumps({"schema": 2, "mirrors": [], "models": {"gan-mnist": stale}}))
    assert zoo.info("gan-mnist")["version"] == known["version"] and zoo.load("gan-mnist")
    folder.rename(folder.with_name("second"))
    (folder.with_name("second") / "entry.json").write_text(json.dumps({**known, "name": "second", "aliases": ["zweites"]}))
    assert zoo.list_models() == ["gan-mnist", "second"] and zoo.info("zweites")["name"] == "second"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text(""), "must be a directory; received the file"),
        (lambda path: (path.mkdir(), (path / "a.txt").write_text("")), "must be a new directory, or one that a training wrote"),
        (lambda path: (trained_folder(path), (path / "a.txt").write_text("")), r"holds other files \(a\.txt\)"),
        (lambda path: (path.mkdir(), (path / "entry.json").write_text('{"entries": []}')), "or one that a training wrote"),
    ],
)
def test_an_output_that_is_something_else_is_refused(tmp_path, make, message):
    make(tmp_path / "out")
    before = tree(tmp_path)
    with pytest.raises(ValueError, match=message):
        release.check_output(tmp_path / "out")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["my model", "modèle", "model(1)", "a.b"])
def test_names_that_people_give_are_taken(tmp_path, name):
    assert release.check_output(tmp_path / name) == tmp_path / name


@pytest.mark.parametrize("name", [".hidden", "a\nb", "x" * 201, "-o"])
def test_names_that_no_model_can_have_are_refused_at_the_start(tmp_path, name):
    with pytest.raises(ValueError, match=r"must be a name of up to 200 letters"):
        release.check_output(tmp_path / name)


def test_the_patterns_of_a_run_name_no_folder_as_a_whole():
    assert not [pattern for pattern in OWN if pattern.endswith(("/", "/*", "**"))]


def strangers_folder(folder):
    """Files of a user that happen to be named as those of a run."""
    for name in (
        "history.csv",
        ".lock",
        "holder.json",
        "state-of-mind.weights.h5",
        "samples/epoch-holiday.png",
        ".upload.part",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    return folder


def test_names_alone_do_not_make_a_folder_a_run(tmp_path):
    folder = strangers_folder(tmp_path / "mine")
    before = tree(folder)
    with (
        pytest.raises(ValueError, match=r"mine holds other files \(\.lock, \.upload\.part, history\.csv and 3 more\)"),
        held(folder),
    ):
        Run(folder).open({"recipe": "a", "smoke": True})
    assert tree(folder) == before


def test_what_lies_behind_a_link_is_not_in_the_folder(tmp_path):
    pictures, folder = tmp_path / "pictures", tmp_path / "run"
    pictures.mkdir()
    (pictures / "epoch-1.jpg").write_text("mine")
    Run(folder).open({"recipe": "a", "smoke": True})
    (folder / "samples").symlink_to(pictures)
    with pytest.raises(ValueError, match=r"holds other files \(samples\)"):
        Run(folder).open({"recipe": "a", "smoke": True})
    files.remove_files(folder, ["samples/epoch-*"])
    assert [path.name for path in pictures.iterdir()] == ["epoch-1.jpg"]


def test_an_output_behind_a_link_is_replaced_and_the_link_stays(tmp_path):
    target = trained_folder(tmp_path / "model")
    (target / "samples.zip").write_text("mine")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ValueError, match=r"holds other files \(samples\.zip\)"):
        release.check_output(tmp_path / "link")
    (target / "samples.zip").unlink()
    assert release.check_output(tmp_path / "link") == target


def test_a_place_that_cannot_be_written_is_refused_at_the_start(tmp_path, monkeypatch):
    def refuse(path, *args, **more):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(pathlib.Path, "mkdir", refuse)
    with pytest.raises(OSError, match=r"output '.*out' cannot be written: .*: Read-only file system"):
        release.check_output(tmp_path / "new" / "out")
    monkeypatch.undo()
    with pytest.raises(OSError, match="cannot be written"):
        release.check_output(tmp_path / ("é" * 110))  # a name that fits, but not with what is put beside it
    assert list(tmp_path.iterdir()) == []


def test_the_current_directory_is_no_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"must not be the current directory.*received '\.'"):
        release.check_output(".")


def test_a_kill_while_an_old_run_is_removed_leaves_a_run(tmp_path, monkeypatch):
    folder, unlink = tmp_path / "run", pathlib.Path.unlink
    Run(folder).open({"recipe": "a"})
    for name in ("history.csv", "state-00001.weights.h5", "samples/epoch-1.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")

    def killed(path, missing_ok=False):
        if path.name.startswith("epoch"):
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    monkeypatch.setattr(pathlib.Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        Run(folder).open({"recipe": "a"}, restart=True)
    monkeypatch.undo()
    assert not (folder / "history.csv").exists()
    Run(folder).open({"recipe": "a"}, restart=True)
    assert list(tree(folder)) == ["progress.json"]
