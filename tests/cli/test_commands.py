"""The command line: what it prints where, and its exit codes."""

import io
import json
import os
import re
import sys

import numpy as np
import pytest
from PIL import Image
from tiny_zoo import DESCRIBED, ENTRIES, entry, write_zoo
from typer.testing import CliRunner

from kerasgen import cli, evaluation, zoo


def run(*args, code=0):
    """Runs the command line here and checks its exit code."""
    result = CliRunner().invoke(cli.app, [str(arg) for arg in args], prog_name="kerasgen")
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


def test_list_shows_whole_rows_with_leading_scores(listed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    header, *rows = run("list").stdout.splitlines()
    assert header.split() == ["name", "what", "parameters", "size", "scores", "(real", "data)"]
    assert [row.split()[0] for row in rows] == ["digits", "judge", "tiny-2", "tiny-10"]
    for row in rows:
        assert ENTRIES[row.split()[0]]["title"] in row
        assert re.search(r" [19],[05]00 +2\.00 MB +Fréchet distance 1\.25 \(0\.5\), precision 0\.5$", row)


FILTERS = {
    "tiny*": ["tiny-2", "tiny-10"],
    "--family judge": ["judge"],
    "--data fashion": ["tiny-10"],
    "--modality image --can classify": ["judge"],
    "--max-params 2e3 --can sample": ["digits", "tiny-2"],
    "--family vae": [],
}


@pytest.mark.parametrize("filters", FILTERS)
def test_list_filters(listed, filters):
    result = run("list", *filters.split(), "--json")
    assert json.loads(result.stdout) == [ENTRIES[name] for name in FILTERS[filters]]
    assert result.stderr == ("" if FILTERS[filters] else "No model of the zoo fits.\n")


def test_empty_lists_say_why(listed, tmp_path):
    assert "'*tiny*' finds tiny-2, tiny-10" in run("list", "tiny").stderr
    write_zoo(tmp_path, {})
    assert run("list").output == run("verify", "--all").output == "The zoo holds no models.\n"


def test_info(listed, tmp_path):
    text = run("info", "tiny-2").stdout
    lines = (
        r"config +image_shape: \[8, 8, 1\]; latent_dim: 4; widths: .*",
        r"files +tiny-2/model\.weights\.h5, 2,000,000 bytes",
        r"in Python +model = kerasgen\.load\('tiny-2'\)",
        r"Fréchet distance +1\.25 +1\.2 to 1\.31 +0\.5 +lower +100 of each",
        r"precision +0\.5 +- +- +- +-",
    )
    assert all(re.search(f"^{line}$", text, re.MULTILINE) for line in lines), text
    assert json.loads(run("info", "tiny-2", "--json").stdout) == ENTRIES["tiny-2"]
    foreign = entry("mine", title="red \x1b[31m\nand more", metrics={})
    (tmp_path / "entry.json").write_text(json.dumps(foreign))
    assert "red ?[31m and more\n" in run("info", tmp_path).stdout
    assert json.loads(run("info", tmp_path, "--json").stdout) == foreign


@pytest.mark.parametrize("command", ["info", "sample", "evaluate", "verify"])
def test_unknown_names_get_the_three_nearest(listed, command):
    result = run(command, "tiny-3", code=1)
    assert re.fullmatch(r"Error: There is no .* 'tiny-3'\. Did you mean tiny-2, tiny-10, \w+\? .*\n", result.output)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("tiny-2 -n 0", 2, "count must be an integer from 1 to 1000000; received 0"),
        ("tiny-2 -o a.npy --count 1000001", 2, "count must be .* received 1000001"),
        ("tiny-2 -n 2.5", 2, "'--count'"),
        ("tiny-2 -n 10001", 2, "A PNG shows at most 10000 images; received --count 10001"),
        ("tiny-2 --seed -1", 2, "seed must be an integer from 0 to 9223372036854775807; received -1"),
        ("tiny-2 -o a.jpg", 2, "--output must be a file named .png, .npy or .npz; received 'a.jpg'"),
        ("tiny-2 -o folder.png", 2, "--output must be a file .* received 'folder.png'"),
        ("tiny-2 --label 1", 1, "tiny-2 takes no label. These do: digits."),
        ("digits --label 3", 1, "label must be an integer from 0 to 2; received 3"),
        ("waves", 1, "waves makes sound, not images: --output must name a .npy or .npz file"),
        ("words -o a.png", 2, "--output must be a file named .txt; received 'a.png'"),
    ],
)
def test_bad_arguments_are_refused_before_weights_are_loaded(listed, labelled, monkeypatch, tmp_path, arguments, code, message):
    monkeypatch.setattr(zoo, "load", lambda *_: pytest.fail("weights were loaded"))
    write_zoo(tmp_path, {**ENTRIES, "words": entry("words", modality="text"), "waves": entry("waves", modality="sound")})
    folder = tmp_path / "here" / "folder.png"
    folder.mkdir()
    result = run("sample", *arguments.split(), code=code)
    assert re.search(message, result.stderr) and result.stdout == ""
    assert list(folder.parent.iterdir()) == [folder]


