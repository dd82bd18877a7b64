"""Data sets of TensorFlow Datasets, as arrays. Its folder is TFDS_DATA_DIR; it downloads what is not there."""

import pathlib
import socket
import urllib.request

from kerasgen.data.places import data_folder, tfds_folder
from kerasgen.files import is_offline

IMAGE_SPLITS = (
    "train: the first 50,000 of the training images in the order of TensorFlow Datasets; validation: the last 10,000; "
    "test: as given"
)


def read(name):
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
    try:
        builder = tfds.builder(name)
    except Exception as error:  # it reads what is in its folder, and raises whatever it likes
        raise _damaged(name, tfds_folder(name), error) from error
    if not pathlib.Path(builder.data_path).exists():
        _require_network(name, builder.data_path)
        builder.download_and_prepare()
    try:
        return {split: tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1)) for split in builder.info.splits}
    except Exception as error:
        raise _damaged(name, builder.data_path, error) from error


def image_classes(name):
    """The 60,000 training images as 50,000 for training and the last 10,000 for validation, and the 10,000 test images."""
    splits = read(name)
    train = splits["train"]
    return {
        "train": {field: train[field][:50_000] for field in ("image", "label")},
        "validation": {field: train[field][50_000:] for field in ("image", "label")},
        "test": {field: splits["test"][field] for field in ("image", "label")},
    }


def _damaged(name, folder, error):
    """The error that says which files are damaged, in one line, and what to do."""
    words = " ".join(str(error).split())
    if "}}" in words:  # TensorFlow's names of its nodes, which help nobody
        words = words[words.rfind("}}") + 2 :].partition(" [Op:")[0].strip()
    return OSError(
        f"Data set {name!r} cannot be read from {folder} (TFDS_DATA_DIR): {words[:200]}. Remove that folder: the "
        "data set is then downloaded anew."
    )


def _require_network(name, tfds_path):
    where = (
        f"Data set {name!r} is neither at {data_folder() / f'{name}.npz'} (KERASGEN_DATA) nor at {tfds_path} (TFDS_DATA_DIR)"
    )
    if is_offline():
        raise OSError(f"{where}, and KERASGEN_OFFLINE forbids downloads.")
    if urllib.request.getproxies():
        return  # a proxy reaches what this machine does not
    try:
        socket.create_connection(("storage.googleapis.com", 443), timeout=10).close()
    except OSError as error:
        raise OSError(f"{where}, and it cannot be downloaded: no network ({error}). Copy either of them there.") from error
