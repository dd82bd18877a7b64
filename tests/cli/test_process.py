"""kerasgen as a process of its own: its speed, signals, pipes and silence."""

import functools
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest
from tiny_zoo import entry, write_zoo


def start(root, *args, python=(), **environment):
    """Starts kerasgen in a process of its own, on the zoo of that folder."""
    code = f"import pathlib; from kerasgen import files; files.checkout = lambda: pathlib.Path({str(root)!r})"
    command = [sys.executable, *python, "-c", f"{code}\nfrom kerasgen.cli import main; main()", *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    pipes = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what a shell starts with & would not
    return subprocess.Popen(command, env=environment, preexec_fn=hear, **pipes)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["list", "list --json", "info tiny-2", "--help", "sample --help"])
def test_quick_answers_are_quick(listed, tmp_path, arguments):
    before = os.times()
    output, imports = start(tmp_path, *arguments.split(), python=["-X", "importtime"]).communicate(timeout=800)
    after = os.times()  # of the processor: 0.2 s if it is quiet, twice that if it is busy, 5 s with TensorFlow
    loaded = set(re.findall(r"\| +([\w.]+)$", imports, re.MULTILINE))
    assert output and "kerasgen.cli" in loaded and not loaded & {"keras", "tensorflow", "jax", "numpy", "h5py"}
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1


@pytest.mark.slow
def test_a_closed_pipe_and_a_terminal_without_accents_are_no_errors(listed, tmp_path):
    write_zoo(tmp_path, {f"tiny-{i}": entry(f"tiny-{i}") for i in range(500)})  # more than a pipe holds
    process = start(tmp_path, "list", "--json")
    assert process.stdout.readline() == "[\n"
    process.stdout.close()
    assert (process.stderr.read(), process.wait(240)) == ("", 141)
    output, errors = start(tmp_path, "list", "tiny-7", PYTHONIOENCODING="ascii").communicate(timeout=800)
    assert "1.25 Fr\\xe9chet distance" in output and errors == ""


@pytest.mark.slow
def test_ctrl_c(listed, tmp_path):
    (tmp_path / "wait.py").write_text("import time\nprint('waiting', flush=True)\ntime.sleep(240)")
    process = start(tmp_path, "--import", tmp_path / "wait.py", "list")
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=800), process.returncode) == (("", "Interrupted.\n"), 130)


RECIPE = """
import sys
sys.path[:0] = {path!r}
import dataclasses, searched
recipe = dataclasses.replace(searched.recipe, name="endless", epochs=10**6)
"""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "tune"])
def test_ctrl_c_in_a_training_says_what_is_lost_and_how_to_go_on(listed, tmp_path, command):
    tests = pathlib.Path(__file__).parent.parent
    (tmp_path / "endless.py").write_text(RECIPE.format(path=[str(tests), str(tests / "tuning")]))
    process = start(tmp_path, command, tmp_path / "endless.py", "--run-folder", tmp_path / "run", KERAS_BACKEND="tensorflow")
    pattern = "state-*" if command == "train" else "trial_*/state-*"
    while process.poll() is None and not list((tmp_path / "run").glob(pattern)):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=600)[1]
    assert process.returncode == 130, rest
    said = rest.splitlines()[-1]
    assert re.match(r"Interrupted: \d+ steps? of epoch \d+ (is|are) lost, epochs? .* kept in .*--resume .* goes on", said)
    assert str(tmp_path / "run") in said and "Traceback" not in rest
    begun = "Training endless: 1000000 epochs of 2 steps" if command == "train" else "Searching endless (random)"
    assert begun in rest and ("epoch 1/1000000" in rest or command == "tune")
    assert [path.name for path in (tmp_path / "run").glob(".kerasgen-*")] == []  # nothing holds the run any more


@pytest.mark.slow
def test_tensorflow_starts_silently(released, at, tmp_path):
    output, errors = start(released, "sample", "tiny-2", "-o", tmp_path / "a.png").communicate(timeout=800)
    assert (output, errors) == (f"{tmp_path / 'a.png'}\n", "")
