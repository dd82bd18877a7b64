"""Files of data sets: found or fetched, compared, and what is said of those that are not there."""

import dataclasses
import gzip
import hashlib
import lzma
import os

import pytest
from faulty_server import serving

from kerasgen import data, download
from kerasgen.data import places, raw
from kerasgen.download import FileCorrupt, FileUnavailable

CONTENT = b"one line\nanother line\n" * 500


def record(path, content=CONTENT, **more):
    return raw.RawFile(path, len(content), hashlib.sha256(content).hexdigest(), **more)


def lines(*files, **more):
    """A data set of these files: {"train": {"text": the first file}}."""
    return data.DataSet(
        "lines", files=files, parse=lambda contents: {"train": {"text": contents[files[0].path]}}, licence="CC0", **more
    )


PLAIN = lines(record("a.txt"))
PACKED = lines(record("a.txt", packed=record("a.txt.xz", lzma.compress(CONTENT))))


@pytest.fixture
def folder(no_packaged):
    return no_packaged / "raw" / "lines"


@pytest.fixture
def mirror(monkeypatch, no_packaged):
    """A function (content, fault) after which KERASGEN_MIRROR names a server of that content; it is returned."""
    monkeypatch.delenv("KERASGEN_OFFLINE")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    with serving(CONTENT) as server:

        def serve(content=CONTENT, fault="none"):
            server.content = content
            monkeypatch.setenv("KERASGEN_MIRROR", server.mirror(fault))
            return server

        yield serve


