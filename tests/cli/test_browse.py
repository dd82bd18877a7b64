"""list and info: what they print where, and their exit codes."""

import json
import re

import pytest
from command_line import run
from tiny_zoo import ENTRIES, entry, write_zoo


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
