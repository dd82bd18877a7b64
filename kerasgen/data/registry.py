"""Which data sets exist, what is known of them, and their splits as NumPy arrays.

Each data set of the package is one file in `kerasgen/data/sets/`, found by its name and imported on demand; users register
their own. Where the files come from is `raw.py` and, for what TensorFlow Datasets knows, `tfds_reader.py`.
"""

import dataclasses
import hashlib
import importlib
import pathlib
import pkgutil
from collections.abc import Callable

import numpy as np

from kerasgen.checks import unknown_name
from kerasgen.data import arrays_file, places, raw, sets

SAMPLES = pathlib.Path(__file__).parent / "samples"


@dataclasses.dataclass(frozen=True)
class DataSet:
    """What is known of a data set.

    Args:
        name: Lower case with underscores; the name in TensorFlow Datasets, if it has the data set.
        read: Function without arguments that returns {split: {field: array}}; None for a data set that has `files`.
        licence: Terms of the data, or what is known of them.
        source: Who made it, and where it is described.
        splits: How the splits were cut, in words.
        remote: Whether `read` may need a network; its arrays are then cached as .npz.
        files: The `RawFile`s it is read from.
        parse: Function of {path: bytes}, the contents of `files`, that returns what `read` would.
        folder: Name of the folder of its files; its own name if not given.
        made: From which sources its files were made and how, where nobody serves them as they are.
        redistributable: Whether the licence lets parts of the data be published, such as word lists or n-gram counts.
        modality: The kind of data: "image", "text", "pairs", "tags", "music", "bits", "audio", "strokes", "series" or
            "molecules".
        unit: What its examples are, in the plural.
        counted_by: The field whose length is the number of examples.
        fields: {field: type, shape and meaning}.
        labels: {field of class numbers: the name of class 0, 1, ...}.
        counts: {split: number of examples}.
        hashes: {split: its `fingerprint`}. Recorded and tested, not compared at every `load`: the files are, and the parser
            gives the same arrays for the same files.
        instead_of: Names of data sets that the package lacks and that this one can replace.
    """

    name: str
    read: Callable | None = None
    licence: str = "not stated"
    source: str = "not stated"
    splits: str = "as given"
    remote: bool = False
    files: tuple[raw.RawFile, ...] = ()
    parse: Callable | None = None
    folder: str = ""
    made: str = ""
    redistributable: bool = False
    modality: str = "not stated"
    unit: str = "examples"
    counted_by: str = ""
    fields: dict[str, str] = dataclasses.field(default_factory=dict, hash=False)
    labels: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict, hash=False)
    counts: dict[str, int] = dataclasses.field(default_factory=dict, hash=False)
    hashes: dict[str, str] = dataclasses.field(default_factory=dict, hash=False)
    instead_of: tuple[str, ...] = ()


_DATA_SETS: dict[str, DataSet] = {}  # those that users registered


def register(name, read=None, **about):
    """Makes `kerasgen.data.load(name)` return `read()`; may be used as a decorator of that function.

    Args:
        name: The name to load it by.
        read: Function without arguments that returns {split: {field: array}} with at least the split "train".
        **about: `licence`, `source`, `splits` and other arguments of `DataSet`, for model cards.
    """
    if read is None:
        return lambda function: register(name, function, **about)
    _DATA_SETS[name] = DataSet(name=name, read=read, **about)
    return read


def names():
    """Names of all data sets, those of the package and registered ones, sorted."""
    return sorted({*_DATA_SETS, *declared()})


def describe(name):
    """Returns the `DataSet` of that name; a `DataSet` itself is returned as it is.

    Raises:
        ValueError: There is no such data set; the message names what may serve instead, or the three nearest.
    """
    if isinstance(name, DataSet):
        return name
    if not isinstance(name, str) or name not in names():
        raise _unknown(name)
    if name in _DATA_SETS:
        return _DATA_SETS[name]
    return importlib.import_module(f"{sets.__name__}.{name}").DATA_SET


def load(name, smoke=False):
    """Returns the splits of a data set.

    Args:
        name: A name of `names()`, such as "mnist", or a `DataSet`.
        smoke: If true, the few real examples inside the package that tests and `--smoke` use, if there are any.

    Returns:
        {split: {field: array}} as `describe(name).fields` says; images are uint8 (count, height, width, channels), labels
        int64 (count,), texts and sequences as in `kerasgen.data.ragged`.

    Raises:
        ValueError: Unknown name.
        OSError: The files are not on this machine and cannot be fetched; the message says where to put them.
    """
    about = describe(name)
    if smoke and (SAMPLES / f"{about.name}.npz").exists():
        return arrays_file.read(SAMPLES / f"{about.name}.npz")
    if about.read is None:
        return about.parse(raw.contents(about))
    if not about.remote:
        return about.read()
    path = places.npz_path(about)
    if not path.exists():
        arrays_file.write(path, about.read())
    return arrays_file.read(path)


def fingerprint(arrays):
    """sha256 over names, shapes, types and bytes of {field: array}: two splits with the same digest are the same data."""
    digest = hashlib.sha256()
    for field in sorted(arrays):
        array = np.ascontiguousarray(arrays[field])
        digest.update(f"{field} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def declared():
    """Names of the files in `kerasgen/data/sets/`; none is imported."""
    return [module.name for module in pkgutil.iter_modules(sets.__path__) if not module.name.startswith("_")]


def _unknown(name):
    instead = [other for other in declared() if name in describe(other).instead_of]
    if instead:
        found = "; ".join(
            f"{other} ({', '.join(f'{n:,} {s}' for s, n in describe(other).counts.items())})" for other in instead
        )
        return ValueError(f"There is no data set named {name!r}. What there is instead: {found}.")
    return unknown_name("data set", name, names(), hint="kerasgen.data.names() lists them all")
