"""Declared data sets read from tiny files."""

import dataclasses
import gzip
import hashlib
import lzma

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import places, ragged

PACK = {".gz": gzip.compress, ".xz": lzma.compress}


def record(form, content):
    """The `RawFile` of this content."""
    return dataclasses.replace(form, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def check(about, splits):
    """What the declaration says of fields and splits holds for the arrays."""
    assert set(splits) == set(about.counts)
    for fields in splits.values():
        lengths = {f"{field}_length" for field in fields if f"{field}_length" in fields}
        assert set(fields) - lengths == set(about.fields)
        assert all(isinstance(array, np.ndarray) and array.dtype != object for array in fields.values())
        assert all(fields[name].dtype == np.int64 for name in lengths | ({"label", "length"} & set(fields)))
        for name in lengths:
            assert "text" in about.fields[name.removesuffix("_length")] and data.to_strings(
                fields, name.removesuffix("_length")
            )
        for field, names in about.labels.items():
            if field in fields:
                assert 0 <= fields[field].min() <= fields[field].max() < len(names)
        if about.unit not in ("bytes", "hours", "days"):
            assert ragged.count(fields) == len(fields[about.counted_by]) > 0


@pytest.fixture
def check_form():
    """The function `check` of this file."""
    return check


@pytest.fixture
def no_packaged(monkeypatch, tmp_path):
    """Nothing travels with the package, and the user's folder is an empty one, which is returned."""
    monkeypatch.setattr(places, "PACKAGED", tmp_path / "package")
    monkeypatch.setenv("KERASGEN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("KERASGEN_MIRROR", raising=False)
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    return tmp_path / "data"


@pytest.fixture
def tiny(no_packaged):
    """A function (name, {path: content}) that loads a declared data set from these contents in place of its own files.

    They are written as the declaration says, packed where it allows that, with sizes and hashes to match.
    """

    def load(name, contents):
        about, files = data.describe(name), []
        assert set(contents) == {file.path for file in about.files}
        folder = places.raw_folder(about)
        folder.mkdir(parents=True, exist_ok=True)
        for file in about.files:
            content, form = contents[file.path], file.packed or file
            written = PACK.get((folder / form.path).suffix, bytes)(content)
            (folder / form.path).write_bytes(written)
            packed = record(file.packed, written) if file.packed else None
            files.append(dataclasses.replace(record(file, content if packed else written), packed=packed))
        splits = data.load(dataclasses.replace(about, files=tuple(files)))
        check(about, splits)
        return splits

    return load


@pytest.fixture
def strings():
    """A function (fields, field) that returns a list of texts as a list of str."""
    return data.to_strings
