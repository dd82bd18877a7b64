"""evaluate, verify and index: what they print, write and return."""

import json
import re

import pytest
from command_line import run
from tiny_zoo import ENTRIES, write_zoo

from kerasgen import evaluation, zoo
from kerasgen.score import Score
from kerasgen.zoo import entries, index


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
    monkeypatch.setattr(evaluation, "evaluate", lambda name, full: {"white": Score(float(full), 1, "by eye")})
    assert run("evaluate", "tiny-2").stdout.splitlines()[1].split() == ["white", "0", *"---", "by", "eye"]
    found = json.loads(run("evaluate", "tiny-2", "--full", "--json").stdout)
    assert found == {"white": {"value": 1.0, "count": 1, "protocol": "by eye"}}


def test_evaluate_records_scores_in_entry_and_card(listed, monkeypatch, tmp_path):
    score = Score(0.25, 7, "by eye", reference=0.0)
    monkeypatch.setattr(evaluation, "evaluate", lambda name, full: {"white": score, "precision": score})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / entries.ENTRY_FILE).write_text(json.dumps({**zoo.info("tiny-2"), "name": "mine"}))
    run("evaluate", tmp_path / "mine", "--record")
    recorded = {**ENTRIES["tiny-2"]["metrics"], "white": score.to_dict(), "precision": score.to_dict()}
    assert zoo.info(str(tmp_path / "mine"))["metrics"] == recorded
    assert "| white  | 0.25 |  | 0 | 7 | by eye |" in (tmp_path / "mine" / "card.md").read_text()

    monkeypatch.setattr("kerasgen.training.release.checkout", lambda: None)
    assert "recorded in a checkout" in run("evaluate", "tiny-2", "--record", code=1).stderr


# What is absent


def test_what_did_not_travel_with_an_installed_package_is_absent_and_no_failure(released, at, tmp_path, monkeypatch):
    models = json.loads((released / "zoo" / "manifest.json").read_text())["models"]
    models["tiny-10"]["files"][0]["path"] = "elsewhere/model.weights.h5"
    write_zoo(tmp_path, models)
    (tmp_path / "checkpoints").symlink_to(released / "checkpoints")
    at(tmp_path)
    assert [line.split()[:2] for line in run("verify", "tiny-10", code=1).stdout.splitlines()] == [["FAILED", "tiny-10"]]

    monkeypatch.setattr(evaluation, "checkout", lambda: None)  # an installed package
    lines = [line.split() for line in run("verify", "--all").stdout.splitlines()]
    assert [line[:3] for line in lines if line[1] == "tiny-10"] == [["absent", "tiny-10", "files"]]
    assert {line[1] for line in lines if line[0] == "ok"} == {"digits", "judge", "tiny-2"} and len(lines) == 1 + 3 * 3
    assert re.search(
        r"absent +tiny-10 +files +not on this machine; `kerasgen.load` fetches 0\.\d\d MB", run("verify", "--all").stdout
    )
    report = json.loads(run("verify", "--all", "--json").stdout)
    assert [check["passed"] for check in report["tiny-10"]] == [None]

    at(tmp_path)
    monkeypatch.setattr(evaluation, "checkout", lambda: tmp_path)  # in a checkout they have to be there
    lines = [line.split()[:3] for line in run("verify", "--all", code=1).stdout.splitlines()]
    assert ["FAILED", "tiny-10", "files"] in lines


def test_what_is_here_and_wrong_fails_in_an_installed_package_too(released, at, tmp_path, monkeypatch):
    models = json.loads((released / "zoo" / "manifest.json").read_text())["models"]
    models = {"tiny-2": models["tiny-2"]}
    models["tiny-2"]["files"][0]["sha256"] = "0" * 64
    write_zoo(tmp_path, models)
    (tmp_path / "checkpoints").symlink_to(released / "checkpoints")
    at(tmp_path)
    monkeypatch.setattr(evaluation, "checkout", lambda: None)
    with pytest.warns(UserWarning, match="is not used: its sha256"):
        assert run("verify", "--all", code=1).stdout.startswith("FAILED")


# index


@pytest.fixture
def stale(at, tmp_path, monkeypatch):
    """A checkout with one model and nothing that is generated."""
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    (tmp_path / "checkpoints" / "tiny-2").mkdir(parents=True)
    (tmp_path / "checkpoints" / "tiny-2" / entries.ENTRY_FILE).write_text(json.dumps(ENTRIES["tiny-2"]))
    monkeypatch.setattr(index, "checkout", lambda: tmp_path)
    at(tmp_path)
    return tmp_path


def test_index_writes_what_is_stale_and_check_only_says_so(stale):
    pages = ["zoo/manifest.json", "zoo/README.md", "checkpoints/tiny-2/card.md"]
    assert run("index", "--check", code=1).stdout.splitlines() == pages
    assert not (stale / "zoo" / "manifest.json").exists()
    assert run("index").stdout.splitlines() == pages
    assert run("index", "--check").output == run("index").output == ""
    (stale / "checkpoints" / "tiny-2" / "card.md").write_text("by hand")
    assert run("index", "--check", code=1).stdout == "checkpoints/tiny-2/card.md\n"
    assert run("list").stdout.splitlines()[1].startswith("tiny-2")


def test_index_of_a_broken_entry_and_of_an_installed_package(stale, monkeypatch):
    (stale / "checkpoints" / "tiny-2" / entries.ENTRY_FILE).write_text("{")
    assert "broken in line 1" in run("index", "--check", code=1).stderr
    monkeypatch.setattr(index, "checkout", lambda: None)
    assert "An installed package has nothing to generate" in run("index", code=1).stderr
