"""Weights in and out: what a file must look like before it is loaded, and how the files of the zoo are written.

The format is Keras' own .weights.h5, arrays and nothing that could run. Keras itself fills the arrays in one by one and
trusts the file: it stops half-way at the first that does not fit, and takes NaNs or another architecture with the same
shapes. So everything is compared first, with what this very model would save.
"""

import hashlib
import io
import json
import math
import pathlib
import re
import warnings

import h5py
import ml_dtypes
import numpy as np

from kerasgen.fetch import WeightsCorrupt, looks_like
from kerasgen.files import write_atomically

SUFFIX = ".weights.h5"
FINGERPRINT = "kerasgen_fingerprint"  # attribute of the file's root; Keras ignores it
KINDS = {"f": "float", "i": "integer", "u": "integer", "b": "boolean"}
MAX_ROWS = 8  # of the table in an error message


class WeightsMismatch(ValueError):
    """The file is sound, but it belongs to another model; the model keeps the values it had."""


def variable_table(model):
    """Returns [(path, shape), ...] of the model's weights in order, without random, metric and optimizer states.

    Keras numbers unnamed layers through the life of a process (dense_7), so the number says how much was built before.
    Only the order among siblings is kept: the third dense layer under one parent is dense_2 in every process. The
    model's own name is left out.
    """
    ranks = {}  # of segments among siblings, by (parent, name without number)
    table = []
    for variable in model.weights:
        normalised, parent = [], ""
        for segment in variable.path.split("/"):
            stem = re.sub(r"(_\d+)+$", "", segment)
            siblings = ranks.setdefault((parent, stem), {})
            rank = siblings.setdefault(segment, len(siblings))
            is_root = not parent and segment == model.name
            normalised.append("model" if is_root else f"{stem}_{rank}" if rank else stem)
            parent += segment + "/"
        table.append(("/".join(normalised), tuple(variable.shape)))
    return table


def fingerprint(model):
    """Returns the sha256 of `variable_table(model)`: one architecture, one fingerprint, in any process and backend."""
    return hashlib.sha256(json.dumps(variable_table(model)).encode()).hexdigest()


