"""train and finetune: options that are passed on, and refusals."""

import pathlib
import re

import pytest
from command_line import run
from tiny_zoo import ENTRIES, entry, write_zoo

from kerasgen import zoo


def test_train_passes_its_options_on(listed, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("kerasgen.cli.learn.show_scores", lambda folder: None)
    monkeypatch.setattr("kerasgen.workflow.train", lambda *args, **more: calls.append((args, more)) or tmp_path)
    pathlib.Path("own.py").write_text("import kerasgen\nrecipe = kerasgen.Recipe('own', 'own', None, 'own', None)\n")
    result = run("train", "own.py", "-o", "out", "--run-folder", "runs", "--resume", "--smoke", "--quick")
    assert calls == [
        (("own.py", pathlib.Path("out"), pathlib.Path("runs"), True, False, True), {"full": False, "from_search": False})
    ]
    assert result.stdout == f"{tmp_path}\n" and f"kerasgen.load('{tmp_path}')" in result.stderr
    published = tmp_path / "checkpoints" / "own"
    monkeypatch.setattr("kerasgen.workflow.train", lambda *args, **more: calls.append((args, more)) or published)
    assert "kerasgen.load('own')" in run("train", "own.py").stderr  # an entry of the zoo has a name
    assert calls[1] == (("own.py", None, None, False, False, False), {"full": True, "from_search": False})
    assert "exclude each other" in run("train", "own.py", "--resume", "--restart", code=2).stderr
    assert "There is no recipe named 'own'" in run("train", "own", code=1).stderr


def test_finetune_passes_its_options_on(released, at, monkeypatch, tmp_path):
    at(released)
    calls = []
    monkeypatch.setattr("kerasgen.cli.learn.show_scores", lambda folder: None)
    monkeypatch.setattr(
        "kerasgen.training.finetuning.finetune", lambda *args, **more: calls.append((args, more)) or tmp_path / "mine"
    )
    options = (
        "--steps 5 --freeze a* --freeze b --learning-rate 0.1 --run-folder runs --restart --seed 3 --every 2 --drop-unknown "
        "--skip-broken --keep-worse"
    )
    result = run("finetune", "tiny-2", "--data", "photos", "-o", "mine", *options.split())
    assert calls[0][0] == ("tiny-2", "photos")
    given = {"steps": 5, "minutes": None, "freeze": ["a*", "b"], "learning_rate": 0.1, "output": pathlib.Path("mine")}
    how = {"run_folder": pathlib.Path("runs"), "resume": False, "restart": True, "seed": 3, "every": 2}
    more = {"drop_unknown": True, "skip_broken": True, "keep_worse": True, "extend_vocabulary": False}
    assert calls[0][1] == {**given, **how, **more}
    assert result.stdout == f"{tmp_path / 'mine'}\n" and "kerasgen.load(" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("tiny-2", 2, "Missing option '--data'"),
        ("tiny-2 --data absent", 1, "received 'absent', which does not exist"),
        ("tiny-3 --data absent", 1, "There is no model named 'tiny-3'"),
        ("tiny-2 --data mnist --steps 1 --minutes 1", 2, "--steps and --minutes exclude each other"),
        (
            "tiny-2 --data a.txt --drop-unknown --extend-vocabulary",
            2,
            "--drop-unknown and --extend-vocabulary exclude each other",
        ),
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
