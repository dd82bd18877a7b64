"""Every fault that lies between a record of a file and that file on disk, against a server that really fails."""

import contextlib
import email.utils
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from faulty_server import CONTENT, FILE, FLIPPED_SHA256, NAME, left_over, place, raising, serving

from kerasgen import download, files

UNSAFE = " . .. ../x a/../x a//x /etc/passwd a/ ..\\x C:x C:/x ~/x"  # begins with the empty path
CHILD = (
    "import json, pathlib, sys; from kerasgen.download import bring; "
    "print(bring(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]), {sys.argv[3]: True}))"
)


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.delenv("KERASGEN_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "READ_TIMEOUT", 5.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / NAME


def brought(path, *bases):
    """What `bring` says of these mirrors, the user's own: None once the file is there."""
    return download.bring(path, FILE, {f"{base}/{NAME}": True for base in bases})


def fails(path, *bases, words=(), corrupt=False):
    """Expects that no mirror delivers, and all `words` in what is said of them; returns that."""
    failed = brought(path, *bases)
    said = "; ".join(f"{url}: {fault}" for url, fault in failed)
    assert len(failed) == len(bases) and all(word in said for word in words), said
    assert any(fault.corrupt for _, fault in failed) == corrupt
    return said


def start_child(path, mirror):
    command = [sys.executable, "-c", CHILD, str(path), str(FILE).replace("'", '"'), f"{mirror}/{NAME}"]
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_importing_is_cheap():
    code = "import sys, kerasgen.zoo.fetch; print({'keras', 'tensorflow', 'pooch', 'requests', 'numpy'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "set()"


# Records


@pytest.mark.parametrize("name", [*UNSAFE.split(" "), "a\\x", "a\0x", None, 3])
def test_path_that_leads_elsewhere(name):
    with pytest.raises(ValueError, match="path must be names of letters"):
        download.checked_record({**FILE, "path": name})


@pytest.mark.parametrize("field, value", [("sha256", "abc"), ("sha256", None), ("bytes", "9"), ("bytes", 0)])
def test_malformed_record(field, value):
    with pytest.raises(ValueError, match=field):
        download.checked_record({**FILE, field: value})
    assert download.checked_record({**FILE, "sha256": FILE["sha256"].upper(), "more": 1}) == FILE


def test_link_that_leaves_the_folder(tmp_path):
    place(tmp_path / "elsewhere" / "model.weights.h5")
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "dcgan-mnist").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="link that leaves"):
        download.inside(folder, NAME)
    (tmp_path / "link").symlink_to(folder)  # the folder itself may be one
    assert download.inside(tmp_path / "link", "a/b") == tmp_path / "link" / "a" / "b"


def test_what_keeps_a_file_from_being_the_one(tmp_path):
    path = tmp_path / "a"
    assert download.defect(path, FILE) == download.MISSING
    place(path)
    assert download.defect(path, FILE) is None
    place(path, CONTENT[1:])
    assert download.defect(path, FILE) == "got 511999 of 512000 bytes"
    place(path, CONTENT + b"x")
    assert download.defect(path, FILE) == "more than 512000 bytes"
    place(path, bytes([CONTENT[0] ^ 1]) + CONTENT[1:])
    assert download.defect(path, FILE) == f"its sha256 is {FLIPPED_SHA256}, expected {FILE['sha256']}"
    place(path, b" <!DOCTYPE html>")
    assert download.defect(path, FILE) == "got 16 of 512000 bytes (looks like HTML)"


def test_mirrors_of_the_user_come_first_and_alone_may_be_http(monkeypatch):
    assert download.mirrored("a/b c", ["https://x/", "http://y"]) == {"https://x/a/b%20c": False, "http://y/a/b%20c": False}
    monkeypatch.setenv("KERASGEN_MIRROR", "http://y, \n https://z/ ")
    urls = {"http://y/a": True, "https://z/a": False, "https://x/a": False}
    assert list(download.mirrored("a", ["https://x", "http://y"]).items()) == list(urls.items())


# Servers


@pytest.mark.parametrize("fault", ["404", "403"])
def test_refusals_are_not_repeated(server, path, fault):
    assert brought(path, server.mirror(fault), server.mirror()) is None
    assert server.requests == [fault, "none"] and path.read_bytes() == CONTENT


