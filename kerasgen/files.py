"""Where things are (the checkout or the wheel, the user's cache), and writing files whole or not at all."""

import contextlib
import ctypes
import errno
import json
import os
import pathlib
import shutil
import urllib.parse
import urllib.request
import uuid

PACKAGE = pathlib.Path(__file__).parent
PART = f".*.{'[0-9a-f]' * 32}.part"  # what `write_atomically` leaves if it is killed
BEFORE = ".kerasgen-before"  # what `swap_folder` may leave


def checkout():
    """The root of the checkout this package is imported from, or None if it is installed.

    An editable install counts as a checkout: zoo/ and checkpoints/ lie beside the package there.
    """
    root = PACKAGE.parent
    return root if (root / "zoo" / "recipes").is_dir() and (root / "setup.cfg").is_file() else None


def zoo_folder():
    """The folder of manifest.json and recipes/: beside the package in a checkout, inside it in a wheel."""
    root = checkout()
    return root / "zoo" if root else PACKAGE / "zoo_data"


def checkpoints_folder():
    """The folder of the weights that travel with the package."""
    root = checkout()
    return root / "checkpoints" if root else PACKAGE / "checkpoint_data"


def local_checkpoints():
    """Yields the folders where weights may lie on this machine, in the order to look in; the last is the cache, for downloads.

    A wheel has room for some models only. One that was made by `pip install FOLDER` finds the others in that folder.

    Raises:
        OSError: No cache is known (see `home`); raised once it is its turn.
    """
    yield checkpoints_folder()
    if (source := installed_from()) is not None:
        yield source / "checkpoints"
    yield home() / "checkpoints"


def installed_from():
    """The checkout that this package was installed from, as pip notes it (PEP 610), or None.

    None too for a package that runs from a checkout, that a wheel or an index brought, or whose checkout is gone.
    """
    from importlib import metadata

    if checkout() is not None:
        return None
    try:
        url = urllib.parse.urlsplit(json.loads(metadata.distribution("kerasgen").read_text("direct_url.json"))["url"])
        root = pathlib.Path(urllib.request.url2pathname(url.path))
    except (metadata.PackageNotFoundError, AttributeError, KeyError, TypeError, ValueError):  # no note, or not one of pip
        return None
    return root if url.scheme == "file" and (root / "zoo" / "recipes").is_dir() else None


def home():
    """The user's folder for downloads and caches: KERASGEN_HOME, else the platform's cache directory.

    Raises:
        OSError: Neither is known; the message names KERASGEN_HOME. There is no fallback to a world-writable place.
    """
    try:
        if os.environ.get("KERASGEN_HOME"):
            return pathlib.Path(os.environ["KERASGEN_HOME"]).expanduser()
        import pooch

        folder = pathlib.Path(pooch.os_cache("kerasgen"))
    except (RuntimeError, KeyError):  # the user's id has no home, as in some containers
        folder = pathlib.Path("~")
    if not folder.is_absolute() or "~" in folder.parts:
        raise OSError("No home directory is known on this machine. Set KERASGEN_HOME to a folder that kerasgen may write to.")
    return folder


def is_offline():
    """Whether KERASGEN_OFFLINE forbids every download."""
    return os.environ.get("KERASGEN_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


def write_atomically(path, content):
    """Writes bytes to a temporary file beside `path`, then puts it in place in one step.

    Raises:
        OSError: It cannot be written; if the disk is full, the message says how many bytes are needed and free. Nothing is left
            behind.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        part.unlink(missing_ok=True)
        free = shutil.disk_usage(path.parent).free
        words = f"{error.strerror}: {len(content):,} bytes are needed, {free:,} are free"
        raise OSError(error.errno, words, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def remove_files(folder, patterns):
    """Removes the files of a folder that match patterns such as "samples/epoch-*", and folders left empty by that.

    Links are not followed: what lies behind one is not in the folder.
    """
    inside = folder.resolve()
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if (path.is_file() or path.is_symlink()) and path.parent.resolve().is_relative_to(inside):
                path.unlink()
    parents = {top for pattern in patterns if "/" in pattern for top in folder.glob(pattern.split("/")[0])}
    parents = {top for top in parents if top.is_dir() and not top.is_symlink()}
    for top in sorted(parents):
        for path in sorted((p for p in [top, *top.rglob("*")] if p.is_dir() and not p.is_symlink()), reverse=True):
            if not any(path.iterdir()):
                path.rmdir()


def swap_folder(new, target):
    """Puts the finished folder `new` in the place of `target`, which need not exist; both are on one file system.

    Where the system can exchange two folders, one is in place at any time. Elsewhere a process that is killed between two
    renames leaves the old one beside it, and whoever looks for the folder next puts it back (`put_back`).
    """
    put_back(target)
    before = _before(target)
    shutil.rmtree(before, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and _exchange(new, target):
        new.rename(before)
    else:
        while target.exists():  # again if a reader has put it back
            target.rename(before)
        new.rename(target)
    shutil.rmtree(before, ignore_errors=True)


def put_back(folder):
    """Puts a folder back that a killed `swap_folder` has left beside its place; does nothing if there is none."""
    with contextlib.suppress(OSError, ValueError):  # nothing may be written there, or the name can be no folder's
        if not os.path.lexists(folder):
            _before(folder).rename(folder)


def put_all_back(parent):
    """As `put_back`, for all folders in a folder."""
    for path in parent.glob(f".*{BEFORE}"):
        put_back(parent / path.name.removeprefix(".").removesuffix(BEFORE))


def _before(folder):
    return folder.with_name(f".{folder.name}{BEFORE}")


def _exchange(one, other):
    """Exchanges two folders in one step; False where the system or its C library cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    return renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0
