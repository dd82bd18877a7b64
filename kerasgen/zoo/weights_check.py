"""What a weights file must look like before Keras opens it: plain arrays, finite, and those of this very architecture."""

import hashlib
import json
import math
import re

import h5py
import ml_dtypes
import numpy as np

from kerasgen.download import FileCorrupt, looks_like
from kerasgen.json_files import plain

FINGERPRINT = "kerasgen_fingerprint"  # attribute of the file's root; Keras ignores it
KINDS = {"f": "float", "i": "integer", "u": "integer", "b": "boolean"}
MAX_OBJECTS, MAX_DEPTH = 20_000, 40  # a model of the zoo has some hundred arrays, six levels deep
MAX_ROWS = 8  # of the table in an error message


class WeightsMismatch(ValueError):
    """The file is sound, but it belongs to another model; the model keeps the values it had."""


def variable_table(model):
    """Returns [(path, shape), ...] of the model's weights in order, without random, metric and optimizer states.

    Keras numbers unnamed layers over the life of a process (dense_7), so the number depends on what was built before.
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
    """Returns the sha256 of `variable_table(model)`: one architecture, one fingerprint, in any process and backend.

    Arrays of an `ExactModel`, whose sizes follow from the data, count by name only.
    """
    table = [*variable_table(model), *getattr(model, "array_names", ())]
    return hashlib.sha256(json.dumps(table).encode()).hexdigest()


def check(model, before, path, expected_fingerprint):
    """Raises unless everything in the file fits the model; no array is read before its size is known to be right."""
    try:
        with h5py.File(path, "r") as file:
            arrays, groups = _arrays(file, path)
            _check_layout(model, before, arrays, path)
            _check_groups(before, arrays, groups, path)
            _check_fingerprint(model, path, [expected_fingerprint, _fingerprint_in(file)])
            for name, array in arrays.items():
                if kind_of(array) == "float" and not np.isfinite(read_array(array)).all():
                    raise FileCorrupt(f"{path} is refused: {name} holds NaN or infinity.")
    except (FileCorrupt, WeightsMismatch):
        raise
    except Exception as error:  # h5py raises nearly anything on damaged files
        with path.open("rb") as stream:
            kind = looks_like(stream.read(512))
        kind = f" ({kind})" if kind else ""
        raise FileCorrupt(f"{path} is not a readable weights file{kind}: {plain(error):.300}") from error


def _arrays(file, path):
    """Every dataset by its path; before any data are read, refuses what only a hostile file would hold."""
    arrays, seen, groups, found_groups = {}, set(), [("", file)], set()
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
                found_groups.add(full_name)
                groups.append((full_name + "/", item))
            if len(seen) > MAX_OBJECTS or full_name.count("/") > MAX_DEPTH:
                reason = f"one of more than {MAX_OBJECTS} objects, or more than {MAX_DEPTH} levels deep"
            if reason:
                full_name = full_name if full_name.isprintable() and len(full_name) < 200 else f"{full_name!r:.200}"
                raise FileCorrupt(f"{path} is refused: {full_name} is {reason}, which Keras does not write.")
            seen.add(item)
    declared = sum(math.prod(array.shape) * array.dtype.itemsize for array in arrays.values())
    if declared > path.stat().st_size:
        raise FileCorrupt(f"{path} is refused: it declares {declared} bytes of arrays, more than its own size.")
    return arrays, found_groups


def _unsafe(array):
    """Why a dataset could read other files or grow in memory; "" for the plain arrays that Keras writes."""
    if array.external:
        return "stored in another file"
    if array.is_virtual:
        return "a virtual array"
    if array.chunks:  # every compression needs chunks
        return "a chunked or compressed array"
    if array.shape is None or kind_of(array) is None:
        return f"an array of type {array.dtype}"
    if math.prod(array.shape) * array.dtype.itemsize != array.id.get_storage_size():
        return f"an array of shape {array.shape} without its data"
    return ""


def _check_layout(model, before, arrays, path):
    found = {name: f"{array.shape} {kind_of(array)}" for name, array in arrays.items()}
    with h5py.File(before, "r") as file:
        saved = _arrays_of_snapshot(file)
        expected = {name: f"{array.shape} {kind_of(array)}" for name, array in saved.items()}
        own = _groups_of_own_loaders(model, file)
    some = [{name.rpartition("/")[0] for name in table if _is_numbered(name)} for table in (expected, found)]
    rows = []
    for name in sorted(expected.keys() | found.keys()):
        group = name.rpartition("/")[0]
        free = group in own and (not _is_numbered(name) or group not in some[0] & some[1])
        if expected.get(name) != found.get(name) and not free and not is_optimizer(name):
            rows.append((name, expected.get(name, "nothing"), found.get(name, "missing")))
    if rows:
        clean = [(name if name.isprintable() else repr(name), *more) for name, *more in rows[:MAX_ROWS]]
        shown = [("array", "expected", "got"), *clean]
        widths = [max(len(row[i]) for row in shown) for i in range(2)]
        lines = [f"  {name:{widths[0]}}  {want:{widths[1]}}  {got}" for name, want, got in shown]
        lines += [f"  and {len(rows) - MAX_ROWS} more"] if len(rows) > MAX_ROWS else []
        raise WeightsMismatch("\n".join([f"{path} does not fit this {type(model).__name__}:", *lines]))


def _check_groups(snapshot, arrays, groups, path):
    """Refuses empty groups that the model itself would not write."""
    known = {"/".join(name.split("/")[:depth]) for name in arrays for depth in range(1, name.count("/") + 1)}
    with h5py.File(snapshot, "r") as file:
        file.visititems(lambda name, item: known.add(name) if isinstance(item, h5py.Group) else None)
    for name in groups - known:
        if not is_optimizer(name):
            raise FileCorrupt(f"{path} is refused: {name!r:.200} is an empty group, which this model does not have.")


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
                f"{path} was made for another architecture with the same shapes: fingerprint {other[:16]!r}, "
                f"this {type(model).__name__} has {own[:16]!r}."
            )


def is_optimizer(name):
    return name.split("/")[0] == "optimizer"


def _is_numbered(name):
    """Whether Keras named the array; its own layers number their variables."""
    return name.rpartition("/")[2].isdecimal()


def _is_bfloat16(array):
    return array.dtype == "V2" and array.attrs.get("dtype") == "bfloat16"  # how Keras writes what HDF5 does not know


def kind_of(array):
    return "float" if _is_bfloat16(array) else KINDS.get(array.dtype.kind)


def read_array(array):
    return array[()].view(ml_dtypes.bfloat16) if _is_bfloat16(array) else array[()]