def test_sample_writes_an_enlarged_grid(released, at, tmp_path):
    at(released)
    assert run("sample", "tiny-2", "-n", 3).stdout == "tiny-2.png\n"
    image = np.asarray(Image.open("tiny-2.png"))
    assert image.shape == (230, 230, 3)  # two rows of two images of 8 pixels, 14 times as wide, and gaps of 2
    pixel = zoo.load("tiny-2").sample(3, seed=0)[1, 2, 3, 0]
    assert abs(image[2 + 14 * 2 + 7, 4 + 112 + 14 * 3 + 7, 0] - 127.5 * (pixel + 1)) <= 1
    deep = tmp_path / "new" / "folder" / "grid.png"
    assert run("sample", "tiny-2", "-n", 400, "-o", deep).stdout == f"{deep}\n"
    assert 1000 < max(Image.open(deep).size) <= 2048 + 21 * 2  # the images, and the gaps between them


def test_sample_prints_or_writes_texts(tmp_path):
    texts = zoo.load("lstm-shakespeare").sample(2, seed=3)
    printed = run("sample", "lstm-shakespeare", "-n", 2, "--seed", 3).stdout
    assert printed.startswith(texts[0] + "\n\n---") and printed.endswith("---\n" + texts[1] + "\n")
    path = tmp_path / "new" / "a.txt"
    assert run("sample", "lstm-shakespeare", "-n", 2, "--seed", 3, "-o", path).stdout == f"{path}\n"
    assert path.read_text() == "\n\n".join(texts) + "\n"


def test_sample_writes_arrays(released, at):
    at(released)
    expected = zoo.load("tiny-2").sample(5, seed=7)
    run("sample", "tiny-2", "-n", 5, "--seed", 7, "-o", "a.npy")
    run("sample", "tiny-2", "-n", 5, "--seed", 7, "-o", "sub/a.npz")
    assert np.load("a.npy").dtype == "float32" and (np.load("a.npy") == expected).all()
    assert (np.load("sub/a.npz")["samples"] == expected).all()
    assert run("sample", "digits", "--label", 2, "-o", "b.npy").stdout == "b.npy\n"
    assert np.load("b.npy") == pytest.approx(2 / 3)
    for label in ([], ["--label", "1"]):  # whoever cannot sample says so itself
        assert re.fullmatch("Error: A Judge is no generative model: .*\n", run("sample", "judge", *label, code=1).stderr)


