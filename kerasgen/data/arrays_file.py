"""Splits as one .npz file of plain arrays; its keys are "<split>/<field>"."""

import math
import os
import pathlib
import uuid
import zipfile
import zlib

import numpy as np

KERAS_KEYS = {"x_train", "y_train", "x_test", "y_test"}  # of the files that keras.datasets downloads


def read(path):
    """{split: {field: array}} of the file.

    Raises:
        OSError: It is damaged, or another kind of .npz; the message names the file and the remedy.
    """
    splits = {}
    try:
        for key, array in load_plain(path).items():
            split, slash, field = key.partition("/")
            if not slash:
                keras = ", as the files of keras.datasets do" if key in KERAS_KEYS else ""
                raise ValueError(f"it holds an array {key!r}{keras}")
            splits.setdefault(split, {})[field] = array
        if not splits:
            raise ValueError("it holds no arrays")
    except ValueError as error:
        raise OSError(
            f"{path} is damaged, or not a file that kerasgen wrote (arrays named like train/image): {error}. Move it away: the "
            "data set is then read from its source."
        ) from error
    return splits


def load_plain(path):
    """{key: array} of an .npz file; nothing is unpickled, and no array is larger than the file says it is.

    Raises:
        ValueError: It is no such file; the message says what it is, in one line and without the path.
    """
    path = pathlib.Path(path)
    with path.open("rb") as file:
        start = file.read(40)
    if not zipfile.is_zipfile(path):
        raise ValueError(_what_it_is(start))
    try:
        _require_true_sizes(path)
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except MemoryError as error:
        raise ValueError(f"its arrays do not fit into memory ({error})") from error
    except (ValueError, EOFError, TypeError, AttributeError, RuntimeError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise ValueError(" ".join(str(error).split()).rstrip(".") or type(error).__name__) from error


def write(path, splits):
    """Writes {split: {field: array}}; readers see the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.part.npz")
    try:
        np.savez_compressed(part, **{f"{split}/{field}": a for split, fields in splits.items() for field, a in fields.items()})
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _what_it_is(start):
    """What a file that is no zip archive is, by its first bytes."""
    if not start:
        return "it is empty"
    if start.startswith(b"\x93NUMPY"):
        return "it is a single array (.npy): give it a name by numpy.savez(path, image=numpy.load(...))"
    if start.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, not the file itself: `git lfs pull` fetches that"
    if start.startswith(b"PK"):
        return "it is cut short"
    return f"it is no zip archive, but begins with {start[:12]!r}"


def _require_true_sizes(path):
    """Raises a ValueError for a member that is no array, or whose header claims more than the file holds."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.filename.endswith(".npy"):
                raise ValueError(f"it holds {member.filename!r}, which is no array")
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read_header = getattr(np.lib.format, f"read_array_header_{version[0]}_0", np.lib.format.read_array_header_2_0)
                shape, _, dtype = read_header(file)
            if not dtype.hasobject and math.prod(shape) * dtype.itemsize > member.file_size:
                raise ValueError(f"its array {member.filename[:-4]!r} claims a shape of {shape}, more than the file holds")
