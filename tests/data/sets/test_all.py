"""What every declared data set owes, whatever it holds."""

import pathlib
import re

import pytest

from kerasgen import data
from kerasgen.data import places, registry
from kerasgen.download import checked_record

NAMES = registry.declared()
FIXED = re.compile(r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/.+|https://.+/v\d+\.\d+\.\d+\.tar\.gz")


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_is_complete(name):
    about = data.describe(name)
    assert about.name == name and re.fullmatch("[a-z][a-z0-9_]*", about.modality)
    assert (about.read is None) == bool(about.files) == (about.parse is not None)
    assert "not stated" not in (about.licence, about.source)
    assert about.fields and about.counted_by.removesuffix("_length") in about.fields
    assert set(about.counts) == set(about.hashes) and {"test"} <= set(about.counts)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in about.hashes.values())
    assert about.made or about.remote or all(file.urls for file in about.files)
    assert not set(about.instead_of) & set(data.names())


@pytest.mark.parametrize("name", NAMES)
def test_files_are_served_at_a_fixed_version(name):
    for file in data.describe(name).files:
        for form in file.forms:
            assert checked_record({"path": form.path, "bytes": form.bytes, "sha256": form.sha256})
            assert "/" not in form.path
        assert all(FIXED.fullmatch(url) for url in file.urls)
        assert file.packed is None or (not file.packed.urls and pathlib.Path(file.packed.path).suffix in (".gz", ".xz"))


def test_each_has_a_test_of_its_own():
    here = pathlib.Path(__file__).parent
    assert {f"test_{name}.py" for name in NAMES} <= {path.name for path in here.iterdir()}


def at_hand(name):
    """Whether the data are on this machine, and can be read without TensorFlow."""
    about = data.describe(name)
    if about.remote:
        return places.npz_path(about).is_file()
    return places.whereabouts(about) in (places.HERE, places.IN_PACKAGE)


def listed():
    """Those at hand; the ones outside of the package take too long together for every run."""
    for name in filter(at_hand, NAMES):
        is_packaged = places.whereabouts(data.describe(name)) == places.IN_PACKAGE
        yield pytest.param(name, marks=() if is_packaged else pytest.mark.slow)


@pytest.mark.parametrize("name", list(listed()))
def test_the_real_files_give_the_recorded_splits(name, check_form):
    about, splits = data.describe(name), data.load(name)
    check_form(about, splits)
    assert {split: len(fields[about.counted_by]) for split, fields in splits.items()} == about.counts
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == about.hashes
