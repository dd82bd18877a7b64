"""What all reading of a user's own data shares: kinds of sources, .npz files, and cutting the missing splits."""

import dataclasses
import pathlib
import re

import numpy as np

from kerasgen.data import arrays_file, registry

PARTS = ("train", "validation", "test")
PART_NAMES = {  # what people call them
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


def check_source(source, modality):
    """Returns what kind of source that is, before anything is read: "data set", or a key of `modality.sources`.

    Args:
        source: Name of a registered data set (which takes precedence over a file of that name), or a path.
        modality: A `Modality`: what the model learns from.

    Raises:
        ValueError: There is no such source, or the model cannot learn from its kind.
    """
    if str(source) in registry.names():
        return "data set"
    if not modality.sources:
        raise ValueError(
            f"data must be a data set for a model of {modality.name}, which reads no files: kerasgen.data.names() lists them; "
            f"received {str(source)!r}."
        )
    path = pathlib.Path(source)
    kind = "folder" if path.is_dir() else path.suffix.lower()[1:]
    if kind not in modality.sources or not path.exists():
        state = "" if path.exists() else ", which does not exist"
        raise ValueError(
            f"data must be {' or '.join(modality.sources.values())} for a model of {modality.name}, or a data set "
            f"({', '.join(registry.names())}); received {str(source)!r}{state}."
        )
    return kind


def read_arrays(source, kind, modality):
    """(`DataSet`, {part: {field: array}}) of a registered data set or an .npz file."""
    if kind == "data set":
        parts = registry.load(str(source))
        return registry.describe(str(source)), {part: dict(fields) for part, fields in parts.items() if part in PARTS}
    return described(source, "an .npz file"), read_npz(source, modality.aliases)


def described(source, what):
    """The `DataSet` of a path: its name, and what it is, in words."""
    return registry.DataSet(pathlib.Path(source).resolve().name, None, source=what)


def read_npz(path, aliases):
    """{split: {field: array}} of an .npz with keys "split/field", or with fields alone, which are then the training part.

    Splits may have any name of PART_NAMES; x_train, test_images and the like are understood, too.

    Args:
        path: The file.
        aliases: {key: field}, such as {"images": "image"}; where it is empty, every key is a field.

    Raises:
        ValueError: It cannot be read, holds other arrays, or two that stand for the same field.
    """
    try:
        arrays = arrays_file.load_plain(path)
    except ValueError as error:
        raise ValueError(
            f"{path} cannot be read as an .npz file of plain arrays: {error}. numpy.savez writes one that can."
        ) from error
    splits, keys = {}, {}
    for key, array in arrays.items():
        if (place := split_and_field(key, aliases)) is None:
            continue
        if place in keys:
            raise ValueError(f"{path}: both {keys[place]!r} and {key!r} could be the {place[1]} of {place[0]!r}. Keep one.")
        keys[place] = key
        splits.setdefault(place[0], {})[place[1]] = array
    if not splits:
        names, field = " or ".join(aliases) or "as the fields", next(iter(aliases.values()), "field")
        raise ValueError(
            f"{path} must hold arrays named {names}, or train/{field}, test/{field} and so on; it holds "
            f"{', '.join(arrays) or 'none'}."
        )
    return splits


def split_and_field(key, aliases):
    """(split, field) of a key in an .npz file, or None if it is something else."""

    def field_of(name):
        return aliases.get(name.lower()) if aliases else name

    if "/" in key or aliases:
        for part, field in re.findall(r"^([^/_]+)[/_](.+)$", key) + [
            pair[::-1] for pair in re.findall(r"^(.+)_([^/_]+)$", key)
        ]:
            if part.lower() in PART_NAMES and field_of(field) is not None:
                return PART_NAMES[part.lower()], field_of(field)
        return None if "/" in key or field_of(key) is None else ("train", field_of(key))
    return "train", key


def require_field(splits, field, source):
    """Raises a ValueError unless each part has the field."""
    for part, fields in splits.items():
        if field not in fields:
            raise ValueError(f"{source}: its part {part!r} has no field {field!r}; it has {', '.join(fields) or 'none'}.")


def complete(about, splits, words):
    """The `DataSet` of finished splits, in the order of PARTS; `words` says which were cut, "" for none."""
    if words:
        is_path = about.read is None and about.parse is None
        about = dataclasses.replace(about, splits=words if is_path else f"{about.splits}; {words}")
    ordered = {part: splits[part] for part in PARTS}
    return dataclasses.replace(about, read=lambda: ordered, remote=False)


def plan_cut(splits, count, modality, source):
    """(the parts that are missing, where the training part is cut for them), a tenth of its `count` examples each.

    Args:
        splits: {part: anything}.
        count: Function of a part's value to the number of its examples.
        modality: The `Modality`, for how many each part needs.
        source: For messages.

    Raises:
        ValueError: There is no training part, or too little data.
    """
    if "train" not in splits:
        raise ValueError(f"{source} must have a part 'train'; it has {', '.join(map(repr, splits))}.")
    missing = [part for part in PARTS if part not in splits]
    counts = {part: count(fields) for part, fields in splits.items()}
    total, tenth = counts["train"], counts["train"] // 10
    counts.update(dict.fromkeys(missing, tenth), train=total - tenth * len(missing))
    if any(counts[part] < least for part, least in zip(PARTS, modality.minimum, strict=True)):
        parts = ", ".join(f"{n:,} for {part}" for part, n in zip(PARTS, modality.minimum, strict=True))
        cut_all = len(missing) == 2
        received = f"{total:,}" if cut_all else ", ".join(f"{counts[part]:,} for {part}" for part in PARTS)
        least = f"{sum(modality.minimum):,} {modality.unit}"
        raise ValueError(f"{source} must hold at least {least} ({parts}); received {received}.")
    return missing, [total - tenth * i for i in range(len(missing), 0, -1)]


def cut_rows(splits, field, modality, seed, source):
    """Cuts the missing splits from the training examples, drawn without repetition; returns that in words.

    Args:
        splits: {part: {field: array}}, changed in place; all arrays of a part have as many rows.
        field: The field that is counted.
        modality, source: As for `plan_cut`.
        seed: Seed of the order.
    """
    missing, ends = plan_cut(splits, lambda fields: len(fields[field]), modality, source)
    if missing:
        order = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(len(splits["train"][field]))
        rows = [np.sort(part) for part in np.split(order, ends)]
        pieces = [{name: array[part] for name, array in splits["train"].items()} for part in rows]
        splits.update(zip(["train", *missing], pieces, strict=True))
    return cut_words(missing, f"of the {modality.unit}, drawn with seed {seed}")


def cut_words(missing, how):
    """What was cut, in words."""
    each = " each" if len(missing) == 2 else ""
    return f"{' and '.join(missing)}: a tenth{each} {how}" if missing else ""
