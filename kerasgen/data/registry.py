"""Which data sets exist, where their files come from, and how they are split.

A data set is read from `<KERASGEN_DATA>/<name>.npz` where that file exists (no TensorFlow needed), else through TensorFlow
Datasets, which downloads it once; the arrays are then kept as that .npz. Keys of the file are "<split>/<field>".
"""

import dataclasses
import hashlib
import os
import pathlib
import socket
import uuid
from collections.abc import Callable

import numpy as np

from kerasgen.paths import home, is_offline
from kerasgen.suggest import unknown_name

SAMPLES = pathlib.Path(__file__).parent / "samples"


@dataclasses.dataclass(frozen=True)
class DataSet:
    """What is known of a data set.

    Args:
        name: Lower case with underscores, as TensorFlow Datasets names it where it has it.
        read: Function without arguments that returns {split: {field: array}}.
        licence: Terms of the data, or what is known of them.
        source: Who made it, and where it is described.
        splits: How the splits were cut, in words.
        remote: Whether `read` may need a network; its arrays are then cached as .npz.
    """

    name: str
    read: Callable
    licence: str = "not stated"
    source: str = "not stated"
    splits: str = "as given"
    remote: bool = False


_DATA_SETS: dict[str, DataSet] = {}


def register(name, read=None, **about):
    """Makes `kerasgen.data.load(name)` return `read()`; may be used as a decorator of that function.

    Args:
        name: The name to load it by.
        read: Function without arguments that returns {split: {field: array}} with at least the split "train".
        **about: `licence`, `source` and `splits` of `DataSet`, for model cards.
    """
    if read is None:
        return lambda function: register(name, function, **about)
    _DATA_SETS[name] = DataSet(name=name, read=read, **about)
    return read


def names():
    """Names of all registered data sets, sorted."""
    return sorted(_DATA_SETS)


def describe(name):
    """Returns the `DataSet` of that name.

    Raises:
        ValueError: There is no such data set; the message names the three nearest.
    """
    if name not in _DATA_SETS:
        raise unknown_name("data set", name, names(), hint="kerasgen.data.names() lists them all")
    return _DATA_SETS[name]


def load(name, smoke=False):
    """Returns the splits of a data set.

    Args:
        name: A registered name, such as "mnist".
        smoke: If true, the few real examples inside the package that tests and `--smoke` use.

    Returns:
        {split: {field: array}}; images are uint8 (count, height, width, channels), labels int64 (count,).

    Raises:
        ValueError: Unknown name.
        OSError: The files are not on this machine and cannot be fetched; the message says where to put them.
    """
    about = describe(name)
    if smoke and (SAMPLES / f"{name}.npz").exists():
        return _read_npz(SAMPLES / f"{name}.npz")
    if not about.remote:
        return about.read()
    path = data_folder() / f"{name}.npz"
    if not path.exists():
        _write_npz(path, about.read())
    return _read_npz(path)


def data_folder():
    """Where the .npz files live: KERASGEN_DATA, else "data" in the home of kerasgen."""
    return pathlib.Path(os.environ.get("KERASGEN_DATA") or home() / "data")


def fingerprint(arrays):
    """sha256 over names, shapes, types and bytes of {field: array}: two splits with the same digest are the same data."""
    digest = hashlib.sha256()
    for field in sorted(arrays):
        array = np.ascontiguousarray(arrays[field])
        digest.update(f"{field} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _read_npz(path):
    splits = {}
    with np.load(path, allow_pickle=False) as file:
        for key in file.files:
            split, field = key.split("/")
            splits.setdefault(split, {})[field] = file[key]
    return splits


def _write_npz(path, splits):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.part.npz")
    try:
        np.savez_compressed(part, **{f"{split}/{field}": a for split, fields in splits.items() for field, a in fields.items()})
        os.replace(part, path)  # readers see the whole file or none
    finally:
        part.unlink(missing_ok=True)


def _read_tfds(name):
    """{tfds split: {field: array}} of a builder that TensorFlow Datasets knows, downloaded if need be."""
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise OSError(
            f"Data set {name!r} is not at {data_folder() / f'{name}.npz'}, and reading it through TensorFlow Datasets needs "
            f"TensorFlow, which is not installed ({error}). Put that .npz there: kerasgen.data.load({name!r}) on a machine "
            "with TensorFlow writes it."
        ) from error
    tfds.disable_progress_bar()
    builder = tfds.builder(name)
    if not pathlib.Path(builder.data_path).exists():
        _require_network(name, builder.data_path)
        builder.download_and_prepare()
    return {split: tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1)) for split in builder.info.splits}