def place(path, content=CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def loaded(about):
    return data.load(about)["train"]["text"]


def fails(about, *words, error=FileUnavailable):
    """Loads, expects `error`, and returns its message, in which all `words` must stand."""
    with pytest.raises(error) as caught:
        data.load(about)
    message = str(caught.value)
    assert all(word in message for word in words), message
    return message


# Found


def test_a_file_in_the_users_folder_is_read(folder):
    place(folder / "a.txt")
    assert loaded(PLAIN) == loaded(PACKED) == CONTENT


@pytest.mark.parametrize("about", [PACKED, lines(record("a.txt.gz", gzip.compress(CONTENT, mtime=0)))])
def test_a_packed_file_is_as_good(folder, about):
    form = about.files[0].forms[0]
    place(folder / form.path, lzma.compress(CONTENT) if form.path.endswith("xz") else gzip.compress(CONTENT, mtime=0))
    assert loaded(about) == CONTENT
    assert [path.name for path in folder.iterdir()] == [form.path]  # nothing is unpacked to the disk


def test_a_file_in_the_package_goes_first(folder, tmp_path):
    place(tmp_path / "package" / "lines" / "a.txt")
    assert loaded(PLAIN) == CONTENT and places.whereabouts(PLAIN) == places.IN_PACKAGE


def test_sets_may_share_a_folder(no_packaged):
    place(no_packaged / "raw" / "both" / "a.txt")
    assert loaded(dataclasses.replace(PLAIN, folder="both")) == CONTENT


def test_a_folder_that_may_not_be_written_serves(folder):
    place(folder / "a.txt")
    before = (folder / "a.txt").stat().st_mtime_ns
    folder.chmod(0o500)
    try:
        assert loaded(PLAIN) == CONTENT and (folder / "a.txt").stat().st_mtime_ns == before
    finally:
        folder.chmod(0o700)


def test_raw_may_be_a_link(no_packaged, tmp_path):
    place(tmp_path / "elsewhere" / "lines" / "a.txt")
    no_packaged.mkdir()
    (no_packaged / "raw").symlink_to(tmp_path / "elsewhere")
    assert loaded(PLAIN) == CONTENT


# Not found


def test_what_is_missing_is_named_with_where_to_place_it(folder):
    url = "https://raw.githubusercontent.com/a/b/c/a.txt"
    about = lines(record("a.txt", urls=(url,), packed=PACKED.files[0].packed), record("b.txt"), made="by hand")
    place(folder / "b.txt")
    said = fails(
        about, "'lines'", f"place it at {folder / 'a.txt'}", "11,000 bytes", "or a.txt.xz", url, "KERASGEN_OFFLINE forbids"
    )
    assert "b.txt" not in said and "by hand" not in said  # the one that is here needs no words
    assert "KERASGEN_DATA" in said and "raw/lines/" in said and "KERASGEN_MIRROR" in said and "data/lines/" in said


def test_how_a_set_without_address_was_made_is_said(folder):
    said = fails(lines(record("a.txt"), made="from b by c"), "made so: from b by c. Licence: CC0.", str(folder / "a.txt"))
    assert "not tried" not in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONTENT[:-1], "got 10999 of 11000 bytes"),
        (CONTENT + b"x", "more than 11000 bytes"),
        (CONTENT.replace(b"one", b"0ne"), "its sha256 is"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<html>", "looks like HTML"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(folder, content, words):
    place(folder / "a.txt", content)
    with pytest.warns(UserWarning, match=r"a\.txt is not used"):
        fails(PLAIN, f"{folder / 'a.txt'}: ", words, error=FileCorrupt)
    assert (folder / "a.txt").read_bytes() == content  # it is the user's


def test_beside_a_damaged_file_the_packed_one_is_taken(folder):
    place(folder / "a.txt.xz", b"broken")
    place(folder / "a.txt")
    with pytest.warns(UserWarning, match=r"a\.txt\.xz is not used"):
        assert loaded(PACKED) == CONTENT


# Fetched


def test_a_missing_file_comes_from_a_mirror(folder, mirror):
    server = mirror()
    assert places.whereabouts(PLAIN) == places.TO_FETCH
    assert loaded(PLAIN) == CONTENT and (folder / "a.txt").read_bytes() == CONTENT
    assert loaded(PLAIN) == CONTENT and len(server.requests) == 1 and places.whereabouts(PLAIN) == places.HERE


def test_of_a_mirror_the_packed_file_is_asked_first(folder, mirror):
    server = mirror(lzma.compress(CONTENT))
    assert loaded(PACKED) == CONTENT and len(server.requests) == 1
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == ["a.txt.xz"]


def test_else_the_plain_one_is(folder, mirror):
    server = mirror()  # it gives the plain content under both names
    assert loaded(PACKED) == CONTENT and len(server.requests) == 2 and (folder / "a.txt").read_bytes() == CONTENT


def test_a_damaged_file_is_fetched_anew(folder, mirror):
    mirror()
    place(folder / "a.txt", b"broken")
    with pytest.warns(UserWarning, match="is not used: got 6 of"):
        assert loaded(PLAIN) == CONTENT


@pytest.mark.parametrize(("fault", "error"), [("404", FileUnavailable), ("flipped", FileCorrupt), ("html", FileCorrupt)])
def test_a_mirror_that_fails_is_named(folder, mirror, fault, error):
    server = mirror(fault=fault)
    about = lines(record("a.txt"), record("b.txt"))
    fails(about, f"{server.mirror(fault)}/data/lines/a.txt: ", f"at {folder / 'b.txt'}", error=error)
    assert len(server.requests) == 1  # the second file is not asked for in vain


def test_offline_asks_nobody(folder, mirror, monkeypatch):
    server = mirror()
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    fails(PLAIN, "KERASGEN_OFFLINE forbids downloads")
    assert not server.requests and not folder.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(no_packaged, mirror):
    mirror()
    (no_packaged / "raw").mkdir(parents=True)
    (no_packaged / "raw").chmod(0o500)
    try:
        fails(PLAIN, "cannot be written (Permission denied)")
    finally:
        (no_packaged / "raw").chmod(0o700)


def test_a_file_in_place_of_the_folder_is_named(no_packaged, mirror):
    mirror()
    place(no_packaged / "raw", b"no folder")
    fails(PLAIN, "cannot be written")


def test_plain_http_is_for_mirrors_of_the_user_only(mirror):
    server = mirror()
    about = lines(record("a.txt", urls=(f"{server.mirror()}/a.txt",)))
    server_asked = server.requests
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KERASGEN_MIRROR")
        fails(about, "mirrors are https://")
    assert not server_asked
