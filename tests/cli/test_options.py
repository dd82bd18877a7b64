"""What commands share: files that are imported first, errors that become messages, help."""

import os
import re
import subprocess
import sys

import pytest
from command_line import run
from tiny_zoo import ENTRIES, write_zoo
from typer.testing import CliRunner

from kerasgen import cli
from kerasgen.cli import options


def test_import_runs_files_first(listed, tmp_path, monkeypatch):
    first, second = tmp_path / "own_first.py", tmp_path / "own_second.py"
    for path in (first, second):
        path.write_text(f"print('this is {path.stem}')")
    assert run("--import", first, "list", "--json").stdout.startswith("this is own_first\n[")
    monkeypatch.delitem(sys.modules, "own_first")
    monkeypatch.setenv("KERASGEN_IMPORT", f"{first}{os.pathsep}{second}")
    assert run("list").stdout.startswith("this is own_first\nthis is own_second\n")


def test_import_of_a_broken_file_names_the_place(listed, tmp_path):
    (tmp_path / "broken.py").write_text("x = 1\n\n{}['key']")
    assert "broken.py, line 3: KeyError: 'key'" in run("--import", tmp_path / "broken.py", "list", code=1).stderr
    (tmp_path / "syntax.py").write_text("x = (1")
    assert re.search("SyntaxError: .*line 1", run("--import", tmp_path / "syntax.py", "list", code=1).stderr)
    (tmp_path / "notes.txt").touch()
    assert "takes Python files" in run("--import", tmp_path / "notes.txt", "list", code=2).stderr


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        *[(k, 1, "Error: oops\n") for k in (ValueError, OSError, NotImplementedError, FloatingPointError, ImportError)],
        (KeyError, 1, ""),  # a mistake in the program, which Python reports itself
        (KeyboardInterrupt, 130, f"Interrupted.{options.RESUME}\n"),
    ],
)
def test_errors_are_one_line_unless_debugging(listed, monkeypatch, kind, code, message):
    def fail(name):
        raise kind("oops")

    monkeypatch.setattr("kerasgen.training.recipe.load_recipe", fail)
    result = run("train", "own", code=code)
    assert (result.stdout, result.stderr) == ("", message)
    debugged = run("--debug", "train", "own", code=code)
    assert kind is KeyboardInterrupt or (type(debugged.exception) is kind and debugged.stderr == "")


COMMANDS = ["list", "info", "sample", "train", "finetune", "tune", "evaluate", "verify", "export", "index", "data"]


@pytest.mark.parametrize("command", ["", *COMMANDS, "data list", "data info"])
def test_help_is_whole_and_has_an_example(listed, command):
    text = run(*command.split(), "-h").stdout
    assert "Example" in text and "..." not in text.replace("[ARGS]...", "")
    run(command or "nonsense", "--nonsense", code=2)
    assert "kerasgen 0." in run("--version").stdout


def test_errors_say_nothing_that_a_terminal_obeys(listed, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "entry.json").write_text('{"name": "a", "model": "\\u001b[2J"}')
    said = run("info", tmp_path / "x", code=1).stderr
    assert "field 'config' is missing" in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("info tiny-1", ["tiny-10"]),
        ("sample ti", ["tiny-2", "tiny-10"]),
        ("verify sm", ["small"]),  # another name of tiny-2
        ("train own-r", ["own-recipe"]),
        ("info nothing", []),
        ("ev", ["evaluate"]),
    ],
)
def test_shells_complete_commands_and_names(listed, tmp_path, monkeypatch, words, completed):
    write_zoo(tmp_path, {**ENTRIES, "tiny-2": {**ENTRIES["tiny-2"], "aliases": ["small"]}})
    (tmp_path / "zoo" / "recipes" / "own-recipe.py").touch()
    for name, value in {
        "_KERASGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": f"kerasgen {words}",
        "COMP_CWORD": str(len(words.split())),
    }.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli.app, [], prog_name="kerasgen")
    assert result.stdout.split() == completed


@pytest.mark.slow
def test_completion_is_installed_for_the_shell_that_runs_it(tmp_path):
    code = "from kerasgen.cli import main; main()"
    shell = ["bash", "-c", f"{sys.executable} -c '{code}' --install-completion; true"]
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(shell, env=environment, check=True, capture_output=True, timeout=300)
    assert "_kerasgen_completion" in (tmp_path / ".bash_completions" / "kerasgen.sh").read_text()
    assert "kerasgen.sh" in (tmp_path / ".bashrc").read_text()
