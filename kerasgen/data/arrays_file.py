"""Splits as one .npz file of plain arrays; its keys are "<split>/<field>"."""

import os
import uuid
import zipfile
import zlib

import numpy as np


def read(path):
    """{split: {field: array}} of the file.

    Raises:
        OSError: It is damaged, or another kind of .npz; the message names the file and the remedy.
    """
    splits = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            for key in file.files:
                split, slash, field = key.partition("/")
                if not slash:
                    raise ValueError(f"it holds an array {key!r}")
                splits.setdefault(split, {})[field] = file[key]
    except (ValueError, EOFError, TypeError, AttributeError, zlib.error, zipfile.BadZipFile) as error:
        raise OSError(
            f"{path} is damaged, or not a file that kerasgen wrote (arrays named like train/image): {error}. Remove it: the "
            "data set is then read from its source."
        ) from error
    return splits


def write(path, splits):
    """Writes {split: {field: array}}; readers see the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.part.npz")
    try:
        np.savez_compressed(part, **{f"{split}/{field}": a for split, fields in splits.items() for field, a in fields.items()})
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
