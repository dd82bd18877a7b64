"""Where the files of a data set are: in the package, in the user's folder, or not yet on this machine."""

import os
import pathlib

from kerasgen.files import home

PACKAGED = pathlib.Path(__file__).parent / "files"

IN_MEMORY = "made when it is loaded"
IN_PACKAGE = "in the package"
HERE = "here"
TO_FETCH = "to be fetched"
TO_PLACE = "to be placed"


def data_folder():
    """The folder of data sets: KERASGEN_DATA, else "data" in the home of kerasgen."""
    return pathlib.Path(os.environ.get("KERASGEN_DATA") or home() / "data").expanduser()


def raw_folder(about):
    """Where the files of a `DataSet` are looked for and downloaded to."""
    return data_folder() / "raw" / (about.folder or about.name)


def packaged_folder(about):
    """Where the files of a `DataSet` lie if they travel with the package."""
    return PACKAGED / (about.folder or about.name)


def npz_path(about):
    """Where the arrays of a `DataSet` are kept if it takes long to read or comes over a network."""
    return data_folder() / f"{about.name}.npz"


def tfds_folder(name):
    """Where TensorFlow Datasets keeps that builder."""
    return pathlib.Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser() / name


def whereabouts(about):
    """Where a data set is now, as one of the five words above.

    Only names and sizes of files are looked at: `load` compares their sha256.
    """
    if about.remote:
        return HERE if npz_path(about).is_file() or tfds_folder(about.name).is_dir() else TO_FETCH
    if not about.files:
        return IN_MEMORY
    if all(_is_there(packaged_folder(about), file) for file in about.files):
        return IN_PACKAGE
    absent = [file for file in about.files if not _is_there(raw_folder(about), file)]
    if not absent:
        return HERE
    has_mirror = bool(os.environ.get("KERASGEN_MIRROR", "").strip())
    return TO_FETCH if has_mirror or all(file.urls for file in absent) else TO_PLACE


def _is_there(folder, file):
    for form in file.forms:
        try:
            if (folder / form.path).stat().st_size == form.bytes:
                return True
        except OSError:  # absent, or in a folder that may not be read
            continue
    return False
