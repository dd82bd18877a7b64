"""Brings one file of known size and sha256 from the first of several servers that has it: weights, and files of data sets.

Adds what pooch lacks: one transfer for many processes, a bound on the bytes read, no retry where none can help, and no
redirect to a less secure scheme.
"""

import contextlib
import email.utils
import errno
import hashlib
import logging
import os
import pathlib
import re
import shutil
import time
import urllib.parse

from kerasgen.deadline import ended_at

CONNECT_TIMEOUT = 4.0  # seconds: a machine without a network must find out quickly, also with several mirrors
READ_TIMEOUT = 30.0  # seconds of silence before a mirror counts as hanging
SLOWEST_START, SLOWEST_RATE = 30.0, 5_000  # seconds, and bytes a second after these: slower servers are given up
REDIRECTS = 5
ATTEMPTS = 3  # at one mirror, and only for faults that may pass
BACKOFF = 1.0  # seconds before the second attempt, doubled before each further one
LONGEST_WAIT = 30.0  # seconds: the most that a server's Retry-After is honoured
LOCK_TIMEOUT = 120.0  # seconds to wait for another process that fetches the same file
ORPHAN_AGE = 24 * 3600.0  # seconds after which the temporary file of a killed process is removed

MISSING = "missing"
TRANSIENT_CODES = (408, 429, 500, 502, 503, 504)
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # of a path: no "..", no separator, no drive, no NUL
ORPHAN = re.compile(r"tmp[a-z0-9_]{8}")  # the temporary names of pooch, which are those of tempfile

LOG = logging.getLogger("kerasgen")


class FileUnavailable(OSError):
    """No place has the file; the message lists every place and what happened there."""


class FileCorrupt(OSError):
    """A file is there, but it is not the one promised."""


class _Fault(Exception):
    """Why a mirror did not deliver. Another attempt is worth it only if the fault is `transient`."""

    def __init__(self, reason, transient=False, corrupt=False, wait=0.0):
        super().__init__(reason)
        self.transient = transient
        self.corrupt = corrupt
        self.wait = wait


def bring(path, file, urls):
    """Downloads a file to `path`, unless another process has put it there meanwhile.

    Args:
        path: Where to; its folder is made.
        file: Record with "path" (its name in messages), "sha256" and "bytes", as `checked_record` returns it.
        urls: {URL: whether plain http is allowed there}, in the order to try.

    Returns:
        Why each URL failed, [(URL, fault), ...]; None once the file is there.

    Raises:
        FileUnavailable: The folder cannot be written.
    """
    failed = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(path):
            if defect(path, file) is None:  # another process was quicker
                return None
            if path.exists() and not path.is_file():  # a pipe would be waited for
                raise OSError(errno.EEXIST, "something that is no file has this name; remove it")
            _remove_orphans(path.parent)
            for url, http_allowed in urls.items():
                try:
                    return _download(url, http_allowed, path, file)
                except _Fault as fault:
                    failed.append((_shown(url), fault))
    except OSError as error:  # of the disk: those of the network are faults by now
        free = f", {shutil.disk_usage(path.parent).free} bytes are free" if error.errno == errno.ENOSPC else ""
        raise FileUnavailable(
            f"{file['path']} ({file['bytes']} bytes) cannot be written to {path.parent}: "
            f"{error.strerror or error}{free}.\nSet KERASGEN_HOME to a folder that kerasgen may write to."
        ) from error
    return failed


def defect(path, file):
    """How the file at `path` differs from the record, in words; None if it does not."""
    try:
        if not path.is_file():
            return MISSING
        size = path.stat().st_size
        with path.open("rb") as stream:
            kind = looks_like(stream.read(512))
            stream.seek(0)
            # Only a file of the right size is hashed, so that a huge one costs nothing.
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest() if size == file["bytes"] else ""
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if sha256 == file["sha256"]:
        return None
    if sha256:
        problem = f"its sha256 is {sha256}, expected {file['sha256']}"
    elif size > file["bytes"]:
        problem = f"more than {file['bytes']} bytes"
    else:
        problem = f"got {size} of {file['bytes']} bytes"
    return f"{problem} ({kind})" if kind else problem


