"""Formats of files."""

import io
import tarfile

import numpy as np
import pytest

from kerasgen.data import parsing, to_strings

LINES = {
    b"": [],
    b"a": ["a"],
    b"a\n": ["a"],
    b"a\n\n": ["a", ""],
    b"a\r\nb\r\n": ["a", "b"],
    "a\x85\u2028b".encode(): ["a\x85\u2028b"],
}


@pytest.mark.parametrize(("content", "lines"), LINES.items())
def test_only_newlines_end_a_line(content, lines):
    assert parsing.lines(content) == lines


@pytest.mark.parametrize("header", [True, False])
def test_a_column_is_the_list_of_its_lines(header):
    content = "SMILES\nCC\n\nc1ccé\n".encode()
    assert to_strings(parsing.column("smiles", content, header), "smiles") == parsing.lines(content)[1 if header else 0 :]


def test_nothing_is_unpacked_to_the_disk(tmp_path, monkeypatch):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("../out.txt", "/root.txt", "in/a.txt"):
            entry = tarfile.TarInfo(name)
            entry.size = 3
            archive.addfile(entry, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    monkeypatch.chdir(tmp_path)
    assert set(parsing.tar_members(file.getvalue()).values()) == {b"abc"} and not any(tmp_path.iterdir())
    assert "link" not in parsing.tar_members(file.getvalue())


def test_objects_are_refused():
    file = io.BytesIO()
    np.savez(file, strokes=np.array([[1], [2, 3]], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        parsing.npz(file.getvalue())


def test_what_is_no_text_is_refused():
    assert parsing.text("ü".encode()).tolist() == [195, 188]
    with pytest.raises(UnicodeDecodeError):
        parsing.text(b"\xff")