@pytest.mark.parametrize("fault", ["503-once", "429-once"])
def test_busy_server_is_asked_again(server, path, caplog, fault):
    assert brought(path, server.mirror(fault)) is None
    assert server.requests == [fault] * 2
    assert len([record for record in caplog.records if "trying again" in record.message]) == 1


def test_retry_after_is_honoured_up_to_a_cap(server, path, monkeypatch):
    pauses = []
    monkeypatch.setattr(download.time, "sleep", pauses.append)
    monkeypatch.setattr(download, "LONGEST_WAIT", 5.0)
    server.headers = {"Retry_After": "2"}
    fails(path, server.mirror("503"), words=["HTTP 503"])
    server.headers = {"Retry_After": "3600"}
    fails(path, server.mirror("503"), words=["HTTP 503"])
    assert [pause for pause in pauses if pause > 1] == [2.0, 2.0, 5.0, 5.0]


@pytest.mark.parametrize(
    "fault, attempts, corrupt, words",
    [
        ("silent", 3, False, ["silent for 0.2 s"]),
        ("truncated", 3, False, ["the connection broke off", "511990 more expected"]),
        ("truncated-unannounced", 3, False, ["got 10 of 512000 bytes"]),
        ("html", 1, True, ["got 19 of 512000 bytes (looks like HTML)"]),
        ("oversized", 1, True, ["more than 512000 bytes"]),
        ("flipped", 1, True, [FILE["sha256"], FLIPPED_SHA256]),
    ],
)
def test_bad_transfer(server, path, monkeypatch, fault, attempts, corrupt, words):
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.2 if fault == "silent" else 5.0)
    fails(path, server.mirror(fault), words=words, corrupt=corrupt)
    assert server.requests == [fault] * attempts
    assert not path.exists() and not left_over(path)
    assert server.sent < 16 << 20  # an oversized body is not read to its end
    assert brought(path, server.mirror(fault), server.mirror()) is None
    assert path.read_bytes() == CONTENT


def test_no_server(path):
    start = time.monotonic()
    said = fails(path, "http://127.0.0.1:9", "http://user:secret@127.0.0.1:9/b")
    assert f"http://127.0.0.1:9/{NAME}: no connection" in said and "secret" not in said
    assert time.monotonic() - start < 5


def test_redirects(server, path, tmp_path):
    place(tmp_path / "secret")
    server.targets = {"file": f"file://{tmp_path}/secret", "ftp": "ftp://127.0.0.1/x", "good": server.mirror() + "/x"}
    for target in ("file", "ftp"):
        fails(path, server.mirror(f"redirect-{target}"), words=["redirected to another scheme, which is refused"])
    assert brought(path, server.mirror("redirect-good")) is None


def test_the_body_of_a_redirect_is_not_read(server, path):
    assert brought(path, server.mirror("redirect-endless")) is None
    assert path.read_bytes() == CONTENT and server.sent < 40 << 20  # of 64 MB


@pytest.mark.parametrize("fault", ["drip", "drip-headers", "drip-line", "redirect-drip", "silent"])
def test_a_server_that_drips_is_given_up(server, path, monkeypatch, fault):
    monkeypatch.setattr(download, "SLOWEST_START", 0.5)
    monkeypatch.setattr(download, "SLOWEST_RATE", 10**9)
    started = time.monotonic()
    ((_, said),) = brought(path, server.mirror(fault))
    assert "too slow" in str(said) and time.monotonic() - started < 3 and not path.exists() and not left_over(path)


def test_a_handshake_that_drips_is_given_up(path, monkeypatch):
    """A port that sends the first bytes of a TLS record, one at a time."""
    monkeypatch.setattr(download, "SLOWEST_START", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as port:

        def drip():
            client, _ = port.accept()
            with client, contextlib.suppress(OSError):
                for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
                    client.send(bytes([byte]))
                    if stop.wait(0.2):
                        return

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        ((_, said),) = download.bring(path, {**FILE, "bytes": 1}, {f"https://127.0.0.1:{port.getsockname()[1]}/x": False})
        stop.set()
    assert "too slow" in str(said) and time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), ("", 0, 0), ("soon", 0, 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), (None, 18, 21)],
)
def test_retry_after_is_a_number_or_a_date(text, least, most):
    if text is None:
        text = email.utils.formatdate(time.time() + 20, usegmt=True)
    assert least <= download._seconds(text) <= most


