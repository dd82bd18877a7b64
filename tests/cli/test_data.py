"""kerasgen data: list and info."""

import json

import pytest
from typer.testing import CliRunner

from kerasgen import data
from kerasgen.cli import app


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function (*arguments) that returns what `kerasgen data` prints; no data set is at hand but those in the package."""
    monkeypatch.setenv("KERASGEN_DATA", str(tmp_path))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.delenv("KERASGEN_MIRROR", raising=False)
    monkeypatch.delenv("KERASGEN_IMPORT", raising=False)

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(app, ["data", *arguments])
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.stderr

    return invoke


def test_list_names_every_data_set_and_where_it_is(run):
    rows = {line.split()[0]: line for line in run("list").splitlines()}
    assert set(data.names()) == set(rows) - {"name"}
    assert rows["ptb"].endswith("to be fetched") and rows["fonts"].endswith("to be placed")
    assert (
        rows["crawl_tiles"].endswith("in the package") and "train 4,598, validation 596, test 622 images" in rows["crawl_tiles"]
    )


def test_list_filters_by_modality(run):
    found = json.loads(run("list", "--modality", "tags", "--json"))
    assert {each["name"] for each in found} >= {"conll2000", "ud_english_ewt"}
    assert {each["modality"] for each in found} == {"tags"} and found[0]["counts"]["train"] > 0
    assert run("list", "--modality", "smell") == ""


def test_info_says_all_that_is_known(run, tmp_path):
    said = run("info", "ptb")
    about = data.describe("ptb")
    for words in (about.licence, about.source, str(tmp_path / "raw" / "ptb"), "ptb.train.txt.gz", "not to be published"):
        assert words in said
    assert all(digest in said for digest in about.hashes.values()) and all(file.urls[0] in said for file in about.files)
    made = run("info", "cifar10_subset")
    assert "made          from the 60,000 .png files" in made and "label: airplane, automobile" in made


@pytest.mark.parametrize("name", ["ptb", "mnist", "vglc"])
def test_info_as_json_is_the_declaration(run, name):
    known, about = json.loads(run("info", name, "--json")), data.describe(name)
    assert known["hashes"] == about.hashes and known["fields"] == about.fields and "read" not in known
    assert [file["sha256"] for file in known["files"]] == [file.sha256 for file in about.files]


def test_unknown_names_are_an_error(run):
    assert "cifar10_subset" in run("info", "cifar10", code=1)
    assert "Did you mean mnist" in run("info", "mnits", code=1)
