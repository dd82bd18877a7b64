"""Every fault that lies between a manifest record and its file on disk, against a server that really fails."""

import hashlib
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import time

import pytest
from faulty_server import serving

from kerasgen import fetch, paths

CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: several chunks
NAME = "dcgan-mnist/model.weights.h5"
FILE = {"path": NAME, "sha256": hashlib.sha256(CONTENT).hexdigest(), "bytes": len(CONTENT)}
FLIPPED_SHA256 = hashlib.sha256(bytes([CONTENT[0] ^ 1]) + CONTENT[1:]).hexdigest()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 512000\n"
UNSAFE = " . .. ../x a/../x a//x /etc/passwd a/ ..\\x C:x C:/x ~/x"  # begins with the empty path
CHILD = "import json, pathlib, sys; from kerasgen import fetch, paths; paths.checkpoints_folder = lambda: "
CHILD += "pathlib.Path(sys.argv[1]); print(fetch.fetch(json.loads(sys.argv[2])))"


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
    """Empty folders of checkpoints and cache, no mirror, and no patience; returns the folder of checkpoints."""
    monkeypatch.setattr(paths, "checkpoints_folder", lambda: tmp_path / "checkpoints")
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    for name in ("KERASGEN_MIRROR", "KERASGEN_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetch, "BACKOFF", 0.01)
    monkeypatch.setattr(fetch, "READ_TIMEOUT", 5.0)
    return tmp_path / "checkpoints"


@pytest.fixture
def cached(tmp_path):
    return tmp_path / "home" / "checkpoints" / NAME


def place(path, content=CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def left_over(cached):
    return [path for path in cached.parent.iterdir() if path.name.startswith("tmp")]


def fails(*words, error=fetch.WeightsUnavailable):
    """Fetches, expects `error`, and returns its message, in which all `words` must stand."""
    with pytest.raises(error) as caught:
        fetch.fetch(FILE)
    message = str(caught.value)
    assert all(word in message for word in words), message
    return message


def raising(error):
    def function(*args, **kwargs):
        raise error

    return function


def start_child(shipped, mirror):
    command = [sys.executable, "-c", CHILD, str(shipped), str(FILE).replace("'", '"')]
    environment = {**os.environ, "KERASGEN_MIRROR": mirror, "PYTHONPATH": str(paths.PACKAGE.parent)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_importing_is_cheap():
    code = "import sys, kerasgen.fetch; print({'keras', 'tensorflow', 'pooch', 'requests'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "set()"


def test_order_is_package_cache_mirrors(server, shipped, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    assert fetch.fetch(FILE) == cached
    assert cached.read_bytes() == CONTENT
    assert fetch.fetch(FILE) == cached
    assert server.requests == ["none"]
    place(shipped / NAME)
    assert fetch.fetch(FILE) == shipped / NAME


def test_mirrors_of_the_user_come_first_and_those_of_the_manifest_are_https(server, cached, monkeypatch):
    monkeypatch.setenv("KERASGEN_MIRROR", f"{server.mirror('404')},\n {server.mirror('403')}/ ")
    with pytest.raises(fetch.WeightsUnavailable) as caught:
        fetch.fetch(FILE, mirrors=[server.mirror("none")])
    message = str(caught.value)
    assert server.requests == ["404", "403"]
    assert message.index("HTTP 404") < message.index("HTTP 403") < message.index("mirrors are https://")
    assert f"{server.mirror('403')}/{NAME}: HTTP 403" in message


@pytest.mark.parametrize("path", [*UNSAFE.split(" "), "a\\x", "a\0x", None, 3])
def test_path_that_leads_elsewhere(path, monkeypatch):
    monkeypatch.setattr(paths, "checkpoints_folder", lambda: pytest.fail("a path was touched"))
    with pytest.raises(ValueError, match="path must be names of letters"):
        fetch.fetch({**FILE, "path": path})


@pytest.mark.parametrize("field, value", [("sha256", "abc"), ("sha256", None), ("bytes", "9"), ("bytes", 0)])
def test_malformed_record(field, value):
    with pytest.raises(ValueError, match=field):
        fetch.fetch({**FILE, field: value})


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
        fails("KERASGEN_OFFLINE", "got 511999 of 512000 bytes", error=fetch.WeightsCorrupt)
    assert server.requests == []


@pytest.mark.parametrize("fault", ["404", "403"])
def test_refusals_are_not_repeated(server, monkeypatch, fault):
    monkeypatch.setenv("KERASGEN_MIRROR", f"{server.mirror(fault)} {server.mirror()}")
    fetch.fetch(FILE)
    assert server.requests == [fault, "none"]


@pytest.mark.parametrize("fault", ["503-once", "429-once"])
def test_busy_server_is_asked_again(server, monkeypatch, caplog, fault):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror(fault))
    fetch.fetch(FILE)
    assert server.requests == [fault] * 2
    assert len([record for record in caplog.records if "trying again" in record.message]) == 1


def test_retry_after_is_honoured_up_to_a_cap(server, monkeypatch):
    pauses = []
    monkeypatch.setattr(fetch.time, "sleep", pauses.append)
    monkeypatch.setattr(fetch, "LONGEST_WAIT", 5.0)
    monkeypatch.setenv("KERASGEN_MIRROR", f"{server.mirror('503')}")
    server.headers = {"Retry_After": "2"}
    fails("HTTP 503")
    server.headers = {"Retry_After": "3600"}
    fails("HTTP 503")
    assert [pause for pause in pauses if pause > 1] == [2.0, 2.0, 5.0, 5.0]


@pytest.mark.parametrize(
    "fault, attempts, error, words",
    [
        ("silent", 3, fetch.WeightsUnavailable, ["silent for 0.2 s"]),
        ("truncated", 3, fetch.WeightsUnavailable, ["the connection broke off", "511990 more expected"]),
        ("truncated-unannounced", 3, fetch.WeightsUnavailable, ["got 10 of 512000 bytes"]),
        ("html", 1, fetch.WeightsCorrupt, ["got 19 of 512000 bytes (looks like HTML)"]),
        ("oversized", 1, fetch.WeightsCorrupt, ["more than 512000 bytes"]),
        ("flipped", 1, fetch.WeightsCorrupt, [FILE["sha256"], FLIPPED_SHA256]),
    ],
)
def test_bad_transfer(server, cached, monkeypatch, fault, attempts, error, words):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror(fault))
    monkeypatch.setattr(fetch, "READ_TIMEOUT", 0.2 if fault == "silent" else 5.0)
    fails(*words, error=error)
    assert server.requests == [fault] * attempts
    assert not cached.exists() and not left_over(cached)
    assert server.sent < 16 << 20  # an oversized body is not read to its end
    monkeypatch.setenv("KERASGEN_MIRROR", f"{server.mirror(fault)} {server.mirror()}")
    assert fetch.fetch(FILE) == cached


def test_redirects(server, cached, monkeypatch, tmp_path):
    place(tmp_path / "secret")
    server.targets = {"file": f"file://{tmp_path}/secret", "ftp": "ftp://127.0.0.1/x", "good": server.mirror() + "/x"}
    for target in ("file", "ftp"):
        monkeypatch.setenv("KERASGEN_MIRROR", server.mirror(f"redirect-{target}"))
        fails("redirected to another scheme, which is refused")
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror("redirect-good"))
    assert fetch.fetch(FILE) == cached


def test_tls(server, cached, monkeypatch, tmp_path):
    """A certificate that nobody vouches for is refused; so is a redirect from https to http."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"
    try:
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the openssl command to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with serving(CONTENT, context) as secure:
        secure.targets = {"http": server.mirror() + "/x"}
        with pytest.raises(fetch.WeightsUnavailable, match="TLS certificate was not accepted"):
            fetch.fetch(FILE, mirrors=[secure.mirror()])
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        monkeypatch.setenv("KERASGEN_MIRROR", secure.mirror("redirect-http"))
        fails("redirected to another scheme, which is refused")
        assert server.requests == []
        assert fetch.fetch(FILE, mirrors=[secure.mirror()]) == cached


@pytest.mark.parametrize(
    "step, error, words",
    [
        ("pathlib.Path.mkdir", PermissionError(13, "Permission denied"), "Permission denied."),
        ("tempfile.NamedTemporaryFile", OSError(30, "Read-only file system"), "Read-only file system."),
        ("kerasgen.fetch._stream", OSError(28, "No space left on device"), "bytes are free"),
    ],
)
def test_cache_that_cannot_be_written(server, monkeypatch, step, error, words):
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    monkeypatch.setattr(step, raising(error))  # permission bits do not bind root
    fails("512000 bytes", "cannot be written", words, "Set KERASGEN_HOME")


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
    with pytest.warns(UserWarning, match="sha256 is .* the manifest says"):
        assert fetch.fetch(FILE) == cached
    assert cached.read_bytes() == CONTENT


@pytest.mark.parametrize("content, words", [(POINTER, "run git lfs pull"), (b"x" + CONTENT[1:], "sha256 is")])
def test_wrong_file_in_checkpoints(server, shipped, cached, monkeypatch, content, words):
    place(shipped / NAME, content)
    with pytest.warns(UserWarning, match=words):
        fails(str(shipped / NAME), words, error=fetch.WeightsCorrupt)
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    with pytest.warns(UserWarning, match=words):
        assert fetch.fetch(FILE) == cached
    assert (shipped / NAME).read_bytes() == content


def test_four_processes_make_one_transfer(server, shipped, cached):
    children = [start_child(shipped, server.mirror("slow")) for _ in range(4)]
    for child in children:
        output, errors = child.communicate(timeout=60)
        assert output.strip() == str(cached), errors
    assert server.requests == ["slow"]


def test_without_a_lock_it_is_still_correct(server, cached, monkeypatch):
    import filelock

    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    monkeypatch.setattr(fetch, "LOCK_TIMEOUT", 0.1)
    cached.parent.mkdir(parents=True)
    with filelock.FileLock(cached.with_name(f".{cached.name}.lock")):  # of a process that hangs
        assert fetch.fetch(FILE) == cached
    cached.unlink()
    monkeypatch.setattr(filelock.FileLock, "acquire", raising(NotImplementedError))
    assert fetch.fetch(FILE) == cached


def test_killed_download(server, shipped, cached, monkeypatch):
    child = start_child(shipped, server.mirror("slow"))
    while not (server.sent and cached.parent.is_dir() and left_over(cached)):
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    (part,) = left_over(cached)
    assert not cached.exists()
    monkeypatch.setenv("KERASGEN_MIRROR", server.mirror())
    assert fetch.fetch(FILE) == cached
    assert part.exists()  # it may belong to a process that still runs
    cached.unlink()
    os.utime(part, (0, 0))
    assert fetch.fetch(FILE) == cached
    assert not part.exists()


def test_plain_file_server_will_do(tmp_path, cached, monkeypatch):
    place(tmp_path / "served" / NAME)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(tmp_path / "served")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = process.stdout.readline().split(" port ")[1].split()[0]
        monkeypatch.setenv("KERASGEN_MIRROR", f"http://127.0.0.1:{port}/")
        assert fetch.fetch(FILE) == cached
        assert cached.stat().st_mode & 0o777 == cached.parent.stat().st_mode & 0o666
    finally:
        process.kill()
        process.communicate()


def test_verified(tmp_path):
    place(tmp_path / "mine")
    assert fetch.verified(tmp_path / "mine", FILE) == tmp_path / "mine"
    with pytest.raises(fetch.WeightsUnavailable, match="missing"):
        fetch.verified(tmp_path / "other", FILE)
    place(tmp_path / "mine", CONTENT[1:])
    with pytest.raises(fetch.WeightsCorrupt, match="got 511999 of 512000 bytes"):
        fetch.verified(tmp_path / "mine", FILE)
