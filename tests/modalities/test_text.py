"""Texts of a user's own: how they are read, cut and batched; and what is written, shown and probed."""

import re
import types

import numpy as np
import pytest
import tiny
from own_data import LETTERS, read_text, text

from kerasgen import data, modalities
from kerasgen.modalities.text import LENGTH, as_bytes

TEXT = modalities.get("text")


def test_a_text_is_cut_by_position(tmp_path):
    (tmp_path / "a.txt").write_text(text())
    about, splits, _ = read_text(tmp_path / "a.txt")
    found = [data.to_text(splits[part]["text"]) for part in ("train", "validation", "test")]
    assert "".join(found) == text() and [*map(len, found)] == [8000, 1000, 1000]
    assert about.splits == "validation and test: a tenth each of the text, its end last" and about.source == "a text file"


def test_unknown_characters_are_shown_or_left_out(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(("\ufeffé" + "xé" + text()).replace("\n", "\r\n").encode())
    with pytest.raises(
        ValueError, match=r"3 of 10,003 characters are unknown to the model: 'é' \(2\), 'x' \(1\)\. .*--drop-unknown"
    ):
        read_text(path)
    _, splits, notes = read_text(path, drop_unknown=True)
    assert "".join(data.to_text(splits[part]["text"]) for part in splits) == text() and "they were left out" in notes


def test_an_archive_of_texts_keeps_its_parts(tmp_path):
    np.savez(tmp_path / "a.npz", **{"train/text": as_bytes(text()), "test/text": as_bytes(text(1500))})
    about, splits, _ = read_text(tmp_path / "a.npz")
    assert [len(splits[part]["text"]) for part in ("train", "validation", "test")] == [9000, 1000, 1500]
    assert about.splits == "validation: a tenth of the text, its end last"


def test_wrong_sources(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(text(9999))
    (tmp_path / "b.txt").write_bytes(b"abc\xff")
    np.savez(tmp_path / "c.npz", text=np.arange(20_000))
    for source, message in (
        ("empty", "data must be a .txt file or an .npz file for a model of text"),
        ("absent.txt", "which does not exist"),
        ("a.txt", "at least 10,000 characters .* received 9,999"),
        ("b.txt", r"must be UTF-8 text: byte 3 \(0xff\) is none"),
        ("c.npz", r"text must be the UTF-8 bytes of one text, uint8 \(count,\); received int64"),
    ):
        with pytest.raises(ValueError) as caught:
            read_text(tmp_path / source)
        assert re.search(message, str(caught.value)), caught.value


def test_windows_begin_where_lines_begin_if_there_are_lines():
    recipe = types.SimpleNamespace(batch_size=4, seed=0, steps_per_epoch=None)
    model = types.SimpleNamespace(tokenizer=LETTERS)
    known = text()
    for words, has_lines in ((known, True), (known.replace("\n", "a"), False)):
        batches = TEXT.batches(recipe, {"train": {"text": as_bytes(words)}}, model)
        windows = np.concatenate([batches[i] for i in range(len(batches))])
        assert windows.shape[1] == LENGTH
        ids = LETTERS.encode(words)
        starts = {i for i in range(len(ids) - LENGTH) if i == 0 or words[i - 1] == "\n"}
        first = {bytes(ids[i : i + LENGTH].astype("uint8")) for i in starts}
        assert all((bytes(window.astype("uint8")) in first) for window in windows) == has_lines
    part = {"text": as_bytes(text(10 * LENGTH))}
    assert TEXT.batch_size(64, part, ("text",)) == 9 and TEXT.batch_size(3, part, ("text",)) == 3


def test_what_is_shown_and_written(tmp_path):
    TEXT.write(["ab", "c"], tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "ab\n\nc\n"
    assert re.fullmatch(r"ab\n\n-+\nc", TEXT.printed(["ab", "c"]))
    assert TEXT.shown({}) == [] and TEXT.shown({"example": "ab"}) == ["```text", "ab", "```"]
    assert TEXT.shown({"example": "ab", "samples": "samples.txt"})[-1].endswith("[samples.txt](samples.txt).")
    assert TEXT.snippet({"capabilities": ["sample", "generate"]}).startswith("print(model.generate(")
    assert TEXT.snippet({"capabilities": ["sample"]}) == "samples = model.sample(16, seed=0)"
    with pytest.raises(ValueError, match=r"--output must be a file named \.txt; received '.*a\.png'"):
        TEXT.check_output(tmp_path / "a.png", 1)


def test_a_model_of_texts_shows_and_probes_itself(tmp_path):
    model = tiny.stir(tiny.build("lstm"))
    assert TEXT.save_samples(model, tmp_path / "samples") == "samples.txt"
    assert (tmp_path / "samples.txt").read_text().count("-" * 60) == 7
    assert TEXT.example(model) == model.sample(1, seed=0)[0]
    probed = TEXT.probe(model, "log_prob", 7)
    assert probed.shape == (16,) and (probed < 0).all() and np.array_equal(probed, TEXT.probe(model, "log_prob", 7))
    assert not np.array_equal(probed, TEXT.probe(model, "log_prob", 8))
