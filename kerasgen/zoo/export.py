"""A model's networks in the formats of other programs, each compared with the model before anything is handed out."""

import contextlib
import os
import pathlib
import shutil
import uuid

import keras
import numpy as np

from kerasgen import checks, exports, noise
from kerasgen.files import swap_folder
from kerasgen.zoo.entries import TOKENIZER

SUFFIXES = {"litert": ".tflite", "onnx": ".onnx", "keras": ".keras"}
FORMATS = ("saved_model", *SUFFIXES)
PACKAGES = {"saved_model": ("tensorflow",), "litert": ("ai_edge_litert",), "onnx": ("onnx", "tf2onnx", "onnxruntime")}
COUNT = 4  # examples that the comparison takes
TOLERANCE = 1e-3  # other programs add in another order; wrong weights differ by far more


def export(model, folder, format="saved_model"):
    """Writes what computes a model's verbs into a new folder, whole or not at all.

    A SavedModel is the folder; in the other formats each network has a file of its name. A language model's tokenizer lies
    beside them.

    Args:
        model: A `GenerativeModel`.
        folder: The folder, which must be new or empty.
        format: "saved_model", "litert", "onnx" or "keras".

    Returns:
        {name of the network: the largest absolute difference between what the written file and the model's own verb compute of
        fixed inputs}.

    Raises:
        ValueError: An unknown format, a folder that is in use, a model without networks, or a format that this backend lacks.
        ImportError: A package is not installed; the message says how to install it.
        FloatingPointError: A difference is larger than 0.001: nothing is written.
    """
    checks.one_of("format", format, FORMATS)
    target = check_folder(folder)
    check_format(format)
    networks = model.averaged_networks()
    new = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    new.mkdir(parents=True)
    try:
        with quiet():
            differences = written(networks, model, new, format)
        if worst := {name: value for name, value in differences.items() if not value <= TOLERANCE}:
            shown = ", ".join(f"{name} by {value:.1e}" for name, value in worst.items())
            raise FloatingPointError(f"What was written as {format} differs from the model ({shown}): it is not kept.")
        if (tokenizer := getattr(model, "tokenizer", None)) is not None:
            tokenizer.save(new / TOKENIZER)
        swap_folder(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return differences


def written(networks, model, folder, format):
    """Writes the networks into a folder; returns the differences."""
    if format == "saved_model":
        exports.write(networks, folder, "tf_saved_model", verbose=False)
    differences = {}
    for name, network in networks.items():
        path = folder / f"{name}{SUFFIXES.get(format, '')}"
        if format != "saved_model":
            exports.write(networks, path, format, verbose=False, network=name)
        inputs = fixed_inputs(network)
        found = exports.RUN[format](folder if format == "saved_model" else path, name, inputs)
        differences[name] = largest_difference(network.output, found, getattr(model, name)(**inputs))
    return differences


def fixed_inputs(network, count=COUNT):
    """{name: array} for a network: numbers in [-1, 1], as latents, images and states may be; of ids and codes, 0 and 1."""
    inputs = {}
    for stream, tensor in enumerate(network.inputs):
        shape = tuple(tensor.shape[1:])
        if "int" in tensor.dtype:
            numbers = np.arange(count * int(np.prod(shape))).reshape(count, *shape)
            inputs[tensor.name] = ((numbers + stream) % 2).astype(tensor.dtype)
        else:
            uniform = noise.uniform(shape, 0, 0, count, stream)
            inputs[tensor.name] = (2 * uniform - 1).astype(tensor.dtype)
    return inputs


def largest_difference(outputs, found, expected):
    """Between what a program and what the model computes.

    Args:
        outputs: The network's own, one tensor or several by name.
        found: {name: array} of the program; a single output may have any name.
        expected: Of the model's verb: an array, a tuple in the order of `outputs`, or {name: array}.

    Raises:
        ValueError: There are others, or they have other shapes.
    """
    if isinstance(outputs, dict):
        expected = expected if isinstance(expected, dict) else dict(zip(outputs, expected, strict=True))
        found, expected = [found[name] for name in outputs], [expected[name] for name in outputs]
    else:
        found, expected = found.values(), [expected]
    pairs = [(np.asarray(a, "float64"), np.asarray(b, "float64")) for a, b in zip(found, expected, strict=True)]
    if any(a.shape != b.shape for a, b in pairs):
        raise ValueError(f"Outputs have the shapes {[a.shape for a, _ in pairs]}; the model's: {[b.shape for _, b in pairs]}.")
    return max(float(np.max(np.abs(a - b))) for a, b in pairs)


def check_folder(folder):
    """Returns the path of a folder for an export.

    Raises:
        ValueError: It holds something, or is no folder.
        PermissionError: Nothing can be written there.
    """
    path = pathlib.Path(folder).resolve()
    if path.exists() and not path.is_dir():
        raise ValueError(f"folder must be a directory; received the file {str(path)!r}.")
    if path.is_dir() and any(path.iterdir()):
        raise ValueError(f"folder must be a new or an empty directory; received {str(path)!r}, which holds files.")
    parent = next(each for each in path.parents if each.exists())
    if not os.access(parent, os.W_OK):
        raise PermissionError(f"folder {str(path)!r} cannot be written: {parent} does not permit it.")
    return path


def check_format(format):
    """Raises if a format cannot be written here: it needs another backend, or packages that are not installed."""
    if format in ("litert", "onnx") and keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"format {format!r} is written on TensorFlow; this process runs on {keras.backend.backend()}: set "
            "KERAS_BACKEND=tensorflow."
        )
    exports.require(format, PACKAGES.get(format, ()))


@contextlib.contextmanager
def quiet():
    """Silences what converters say on their way, on standard error and in their logs."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
        logging.disable(before)