def _require_network(name, tfds_path):
    where = (
        f"Data set {name!r} is neither at {data_folder() / f'{name}.npz'} (KERASGEN_DATA) nor at {tfds_path} (TFDS_DATA_DIR)"
    )
    if is_offline():
        raise OSError(f"{where}, and KERASGEN_OFFLINE forbids downloads.")
    try:
        socket.create_connection(("storage.googleapis.com", 443), timeout=10).close()
    except OSError as error:
        raise OSError(f"{where}, and it cannot be downloaded: no network ({error}). Copy either of them there.") from error


def _image_classes(name):
    """The 60,000 training images as 50,000 for training and the last 10,000 for validation, and the 10,000 test images."""

    def read():
        splits = _read_tfds(name)
        train = splits["train"]
        return {
            "train": {field: train[field][:50_000] for field in ("image", "label")},
            "validation": {field: train[field][50_000:] for field in ("image", "label")},
            "test": {field: splits["test"][field] for field in ("image", "label")},
        }

    return read


_IMAGE_SPLITS = (
    "train: the first 50,000 of the training images in the order of TensorFlow Datasets; validation: the last 10,000; "
    "test: as given"
)

register(
    "mnist",
    _image_classes("mnist"),
    licence="no licence file; commonly given as CC BY-SA 3.0",
    source="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
    splits=_IMAGE_SPLITS,
    remote=True,
)
register(
    "fashion_mnist",
    _image_classes("fashion_mnist"),
    licence="MIT",
    source="H. Xiao, K. Rasul, R. Vollgraf, 2017, arXiv:1708.07747 (Zalando SE)",
    splits=_IMAGE_SPLITS,
    remote=True,
)


def _binarized_mnist():
    """Larochelle's draw of the bits, as images of 0 and 255."""
    splits = _read_tfds("binarized_mnist")
    return {split: {"image": (fields["image"] > 0).astype("uint8") * np.uint8(255)} for split, fields in splits.items()}


register(
    "binarized_mnist",
    _binarized_mnist,
    licence="no licence file; MNIST is commonly given as CC BY-SA 3.0",
    source="H. Larochelle & I. Murray, 2011, after R. Salakhutdinov & I. Murray, 2008: MNIST, each pixel drawn once as a bit",
    splits="as given (50,000, 10,000 and 10,000)",
    remote=True,
)


def _shakespeare():
    """The splits of TensorFlow Datasets, the last 50,000 characters of the first one for validation."""
    texts = {name: fields["text"][0] for name, fields in _read_tfds("tiny_shakespeare").items()}
    cut = {
        "train": texts["train"][:-50_000],
        "validation": texts["train"][-50_000:],
        "test": texts["test"],
        "last_tenth": texts["validation"] + texts["test"],
    }
    return {split: {"text": np.frombuffer(text, "uint8")} for split, text in cut.items()}  # ASCII: a byte is a character


register(
    "tiny_shakespeare",
    _shakespeare,
    licence="public domain",
    source="A. Karpathy, 2015: 40,000 lines from the plays of W. Shakespeare",
    splits="train: the train split of TensorFlow Datasets but its last 50,000 characters, which are the validation; test: as "
    "given (55,770 characters); last_tenth: its validation and test, which is nanoGPT's validation text (111,540)",
    remote=True,
)