def looks_like(head):
    """Names the usual impostors of weights files, from the first bytes of a file; "" for anything else."""
    if head.startswith(b"version https://git-lfs"):
        return "this is a git-lfs pointer; run git lfs pull"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "looks like HTML"
    return ""


def checked_record(file):
    """The record, after checking that its fields are well formed; nothing on the disk is touched before."""
    path, sha256, size = (file.get(field) for field in ("path", "sha256", "bytes"))
    if not isinstance(path, str) or not all(SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise ValueError(f"A file's path must be names of letters, digits, '_', '-', '.' joined by '/'; got {path!r}.")
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise ValueError(f"The sha256 of {path} must be 64 hexadecimal digits; got {sha256!r}.")
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"The bytes of {path} must be a positive integer; got {size!r}.")
    return {"path": path, "sha256": sha256.lower(), "bytes": size}


def inside(folder, name):
    """The path of `name` in `folder`; the folder may be a link, but nothing below it may lead out."""
    path = folder / name
    try:
        leaves = not path.resolve().is_relative_to(folder.resolve())
    except (RuntimeError, OSError) as error:  # a loop of links
        raise ValueError(f"{path} is refused: {error}.") from None
    if leaves:
        raise ValueError(f"{path} is refused: it is a link that leaves {folder}.")
    return path


def mirrored(name, bases):
    """{URL of the file `name`: whether plain http is allowed there}: below the user's KERASGEN_MIRROR, then below `bases`.

    Plain http is allowed only where the user wrote it.
    """
    named = [base for base in re.split(r"[\s,]+", os.environ.get("KERASGEN_MIRROR", "")) if base]
    urls = {}
    for base in [*named, *bases]:
        url = f"{base.rstrip('/')}/{urllib.parse.quote(name)}"
        urls.setdefault(url, base in named and base.lower().startswith("http://"))
    return urls


@contextlib.contextmanager
def _one_at_a_time(cached):
    """Holds the file's lock, so that processes that start together make one transfer.

    Where no lock is available (the file system has none, or its holder hangs) they make several, which is wasteful but
    correct: temporary names are unique, and only a verified file is moved to the final name.
    """
    import filelock

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(filelock.FileLock(cached.with_name(f".{cached.name}.lock"), timeout=LOCK_TIMEOUT))
        except filelock.Timeout:
            LOG.warning("Another process has been fetching %s for %g s; not waiting longer.", cached, LOCK_TIMEOUT)
        except (OSError, NotImplementedError) as error:
            LOG.debug("No lock for %s: %s", cached, error)
        yield