@pytest.mark.filterwarnings("ignore:.*is not used")
def test_verify_marks_every_check_and_goes_on_after_a_failure(released, at, tmp_path):
    entries = json.loads((released / "zoo" / "manifest.json").read_text())["models"]
    entries["digits"]["model"] = "elsewhere.Missing"  # raises
    entries["judge"]["files"][0]["sha256"] = "0" * 64  # fails a check
    write_zoo(tmp_path, {name: entries[name] for name in ("digits", "judge", "tiny-2")})
    (tmp_path / "checkpoints").symlink_to(released / "checkpoints")
    at(tmp_path)
    good = [["ok", "tiny-2", check] for check in ("files", "architecture", "probe")]
    bad = [["FAILED", "digits", "error"], ["FAILED", "judge", "files"]]
    assert [line.split()[:3] for line in run("verify", "tiny-2").stdout.splitlines()] == good
    assert [line.split()[:3] for line in run("verify", "--all", code=1).stdout.splitlines()] == bad + good
    report = json.loads(run("verify", "--all", "--json", code=1).stdout)
    assert [[check["passed"] for check in report[name]] for name in report] == [[False], [False], [True, True, True]]
    assert "elsewhere" in run("verify", "digits", code=1).stderr
    assert all("a name or --all" in run("verify", *names, code=2).stderr for names in ([], ["tiny-2", "--all"]))


def test_evaluate(listed, monkeypatch):
    monkeypatch.setattr(evaluation, "evaluate", lambda name, full: {"white": {"value": np.float32(full), "count": 1}})
    assert run("evaluate", "tiny-2").stdout.splitlines()[1].split() == ["white", "0", *"----"]
    assert json.loads(run("evaluate", "tiny-2", "--full", "--json").stdout)["white"]["value"] == 1.0


def test_evaluate_records_scores_in_entry_and_card(listed, monkeypatch, tmp_path):
    score = {"value": 0.25, "count": 7, "protocol": "by eye"}
    monkeypatch.setattr(evaluation, "evaluate", lambda name, full: {"white": score, "precision": score})
    about = {**zoo.info("tiny-2"), **DESCRIBED}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / zoo.ENTRY_FILE).write_text(json.dumps({**about, "name": "mine"}))
    run("evaluate", tmp_path / "mine", "--record")
    assert zoo.info(str(tmp_path / "mine"))["metrics"] == {**DESCRIBED["metrics"], "white": score, "precision": score}
    assert "| white  | 0.25 |  |  | 7 | by eye |" in (tmp_path / "mine" / "card.md").read_text()

    monkeypatch.setattr("kerasgen.release.checkout", lambda: None)
    assert "can be recorded in a checkout" in run("evaluate", "tiny-2", "--record", code=1).stderr


