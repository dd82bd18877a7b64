"""Training, validation and test parts for data without splits: disjoint, complete, and the same for the same seed."""

from collections.abc import Mapping

import numpy as np

from kerasgen import checks
from kerasgen.data import ragged

PARTS = ("train", "validation", "test")


def split(arrays, parts=(6, 2, 2), seed=0, stratify=None, groups=None, shuffle=True):
    """Cuts examples into training, validation and test, 6:2:2 unless told otherwise.

    The sizes are the exact proportions, rounded by largest remainder; with `groups`, as near to them as whole groups allow.
    Each example is in exactly one part; within a part, examples keep their order. `fingerprint` of a part is its hash.

    Args:
        arrays: {field: array}, or {split: {field: array}}, whose splits are joined first. Texts and sequences of different
            length are as in `kerasgen.data.ragged`.
        parts: Proportions of train, validation and test; a part of 0 is left out.
        seed: Integer in 0 .. 2**63 - 1.
        stratify: Labels, or the field that holds them: each class is divided in these proportions.
        groups: What belongs together (a speaker, a family of near-copies), or the field that says so: a group is in one part
            as a whole.
        shuffle: If false, the parts follow one another in the given order: for time series, and for one long text, whose
            windows would otherwise overlap the parts.

    Returns:
        {"train", "validation", "test": {field: array}}.

    Raises:
        ValueError: An argument is wrong, arguments exclude one another, or a part would be empty.

    >>> import numpy as np
    >>> digits = {"image": np.zeros((50, 28, 28, 1), "uint8"), "label": np.arange(50) % 10}
    >>> {part: len(fields["label"]) for part, fields in split(digits, stratify="label").items()}
    {'train': 30, 'validation': 10, 'test': 10}
    >>> np.bincount(split(digits, stratify="label")["test"]["label"])
    array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    """
    arrays = _joined(arrays)
    weights = _weights(parts)
    seed = checks.seed(seed)
    if sum((stratify is not None, groups is not None, not shuffle)) > 1:
        raise ValueError("stratify, groups and shuffle=False exclude each other; received more than one of them.")
    if set(arrays) == {"text"} and np.ndim(arrays["text"]) == 1:
        return _cut_text(arrays["text"], weights, shuffle)
    count = ragged.count(arrays)
    if groups is not None:
        part = _by_group(_numbered("groups", groups, arrays, count), weights, seed)
    elif stratify is not None:
        part = _by_class(_numbered("stratify", stratify, arrays, count), weights, seed)
    else:
        part = np.repeat(np.arange(3), _sizes(count, weights))
        if shuffle:
            part[_order(count, seed)] = part.copy()
    _require_all(np.bincount(part, minlength=3), weights, count)
    return {name: ragged.take(arrays, np.flatnonzero(part == i)) for i, name in enumerate(PARTS) if weights[i]}


def _joined(arrays):
    """{field: array} of {split: {field: array}}."""
    if not isinstance(arrays, Mapping) or not arrays:
        raise ValueError(f"arrays must be a dictionary {{field: array}}; received {type(arrays).__name__}.")
    nested = [isinstance(value, Mapping) for value in arrays.values()]
    if not any(nested):
        return {field: np.asarray(array) for field, array in arrays.items()}
    fields = {tuple(sorted(part)) if is_split else None for part, is_split in zip(arrays.values(), nested, strict=True)}
    if len(fields) > 1 or None in fields:
        raise ValueError(f"arrays must have the same fields in each split; received {sorted(map(str, fields))}.")
    return {field: np.concatenate([part[field] for part in arrays.values()]) for field in next(iter(fields))}


def _weights(parts):
    fits = isinstance(parts, (tuple, list)) and len(parts) == 3
    if not fits or not all(np.isscalar(p) and np.isreal(p) and 0 <= p < np.inf for p in parts) or not parts[0]:
        raise ValueError(f"parts must be three finite numbers, the first positive and none negative; received {parts!r}.")
    return np.asarray(parts, "float64") / sum(parts)


def _sizes(count, weights, carried=0.0):
    """Whole sizes of sum `count` in these proportions: largest remainders, those `carried` from before included."""
    exact = count * weights
    sizes = np.floor(exact).astype(int)
    # Rounding the remainders makes equal ones equal whatever the platform; the first part then wins.
    left = np.round(exact - sizes + carried, 9)
    left[weights == 0] = -np.inf
    for _ in range(count - sizes.sum()):
        largest = np.argmax(left)
        sizes[largest] += 1
        left[largest] -= 1
    return sizes


def _order(count, seed, stream=0):
    """A permutation of 0..count-1. NumPy promises Philox's raw numbers for all versions, but not those of `permutation`."""
    return np.argsort(np.random.Philox(key=[seed, stream]).random_raw(count), kind="stable")


def _numbered(name, given, arrays, count):
    """int64 (count,): the number of each example's class or group, by first appearance."""
    if isinstance(given, str):
        if given not in arrays:
            raise ValueError(
                f"{name} must be an array or one of the fields {', '.join(map(repr, arrays))}; received {given!r}."
            )
        given = ragged.to_strings(arrays, given) if given + ragged.LENGTH in arrays else arrays[given]
    values = given if isinstance(given, list) else np.asarray(given).tolist()
    if not isinstance(values, list) or len(values) != count or any(isinstance(value, list) for value in values):
        shape = np.shape(given) if not isinstance(given, list) else (len(given),)
        raise ValueError(f"{name} must be one value for each of the {count} examples; received shape {shape}.")
    seen = {}
    return np.array([seen.setdefault(value, len(seen)) for value in values], "int64")


def _by_class(classes, weights, seed):
    part, carried = np.empty(len(classes), "int64"), np.zeros(3)
    order = _order(len(classes), seed)
    for number in range(classes.max(initial=-1) + 1):
        members = order[classes[order] == number]
        sizes = _sizes(len(members), weights, carried)
        carried += len(members) * weights - sizes  # so that small classes do not all favour the same part
        part[members] = np.repeat(np.arange(3), sizes)
    return part


def _by_group(groups, weights, seed):
    """Assigns groups, large ones first, each to the part that lacks most."""
    members = np.bincount(groups)
    lacking = _sizes(len(groups), weights).astype("float64")
    lacking[weights == 0] = -np.inf
    lacking, part_of = lacking.tolist(), [0] * len(members)
    order = _order(len(members), seed)
    for group in order[np.argsort(-members[order], kind="stable")].tolist():
        part_of[group] = part = lacking.index(max(lacking))
        lacking[part] -= int(members[group])
    return np.array(part_of)[groups]


def _cut_text(text, weights, shuffle):
    if shuffle:
        raise ValueError("shuffle must be False for one long text, which is cut by position; received True.")
    ends = np.cumsum(_sizes(len(text), weights))[:-1]
    starts_of_characters = np.flatnonzero((text & 0xC0) != 0x80)
    ends = np.append(starts_of_characters, len(text))[np.searchsorted(starts_of_characters, ends)]
    pieces = np.split(text, ends)
    _require_all(np.array(list(map(len, pieces))), weights, len(text))
    return {name: {"text": piece} for name, piece, weight in zip(PARTS, pieces, weights, strict=True) if weight}


def _require_all(sizes, weights, count):
    empty = [name for name, size, weight in zip(PARTS, sizes, weights, strict=True) if weight and not size]
    if empty:
        raise ValueError(f"arrays must hold enough examples for every part; received {count}, none for {', '.join(empty)}.")
