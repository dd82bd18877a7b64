"""list and info: what they print where, and their exit codes."""

import io
import json
import re
import sys

import pytest
from command_line import run
from tiny_zoo import ENTRIES, entry, write_zoo

from kerasgen import zoo
from kerasgen.cli import browse
from kerasgen.zoo import card


def test_list_gives_each_model_a_line_that_is_whole_in_a_pipe(listed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    header, *rows = run("list").stdout.splitlines()
    assert header.split() == ["name", "size", "what", "score"]
    assert [row.split()[0] for row in rows] == ["digits", "judge", "tiny-2", "tiny-10"]
    for row in rows:
        assert re.search(rf" 2\.00 MB +{ENTRIES[row.split()[0]]['title']} +1\.25 Fréchet distance$", row)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("names", ["tiny_zoo", "the zoo"])
def test_list_fits_a_terminal(request, monkeypatch, columns, names):
    if names == "tiny_zoo":
        request.getfixturevalue("listed")
    stdout = io.StringIO()
    stdout.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    browse.list_models()
    header, *rows = re.sub("\x1b.*?m", "", stdout.getvalue()).splitlines()
    assert [row.split()[0] for row in rows] == zoo.list_models()  # a line each
    assert max(map(len, rows)) <= columns and header.split() == ["name", "size", "what", "score"]
    for row in rows:
        size, title, score = card.line(zoo.info(row.split()[0]))
        shown, number = row.split("MB", 1)[1], score.split()[0]
        assert f" {size} " in row and shown.strip()[:12] == title[:12] and f" {number} " in shown


FILTERS = {
    "tiny*": ["tiny-2", "tiny-10"],
    "--family judge": ["judge"],
    "--data fashion": ["tiny-10"],
    "--modality image --can classify": ["judge"],
    "--max-params 2e3 --can sample": ["digits", "tiny-2"],
    "--max-params 1": [],
    "TINY-* --family GAN": ["tiny-2", "tiny-10"],
}


@pytest.mark.parametrize("filters", FILTERS)
def test_list_filters(listed, filters):
    result = run("list", *filters.split(), "--json")
    assert json.loads(result.stdout) == [ENTRIES[name] for name in FILTERS[filters]]
    assert result.stderr == ("" if FILTERS[filters] else "No model of the zoo fits.\n")


def test_filters_that_no_model_passes_say_what_there_is(listed):
    error = "Error: family: no model of the zoo is of the family 'vae'; there are gan, judge.\n"
    assert run("list", "--family", "vae", code=1).stderr == error
    assert "'cifar10'; there are fashion, mnist.\n" in run("list", "--data", "cifar10", code=1).stderr


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
        r"precision +0\.5 +- +- +- +10 of each",
        r"recall +0\.25 +- +- +- +10 of each",
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