def load_weights(model, path, expected_fingerprint=None):
    """Loads a .weights.h5 file into a built model, entirely or not at all.

    Objects with a `load_own_variables` of their own (counts, averages, random states) decide themselves about arrays
    that they have named, and may save no arrays at all. A state of the optimizer is welcome but never needed.

    Args:
        model: Any built `keras.Model`.
        path: The file. Where it comes from and its sha256 are the business of `kerasgen.fetch`.
        expected_fingerprint: Fingerprint of the architecture that the weights were made for, if it is known.

    Raises:
        ValueError: Another file format, or an unbuilt model.
        FileNotFoundError: There is no such file.
        WeightsCorrupt: The file is damaged, unsafe, or holds NaN or infinity.
        WeightsMismatch: The weights are those of another architecture.
    """
    path = pathlib.Path(path)
    _check_suffix(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no weights file {path}.")
    if not model.built:
        raise ValueError(f"{path} cannot be loaded: build the model first, by calling it or in its constructor.")
    before = _snapshot(model)
    values = [(variable, variable.numpy()) for variable in model.variables]
    _check(model, before, path, expected_fingerprint)
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
        cause = " ".join(str(error).split())[:200]  # Keras puts whole arrays into its messages
        raise WeightsMismatch(f"Keras could not load {path}; the model is as before. {cause}") from None


def save_release(model, path, dtype="float16"):
    """Writes the weights of a built model for others: small, whole or not at all, and loadable by Keras alone.

    Args:
        model: Any built `keras.Model`. The state of its optimizer is left out.
        path: File name ending in .weights.h5; its folder is created.
        dtype: "float16" or "float32" for all floating arrays; integers, such as counters, stay as they are.

    Returns:
        {"sha256": hex digits, "bytes": int}, as in the manifest.

    Raises:
        ValueError: A value is not finite, or too large for `dtype`; nothing is written.
    """
    path = pathlib.Path(path)
    _check_suffix(path)
    if dtype not in ("float16", "float32"):
        raise ValueError(f"dtype must be 'float16' or 'float32'; got {dtype!r}.")
    content = io.BytesIO()
    with h5py.File(_snapshot(model), "r") as source, h5py.File(content, "w") as target:
        target.attrs[FINGERPRINT] = np.bytes_(fingerprint(model))  # of fixed length, see _fingerprint_in
        source.visititems(lambda name, item: _copy(name, item, target, dtype))
    content = content.getvalue()

    write_atomically(path, content)
    return file_facts(path)


def file_facts(path):
    """{"sha256": hex digits, "bytes": int} of a file, as in the manifest."""
    content = pathlib.Path(path).read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


class _Memory(io.BytesIO):
    """A weights file without a disk: Keras takes file objects, and asks str() for the suffix."""

    def __str__(self):
        return "memory" + SUFFIX


def _snapshot(model):
    """What the model would save now: its layout on file, and its values should a load fail."""
    memory = _Memory()
    model.save_weights(memory)
    return memory


def _copy(name, item, target, dtype):
    if _is_optimizer(name):
        return
    if isinstance(item, h5py.Group):
        target.require_group(name).attrs.update(item.attrs)
        return
    array = _read(item)
    if _kind(item) == "float":
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds a value that is not finite in {dtype}; save with another dtype, or mend it.")
    copy = target.create_dataset(name, data=array)
    copy.attrs.update({key: value for key, value in item.attrs.items() if key != "dtype"})  # set for bfloat16 only


def _check_suffix(path):
    if not path.name.endswith(SUFFIX):
        also = " A .keras archive also describes objects for Keras to build." if path.suffix == ".keras" else ""
        raise ValueError(
            f"{path} is refused: only {SUFFIX} files are used here, which hold arrays and nothing that could run.{also}"
        )


def _check(model, before, path, expected_fingerprint):
    """Raises unless everything in the file fits the model; no array is read before its size is known to be right."""
    try:
        with h5py.File(path, "r") as file:
            arrays = _arrays(file, path)
            _check_layout(model, before, arrays, path)
            _check_fingerprint(model, path, [expected_fingerprint, _fingerprint_in(file)])
            for name, array in arrays.items():
                if not _is_optimizer(name) and _kind(array) == "float" and not np.isfinite(_read(array)).all():
                    raise WeightsCorrupt(f"{path} is refused: {name} holds NaN or infinity.")
    except (WeightsCorrupt, WeightsMismatch):
        raise
    except Exception as error:  # h5py raises nearly anything on damaged files
        with path.open("rb") as stream:
            kind = looks_like(stream.read(512))
        kind = f" ({kind})" if kind else ""
        raise WeightsCorrupt(f"{path} is not a readable weights file{kind}: {error}") from error


def _arrays(file, path):
    """Every dataset by its path; refuses, before any data are opened, what only a hostile file holds."""
    arrays, seen, groups = {}, set(), [("", file)]
    while groups:
        prefix, group = groups.pop()
        for name in group:
            full_name = prefix + name
            link = group.get(name, getlink=True)
            item = group[name] if isinstance(link, h5py.HardLink) else None
            if item is None:
                reason = f"a {type(link).__name__}"
            elif item in seen:
                reason = "a second name for an object"
            elif isinstance(item, h5py.Dataset):
                reason = _unsafe(item)
                arrays[full_name] = item
            else:
                reason = "" if isinstance(item, h5py.Group) else "neither group nor array"
                groups.append((full_name + "/", item))
            if reason:
                raise WeightsCorrupt(f"{path} is refused: {full_name} is {reason}, which Keras does not write.")
            seen.add(item)
    declared = sum(math.prod(array.shape) * array.dtype.itemsize for array in arrays.values())
    if declared > path.stat().st_size:
        raise WeightsCorrupt(f"{path} is refused: it declares {declared} bytes of arrays, more than its own size.")
    return arrays


def _unsafe(array):
    """Why a dataset could read other files or grow in memory; "" for the plain arrays that Keras writes."""
    if array.external:
        return "stored in another file"
    if array.is_virtual:
        return "a virtual array"
    if array.chunks:  # every compression needs chunks
        return "a chunked or compressed array"
    if array.shape is None or _kind(array) is None:
        return f"an array of type {array.dtype}"
    if math.prod(array.shape) * array.dtype.itemsize != array.id.get_storage_size():
        return f"an array of shape {array.shape} without its data"
    return ""


def _check_layout(model, before, arrays, path):
    found = {name: f"{array.shape} {_kind(array)}" for name, array in arrays.items()}
    with h5py.File(before, "r") as file:
        saved = _arrays_of_snapshot(file)
        expected = {name: f"{array.shape} {_kind(array)}" for name, array in saved.items()}
        own = _groups_of_own_loaders(model, file)
    some = [{name.rpartition("/")[0] for name in table if _is_numbered(name)} for table in (expected, found)]
    rows = []
    for name in sorted(expected.keys() | found.keys()):
        group = name.rpartition("/")[0]
        free = group in own and (not _is_numbered(name) or group not in some[0] & some[1])
        if expected.get(name) != found.get(name) and not free and not _is_optimizer(name):
            rows.append((name, expected.get(name, "nothing"), found.get(name, "missing")))
    if rows:
        shown = [("array", "expected", "got"), *rows[:MAX_ROWS]]
        widths = [max(len(row[i]) for row in shown) for i in range(2)]
        lines = [f"  {name:{widths[0]}}  {want:{widths[1]}}  {got}" for name, want, got in shown]
        lines += [f"  and {len(rows) - MAX_ROWS} more"] if len(rows) > MAX_ROWS else []
        raise WeightsMismatch("\n".join([f"{path} does not fit this {type(model).__name__}:", *lines]))


def _arrays_of_snapshot(file):
    arrays = {}
    file.visititems(lambda name, item: arrays.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return arrays


def _groups_of_own_loaders(model, file):
    """The groups of layers that read their arrays themselves, found by the name that Keras writes beside each."""
    names = set()
    for layer in model._flatten_layers():
        loader = next(cls for cls in type(layer).__mro__ if "load_own_variables" in vars(cls))
        if not loader.__module__.startswith("keras."):
            names.add(layer.name)
    groups = set()
    file.visititems(lambda name, item: groups.add(name) if item.attrs.get("name") in names else None)
    return groups


def _fingerprint_in(file):
    """The fingerprint that `save_release` has left in the file; None if there is none, or one of another form.

    Only an attribute of fixed length is read: on damaged ones of variable length HDF5 may never return.
    """
    if FINGERPRINT not in file.attrs:
        return None
    attribute = file.attrs.get_id(FINGERPRINT)
    return file.attrs[FINGERPRINT].decode() if attribute.dtype == "S64" and attribute.shape == () else None


def _check_fingerprint(model, path, made_for):
    own = fingerprint(model)
    for other in made_for:
        if other not in (None, own):
            raise WeightsMismatch(
                f"{path} was made for another architecture with the same shapes: fingerprint {other[:16]}..., "
                f"this {type(model).__name__} has {own[:16]}...."
            )


def _is_optimizer(name):
    return "optimizer" in name.split("/")


def _is_numbered(name):
    """Whether Keras named the array; its own layers number their variables."""
    return name.rpartition("/")[2].isdecimal()


def _is_bfloat16(array):
    return array.dtype == "V2" and array.attrs.get("dtype") == "bfloat16"  # how Keras writes what HDF5 does not know


def _kind(array):
    return "float" if _is_bfloat16(array) else KINDS.get(array.dtype.kind)


def _read(array):
    return array[()].view(ml_dtypes.bfloat16) if _is_bfloat16(array) else array[()]
