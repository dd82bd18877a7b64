"""Weights in and out: what a file must look like before it is loaded, and how the files of the zoo are written.

The format is Keras' own .weights.h5, arrays and nothing that could run. Keras itself fills the arrays in one by one and
trusts the file: it stops half-way at the first that does not fit, and accepts NaNs or another architecture with the same
shapes. So everything is first compared with what this very model would save.
"""

import hashlib
import io
import pathlib
import warnings

import h5py
import numpy as np

from kerasgen.files import write_atomically
from kerasgen.json_files import plain
from kerasgen.zoo.weights_check import FINGERPRINT, WeightsMismatch, check, fingerprint, is_optimizer, kind_of, read_array

SUFFIX = ".weights.h5"


def load_weights(model, path, expected_fingerprint=None):
    """Loads a .weights.h5 file into a built model, entirely or not at all.

    Objects with a `load_own_variables` of their own (counts, averages, random states) decide for themselves about arrays
    that they have named, and may have saved none at all. Optimizer state is accepted but never needed.

    Args:
        model: Any built `keras.Model`.
        path: The file. `kerasgen.zoo.fetch` finds it and checks its sha256.
        expected_fingerprint: Fingerprint of the architecture that the weights were made for, if it is known.

    Raises:
        ValueError: Another file format, or an unbuilt model.
        FileNotFoundError: There is no such file.
        FileCorrupt: The file is damaged, unsafe, or holds NaN or infinity.
        WeightsMismatch: The weights are those of another architecture.
    """
    path = pathlib.Path(path)
    _check_suffix(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no weights file {path}.")
    if not model.built:
        raise ValueError(f"{path} cannot be loaded: build the model first, by calling it or in its constructor.")
    before = snapshot(model)
    values = [(variable, variable.numpy()) for variable in model.variables]
    check(model, before, path, expected_fingerprint)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")  # released files have no state
            model.load_weights(path)
    except BaseException as error:
        model.load_weights(before)
        for variable, value in values:  # random states, which an uncompiled model does not save
            variable.assign(value)
        if not isinstance(error, Exception):
            raise
        cause = plain(error)[:200]  # Keras puts whole arrays into its messages
        raise WeightsMismatch(f"Keras could not load {path}; the model is as before. {cause}") from None


def save_release(model, path, dtype="float16"):
    """Writes the weights of a built model for release: small, whole or not at all, and loadable by Keras alone.

    Args:
        model: Any built `keras.Model`. The state of its optimizer is left out.
        path: File name ending in .weights.h5; its folder is created.
        dtype: "float16" or "float32" for all floating arrays, None to leave them as they are; integers, such as counters,
            stay as they are.

    Returns:
        {"sha256": hex digits, "bytes": int}, as in the manifest.

    Raises:
        ValueError: A value is not finite, or too large for `dtype`; nothing is written.
    """
    path = pathlib.Path(path)
    _check_suffix(path)
    if dtype not in ("float16", "float32", None):
        raise ValueError(f"dtype must be 'float16', 'float32' or None; got {dtype!r}.")
    content = io.BytesIO()
    with h5py.File(snapshot(model), "r") as source, h5py.File(content, "w") as target:
        target.attrs[FINGERPRINT] = np.bytes_(fingerprint(model))  # of fixed length, see _fingerprint_in
        source.visititems(lambda name, item: _copy(name, item, target, dtype))
    content = content.getvalue()

    write_atomically(path, content)
    return file_facts(path)


def copy(model, twin):
    """Gives `twin`, of the same configuration, everything that `model` has learned, whatever their precision."""
    twin.load_weights(snapshot(model))


def file_facts(path):
    """{"sha256": hex digits, "bytes": int} of a file, as in the manifest."""
    content = pathlib.Path(path).read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


class _Memory(io.BytesIO):
    """A weights file without a disk: Keras takes file objects, and asks str() for the suffix."""

    def __str__(self):
        return "memory" + SUFFIX


def snapshot(model):
    """What the model would save now: its layout in a file, and its values in case a load fails."""
    memory = _Memory()
    model.save_weights(memory)
    return memory


def _copy(name, item, target, dtype):
    if is_optimizer(name):
        return
    if isinstance(item, h5py.Group):
        target.require_group(name).attrs.update(item.attrs)
        return
    array = read_array(item)
    if kind_of(item) == "float":
        with np.errstate(over="ignore"):
            array = array.astype(dtype or array.dtype)
        if not np.isfinite(array).all():
            raise ValueError(
                f"{name} holds a value that is not finite in {array.dtype}; save with another dtype, or fix the value."
            )
    copy = target.create_dataset(name, data=array)
    copy.attrs.update({key: value for key, value in item.attrs.items() if key != "dtype"})  # set for bfloat16 only


def _check_suffix(path):
    if not path.name.endswith(SUFFIX):
        also = " A .keras archive also describes objects for Keras to build." if path.suffix == ".keras" else ""
        raise ValueError(
            f"{path} is refused: only {SUFFIX} files are used here, which hold arrays and nothing that could run.{also}"
        )