def test_train_passes_its_options_on(listed, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("kerasgen.training.train", lambda *args, **more: calls.append((args, more)) or tmp_path)
    cli.Path("own.py").write_text("import kerasgen\nrecipe = kerasgen.Recipe('own', 'own', *[None] * 3, 1, 1, None)\n")
    result = run("train", "own.py", "-o", "out", "--run-folder", "runs", "--resume", "--smoke", "--quick")
    assert calls == [(("own.py", cli.Path("out"), cli.Path("runs"), True, False, True), {"full": False, "from_search": False})]
    assert result.stdout == f"{tmp_path}\n" and f"kerasgen.load('{tmp_path.name}')" in result.stderr
    (tmp_path / "entry.json").touch()
    assert f"kerasgen.load('{tmp_path}')" in run("train", "own.py").stderr
    assert calls[1] == (("own.py", None, None, False, False, False), {"full": True, "from_search": False})
    assert "exclude each other" in run("train", "own.py", "--resume", "--restart", code=2).stderr
    assert "There is no recipe named 'own'" in run("train", "own", code=1).stderr


def test_finetune_passes_its_options_on(released, at, monkeypatch, tmp_path):
    at(released)
    calls = []
    monkeypatch.setattr("kerasgen.finetuning.finetune", lambda *args, **more: calls.append((args, more)) or tmp_path / "mine")
    options = (
        "--steps 5 --freeze a* --freeze b --learning-rate 0.1 --run-folder runs --restart --seed 3 --every 2 --drop-unknown"
    )
    result = run("finetune", "tiny-2", "--data", "photos", "-o", "mine", *options.split())
    assert calls[0][0] == ("tiny-2", "photos")
    given = {"steps": 5, "minutes": None, "freeze": ["a*", "b"], "learning_rate": 0.1, "output": cli.Path("mine")}
    how = {"run_folder": cli.Path("runs"), "resume": False, "restart": True, "seed": 3, "every": 2, "drop_unknown": True}
    assert calls[0][1] == {**given, **how}
    assert result.stdout == f"{tmp_path / 'mine'}\n" and "kerasgen.load(" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("tiny-2", 2, "Missing option '--data'"),
        ("tiny-2 --data absent", 1, "received 'absent', which does not exist"),
        ("tiny-3 --data absent", 1, "There is no model named 'tiny-3'"),
        ("tiny-2 --data mnist --steps 1 --minutes 1", 2, "--steps and --minutes exclude each other"),
        ("tiny-2 --data mnist --resume --restart", 2, "--resume and --restart exclude each other"),
        ("trained --data mnist --steps 0", 1, "steps must be an integer from 1 to 1000000000; received 0"),
        ("trained --data mnist --learning-rate -1", 1, r"learning_rate must be a number from 1e-09 to 10; received -1.0"),
        ("trained --data mnist --every 0", 1, "every must be an integer from 1 to 1000000; received 0"),
        ("tiny-2 --data mnist", 1, "tiny-2 has no optimizer to go on with"),
    ],
)
def test_finetune_refuses_before_weights_are_loaded(listed, monkeypatch, tmp_path, arguments, code, message):
    monkeypatch.setattr(zoo, "load", lambda *_: pytest.fail("weights were loaded"))
    write_zoo(tmp_path, {**ENTRIES, "trained": entry("trained", compile={"optimizer": {}})})
    result = run("finetune", *arguments.split(), code=code)
    assert re.search(message, result.stderr) and result.stdout == ""


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
        (KeyboardInterrupt, 130, f"Interrupted.{cli.RESUME}\n"),
    ],
)
def test_errors_are_one_line_unless_debugging(listed, monkeypatch, kind, code, message):
    def fail(name):
        raise kind("oops")

    monkeypatch.setattr(cli, "load_recipe", fail)
    result = run("train", "own", code=code)
    assert (result.stdout, result.stderr) == ("", message)
    debugged = run("--debug", "train", "own", code=code)
    assert kind is KeyboardInterrupt or (type(debugged.exception) is kind and debugged.stderr == "")


@pytest.mark.parametrize("command", ["", "list", "info", "sample", "train", "finetune", "tune", "evaluate", "verify"])
def test_help_is_whole_and_has_an_example(listed, command):
    text = run(*command.split(), "-h").stdout
    assert "Example" in text and "..." not in text.replace("[ARGS]...", "")
    run(command or "nonsense", "--nonsense", code=2)
    assert "kerasgen 0." in run("--version").stdout


@pytest.mark.parametrize("columns", [40, 80, 130])
def test_tables_in_a_terminal_fold_and_lose_nothing(monkeypatch, columns):
    stdout = io.StringIO()
    stdout.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    header, rows = ("name", "words"), [("a-name[bold]" * 6, "some words " * 12), ("b", "x" * 70 + "end")]
    cli.print_table(header, rows)
    lines = re.sub("\x1b.*?m", "", stdout.getvalue()).splitlines()  # the header is bold
    assert len(lines) > 3 and 60 < max(map(len, lines)) <= max(80, columns)
    split = lines[0].index("words")
    found = ["".join(line[part] for line in lines[1:]) for part in (slice(split), slice(split, None))]
    assert [text.replace(" ", "") for text in found] == ["".join(c).replace(" ", "") for c in zip(*rows, strict=True)]
