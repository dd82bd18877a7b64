"""Labels as people have them: names of folders, texts, numbers in one column, rows with a single 1."""

import numpy as np


def numbered(parts, names, num_classes, notes):
    """{part: labels, int64 (count,)} of {part: class name of each example}, and the names in the order of their numbers.

    Names that are all numbers of classes that the model has stand for themselves; others are numbered in the order of `names`.

    Args:
        parts: {part: list of str}.
        names: All names, in order.
        num_classes: How many classes the model has; None if it does not say.
        notes: Receives what was made of the names.

    Raises:
        ValueError: There are more classes than the model has, or a class that the training part lacks.
    """
    if missing := sorted(set(names) - set(parts["train"])):
        raise ValueError(f"The training part must hold every class; it lacks {', '.join(map(repr, missing[:5]))}.")
    limit = len(names) if num_classes is None else num_classes
    if len(names) > limit:
        raise ValueError(f"The data must have at most as many classes as the model, {limit}; received {len(names)}.")
    if all(name.isdecimal() and int(name) < limit for name in names):
        return {part: np.array([int(name) for name in found], "int64") for part, found in parts.items()}, tuple(names)
    number = {name: i for i, name in enumerate(names)}
    listed = ", ".join(f"{i} = {name}" for name, i in list(number.items())[:20]) + (", ..." if len(names) > 20 else "")
    notes.append(f"Classes: {listed}.")
    return {part: np.array([number[name] for name in found], "int64") for part, found in parts.items()}, tuple(names)


def understood(labels, count, part, notes):
    """Labels as int64 or text (count,): one column, rows with a single 1, and whole floats are taken for what they mean.

    Raises:
        ValueError: They are not one for each of the `count` examples.
    """
    given = labels
    if labels.ndim == 2 and len(labels) == count and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and len(labels) == count and _is_one_hot(labels):
        labels = np.argmax(labels, axis=1)
    if labels.shape != (count,):
        raise ValueError(f"labels must be one for each of the {count} images; received shape {given.shape} in {part!r}.")
    if labels.dtype.kind == "f" and np.all(labels == np.round(labels)):
        labels = labels.astype("int64")
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype != given.dtype or labels.shape != given.shape:
        sentence = f"Labels of shape {given.shape[1:]} and type {given.dtype} were read as classes."
        notes += [] if sentence in notes else [sentence]
    return labels


def _is_one_hot(labels):
    return labels.dtype.kind in "buif" and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
