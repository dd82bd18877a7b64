"""Where the file of a manifest record is found: beside the package, in the cache, on a mirror; and what is said if nowhere."""

import json
import pathlib
import time
from types import SimpleNamespace

import pytest
from faulty_server import CONTENT, FILE, NAME, place, raising, serving

from kerasgen import download, files
from kerasgen.zoo import fetch

INSTALLED_FROM = files.installed_from
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 512000\n"


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
    """Empty folders of checkpoints and cache, no mirror, and no patience; returns the folder of checkpoints."""
    monkeypatch.setattr(files, "checkpoints_folder", lambda: tmp_path / "checkpoints")
    monkeypatch.setattr(files, "installed_from", lambda: None)
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    for name in ("KERASGEN_MIRROR", "KERASGEN_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "READ_TIMEOUT", 5.0)
    return tmp_path / "checkpoints"


@pytest.fixture
def cached(tmp_path):
    return tmp_path / "home" / "checkpoints" / NAME


def fails(*words, error=download.FileUnavailable):
    """Fetches, expects `error`, and returns its message, in which all `words` must stand."""
    with pytest.raises(error) as caught:
        fetch.fetch(FILE)
    message = str(caught.value)
    assert all(word in message for word in words), message
    return message


def test_order_is_package_cache_mirrors(server, shipped, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    assert not fetch.is_here(FILE)
    assert fetch.fetch(FILE) == cached
    assert cached.read_bytes() == CONTENT and fetch.is_here(FILE)
    assert fetch.fetch(FILE) == cached
    assert server.requests == ["none"]
    place(shipped / NAME)
    assert fetch.fetch(FILE) == shipped / NAME
    cached.unlink()
    assert fetch.is_here(FILE)


def test_mirrors_of_the_user_come_first_and_those_of_the_manifest_are_https(server, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", f"{server.mirror('404')},\n {server.mirror('403')}/ ")
    with pytest.raises(download.FileUnavailable) as caught:
        fetch.fetch(FILE, mirrors=[server.mirror("none")])
    message = str(caught.value)
    assert server.requests == ["404", "403"]
    assert message.index("HTTP 404") < message.index("HTTP 403") < message.index("mirrors are https://")
    assert f"{server.mirror('403')}/{NAME}: HTTP 403" in message


def test_a_path_that_leads_elsewhere_is_refused_before_anything_is_touched(monkeypatch):
    monkeypatch.setattr(files, "checkpoints_folder", lambda: pytest.fail("a path was touched"))
    for path in ("../x", "/etc/passwd", "", None):
        with pytest.raises(ValueError, match="path must be names of letters"):
            fetch.fetch({**FILE, "path": path})


def test_link_that_leaves_the_folder(shipped, tmp_path):
    place(tmp_path / "elsewhere" / "model.weights.h5")
    shipped.mkdir()
    (shipped / "dcgan-mnist").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="link that leaves"):
        fetch.fetch(FILE)


def test_missing_without_a_network(shipped, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", "http://127.0.0.1:9 http://user:secret@127.0.0.1:9/b")
    start = time.monotonic()
    places = [f"{shipped / NAME}: missing", f"{cached}: missing", f"http://127.0.0.1:9/{NAME}: no connection"]
    message = fails(*places, "by hand", "KERASGEN_MIRROR")
    assert "secret" not in message
    assert time.monotonic() - start < 5


def test_missing_without_a_mirror(tmp_path):
    fails(NAME, "mirrors: none is known", "by hand")
    assert not (tmp_path / "home").exists()


def test_offline(server, shipped, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    fails("KERASGEN_OFFLINE", str(shipped / NAME), str(cached))
    place(cached, CONTENT[:-1])
    with pytest.warns(UserWarning, match="got 511999 of 512000 bytes"):
        fails("KERASGEN_OFFLINE", "got 511999 of 512000 bytes", error=download.FileCorrupt)
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [("404", download.FileUnavailable, "HTTP 404"), ("html", download.FileCorrupt, "looks like HTML")],
)
def test_what_mirrors_did_decides_the_error(server, monkeypatch, fault, error, words):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror(fault))
    fails(f"{server.mirror(fault)}/{NAME}: ", words, error=error)


def test_cache_that_cannot_be_written(server, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    monkeypatch.setattr("pathlib.Path.mkdir", raising(PermissionError(13, "Permission denied")))
    fails("512000 bytes", "cannot be written", "Permission denied.", "Set KERASGEN_HOME")


def test_home_is_no_folder(server, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    (tmp_path / "home").write_text("")
    fails(f"cannot be written to {tmp_path}/home/checkpoints", "Set KERASGEN_HOME")


def test_no_home(monkeypatch):
    for name in ("KERASGEN_HOME", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: pathlib.Path("~/.cache") / name)
    with pytest.raises(OSError, match="Set KERASGEN_HOME"):
        fetch.fetch(FILE)


def test_corrupted_cache_is_fetched_again(server, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    place(cached, b"x" + CONTENT[1:])
    with pytest.warns(UserWarning, match="sha256 is .* expected"):
        assert fetch.fetch(FILE) == cached
    assert cached.read_bytes() == CONTENT


@pytest.mark.parametrize("content, words", [(POINTER, "run git lfs pull"), (b"x" + CONTENT[1:], "sha256 is")])
def test_wrong_file_in_checkpoints(server, shipped, cached, monkeypatch, content, words):
    place(shipped / NAME, content)
    with pytest.warns(UserWarning, match=words):
        fails(str(shipped / NAME), words, error=download.FileCorrupt)
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    with pytest.warns(UserWarning, match=words):
        assert fetch.fetch(FILE) == cached
    assert (shipped / NAME).read_bytes() == content


def test_verified(tmp_path):
    place(tmp_path / "mine")
    assert fetch.verified(tmp_path / "mine", FILE) == tmp_path / "mine"
    with pytest.raises(download.FileUnavailable, match="missing"):
        fetch.verified(tmp_path / "other", FILE)
    place(tmp_path / "mine", CONTENT[1:])
    with pytest.raises(download.FileCorrupt, match="got 511999 of 512000 bytes"):
        fetch.verified(tmp_path / "mine", FILE)


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """`note(text)` has pip's note about kerasgen say `text`, of a package that runs from no checkout."""
    from importlib import metadata

    monkeypatch.setattr(files, "checkout", lambda: None)
    monkeypatch.setattr(files, "installed_from", INSTALLED_FROM)

    def note(text):
        monkeypatch.setattr(metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text))

    return note


def test_a_package_installed_from_a_checkout_finds_the_models_that_its_wheel_has_no_room_for(tmp_path, shipped, noted):
    source = tmp_path / "a checkout"
    noted(json.dumps({"url": source.as_uri(), "dir_info": {}}))
    fails("missing")  # the folder is gone
    (source / "zoo" / "recipes").mkdir(parents=True)
    noted(json.dumps({"url": source.as_uri(), "dir_info": {}}))
    place(source / "checkpoints" / NAME)
    assert fetch.is_here(FILE) and fetch.fetch(FILE) == source / "checkpoints" / NAME
    place(shipped / NAME)
    assert fetch.fetch(FILE) == shipped / NAME


@pytest.mark.parametrize(
    "note", [None, "", "[]", "{}", '{"url": 3}', '{"url": "https://h/kerasgen.whl"}', '{"url": "file:///no/such"}']
)
def test_a_package_installed_otherwise_has_no_checkout(noted, note):
    noted(note)
    assert files.installed_from() is None