def _remove_orphans(folder):
    """Removes temporary files, at least a day old, of processes that were killed during a download."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if ORPHAN.fullmatch(path.name) and time.time() - path.stat().st_mtime > ORPHAN_AGE:
                path.unlink()


def _download(url, http_allowed, cached, file):
    """Downloads from one mirror; retries after a pause if the fault may pass."""
    import pooch

    if not url.lower().startswith(("https://", "http://") if http_allowed else "https://"):
        raise _Fault("not used, mirrors are https:// (http:// only if KERASGEN_MIRROR names it)")

    def write(_, output_file, __):
        _stream(url, http_allowed, pathlib.Path(output_file), file)

    for attempt in range(ATTEMPTS):
        try:
            # pooch gives the download a unique temporary name, and moves it to the final one once its hash is right.
            known_hash = f"sha256:{file['sha256']}"
            pooch.retrieve(_shown(url), known_hash, fname=cached.name, path=cached.parent, downloader=write)
            return
        except _Fault as fault:
            if not fault.transient or attempt == ATTEMPTS - 1:
                raise
            wait = min(max(fault.wait, BACKOFF * 2**attempt), LONGEST_WAIT)
            LOG.warning("%s: %s; trying again in %g s", _shown(url), fault, wait)
            time.sleep(wait)


def _stream(url, http_allowed, part, file):
    """Writes the answer to `part`, at most one byte more than promised, and compares it with the record."""
    import requests

    head, room, deadline = b"", file["bytes"] + 1, time.monotonic() + SLOWEST_START + file["bytes"] / SLOWEST_RATE
    session = requests.Session()
    session.resolve_redirects = lambda *_, **__: iter(())  # it would read the whole body of a redirect first
    if not http_allowed:
        del session.adapters["http://"]  # no redirect leaves https then; file:// and ftp:// never have adapters
    try:
        with session, ended_at(deadline, session), _answer(session, url, deadline) as response, part.open("wb") as output:
            while room and (chunk := response.raw.read1(1 << 16)):  # what has come so far, even a single byte
                head = head or chunk[:512]
                room -= output.write(chunk[:room])
            _require_time(deadline)
    except requests.exceptions.RequestException as error:
        _require_time(deadline)
        raise _in_words(error) from None
    except urllib3_errors() as error:
        _require_time(deadline)
        raise _in_words(requests.exceptions.ConnectionError(error)) from None
    problem = defect(part, file)
    if problem is not None:
        cut_short = room > 1 and not looks_like(head)
        raise _Fault(problem, transient=cut_short, corrupt=not cut_short)
    part.chmod(part.parent.stat().st_mode & 0o666)  # tempfile's 0600 would shut colleagues out of a shared cache


def _answer(session, url, deadline):
    """The response of the URL, after at most `REDIRECTS` redirects, whose bodies are not read; its own is still to be read."""
    headers = {"Accept-Encoding": "identity"}  # the bytes of the file, not an archive of unknown size
    for _ in range(REDIRECTS + 1):
        _require_time(deadline)
        response = session.get(
            url, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), headers=headers, allow_redirects=False
        )
        if response.status_code == 200:
            return response
        response.close()
        _require_time(deadline)  # headers that were cut off there may look complete
        if not response.is_redirect:
            wait = _seconds(response.headers.get("Retry-After", ""))
            raise _Fault(f"HTTP {response.status_code}", response.status_code in TRANSIENT_CODES, wait=wait)
        url = urllib.parse.urljoin(url, response.headers["location"])
    raise _Fault(f"redirected more than {REDIRECTS} times")


def _require_time(deadline):
    if time.monotonic() > deadline:
        raise _Fault(f"too slow: less than {SLOWEST_RATE:,} bytes a second")


def _seconds(text):
    """The seconds that a Retry-After asks to wait: it gives a number or a date; 0 for anything else."""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return 0.0


def urllib3_errors():
    """What reading a body raises below requests."""
    import urllib3

    return (urllib3.exceptions.HTTPError,)


def _in_words(error):
    """The fault behind an exception of requests, without its jargon and without the URL's password."""
    import urllib3
    from requests import exceptions

    cause = error.args[0] if error.args else error
    if isinstance(error, exceptions.InvalidSchema):
        return _Fault("redirected to another scheme, which is refused")
    if isinstance(error, exceptions.SSLError):
        return _Fault(f"its TLS certificate was not accepted ({_last_part(cause)})")
    if isinstance(error, exceptions.ConnectTimeout):
        return _Fault(f"no connection within {CONNECT_TIMEOUT:g} s")
    if isinstance(cause, urllib3.exceptions.MaxRetryError):  # of a connection that never came to be
        return _Fault(f"no connection ({_last_part(cause.reason)})")
    if isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return _Fault(f"silent for {READ_TIMEOUT:g} s", transient=True)
    if isinstance(error, (exceptions.ConnectionError, exceptions.ChunkedEncodingError)):
        return _Fault(f"the connection broke off ({_last_part(cause)})", transient=True)
    return _Fault(_last_part(error))


def _last_part(error):
    return str(error).rsplit(": ", 1)[-1].strip(" '\"()")


def _shown(url):
    """The URL without user name and password, for messages."""
    return re.sub(r"//[^/@]*@", "//", url)