@pytest.mark.parametrize("make", ["loop", "fifo", "folder"])
def test_odd_things_in_the_cache_are_no_reason_to_hang(server, tmp_path, make):
    path = tmp_path / "a" / "model.weights.h5"
    path.parent.mkdir()
    if make in ("fifo", "folder"):
        os.mkfifo(path) if make == "fifo" else path.mkdir()
        assert download.defect(path, FILE) == download.MISSING
        with pytest.raises(download.FileUnavailable, match="something that is no file has this name; remove it"):
            brought(path, server.mirror())
        assert server.requests == []
    else:
        path.symlink_to(path.name)
        with pytest.raises(ValueError, match="is refused"):
            download.inside(tmp_path, "a/model.weights.h5")


def test_tls(server, path, monkeypatch, tmp_path):
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
        ((_, fault),) = download.bring(path, FILE, {f"{secure.mirror()}/x": False})
        assert "TLS certificate was not accepted" in str(fault)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        ((_, fault),) = download.bring(path, FILE, {f"{secure.mirror('redirect-http')}/x": False})
        assert "redirected to another scheme, which is refused" in str(fault)
        assert server.requests == []
        assert download.bring(path, FILE, {f"{secure.mirror()}/x": False}) is None
    ((_, fault),) = download.bring(path.with_name("b"), FILE, {f"{server.mirror()}/x": False})
    assert "mirrors are https://" in str(fault) and server.requests == []


def test_plain_file_server_will_do(tmp_path, path):
    place(tmp_path / "served" / NAME)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(tmp_path / "served")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = process.stdout.readline().split(" port ")[1].split()[0]
        assert brought(path, f"http://127.0.0.1:{port}") is None
        assert path.stat().st_mode & 0o777 == path.parent.stat().st_mode & 0o666
    finally:
        process.kill()
        process.communicate()


# Disks and processes


@pytest.mark.parametrize(
    "step, error, words",
    [
        ("pathlib.Path.mkdir", PermissionError(13, "Permission denied"), "Permission denied."),
        ("tempfile.NamedTemporaryFile", OSError(30, "Read-only file system"), "Read-only file system."),
        ("kerasgen.download._stream", OSError(28, "No space left on device"), "bytes are free"),
    ],
)
def test_folder_that_cannot_be_written(server, path, monkeypatch, step, error, words):
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(step, raising(error))  # permission bits do not bind root
    with pytest.raises(download.FileUnavailable) as caught:
        brought(path, server.mirror())
    message = str(caught.value)
    assert all(word in message for word in ("512000 bytes", "cannot be written", words, "Set KERASGEN_HOME")), message


def test_four_processes_make_one_transfer(server, path):
    children = [start_child(path, server.mirror("slow")) for _ in range(4)]
    for child in children:
        output, errors = child.communicate(timeout=60)
        assert output.strip() == "None", errors
    assert server.requests == ["slow"] and path.read_bytes() == CONTENT


def test_without_a_lock_it_is_still_correct(server, path, monkeypatch):
    import filelock

    monkeypatch.setattr(download, "LOCK_TIMEOUT", 0.1)
    path.parent.mkdir(parents=True)
    with filelock.FileLock(path.with_name(f".{path.name}.lock")):  # of a process that hangs
        assert brought(path, server.mirror()) is None
    path.unlink()
    monkeypatch.setattr(filelock.FileLock, "acquire", raising(NotImplementedError))
    assert brought(path, server.mirror()) is None and path.read_bytes() == CONTENT


def test_killed_download(server, path):
    child = start_child(path, server.mirror("slow"))
    while not (server.sent and path.parent.is_dir() and left_over(path)):
        assert child.poll() is None, child.communicate()
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    (part,) = left_over(path)
    assert not path.exists()
    assert brought(path, server.mirror()) is None
    assert part.exists()  # it may belong to a process that still runs
    path.unlink()
    os.utime(part, (0, 0))
    assert brought(path, server.mirror()) is None
    assert not part.exists()
