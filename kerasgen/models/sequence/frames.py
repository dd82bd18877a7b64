"""Sequences of frames: as users give them, side by side, and what is known of them."""

import numpy as np

WORDS = {  # what a sequence is, by the kind of emissions
    "categorical": "integers from 0 to {last}, (frames,)",
    "bernoulli": "bits, each 0 or 1, (frames, {size})",
    "autoregressive": "bits, each 0 or 1, (frames, {size})",
    "gaussian": "finite real numbers (frames, {size})",
    "full_gaussian": "finite real numbers (frames, {size})",
}


def checked(value, name, emission, size=None):
    """Sequences as a list of float64 arrays (frames, size), or of int64 (frames,) for categorical emissions.

    Args:
        value: A list of arrays of any lengths, or an array of equally long ones.
        name: What the argument is called.
        emission: A key of `WORDS`.
        size: Numbers of a frame, or how many symbols there are; None for what the first sequence has.

    Raises:
        ValueError: It is something else.
    """
    is_symbols = emission == "categorical"
    last = "any number" if size is None else size - 1
    sequence = WORDS[emission].format(size=size or "size", last=last)
    words = f"{name} must be a list of sequences, at least one, each {sequence}, at least one frame"
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__len__"):
        raise ValueError(f"{words}; received a {type(value).__name__}.")
    if len(value) == 0:
        raise ValueError(f"{words}; received none.")
    found = []
    for number, each in enumerate(value):
        try:
            array = np.asarray(each)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{words}; sequence {number} is no array: its frames are of different sizes.") from error
        if array.ndim != (1 if is_symbols else 2) or 0 in array.shape:
            hint = " A single sequence goes into a list: [sequence]." if array.ndim == (0 if is_symbols else 1) else ""
            raise ValueError(f"{words}; sequence {number} has shape {array.shape}.{hint}")
        if not is_symbols and array.shape[1] != (size := size or array.shape[1]):
            raise ValueError(f"{words}; sequence {number} has frames of size {array.shape[1]} instead of {size}.")
        if fault := fault_of(array, emission, size):
            raise ValueError(f"{words}; sequence {number} has {fault}.")
        found.append(array.astype("int64" if is_symbols else "float64"))
    return found


def fault_of(array, emission, size):
    """What is wrong with the values of a sequence, in words, or ""."""
    if array.dtype.kind not in ("iu" if emission == "categorical" else "iufb"):
        return f"values of type {array.dtype}"
    if emission == "categorical":
        return "" if array.min() >= 0 and array.max() < (size or np.inf) else f"values from {array.min()} to {array.max()}"
    if not np.all(np.isfinite(array)):
        return "NaN or infinite values"
    if "gaussian" not in emission and not np.all((array == 0) | (array == 1)):
        return f"values from {array.min():.4g} to {array.max():.4g} that are neither 0 nor 1"
    return ""


def side_by_side(sequences, room, width=1):
    """Yields (which sequences, their lengths), the longest first: as many as fit into `room` when all are as long as that one.

    A sequence takes as much room as the longest has frames, but at least `width`.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        some, order = np.split(order, [max(1, room // max(lengths[order[0]], width))])
        yield some, lengths[some]


class Known:
    """What has been computed from some data by some arrays, kept for the next pass over the same."""

    def __init__(self):
        self.forget()

    def forget(self):
        self.data = self.arrays = self.found = None

    def keep(self, data, arrays, found):
        self.data, self.arrays, self.found = data, arrays, found

    def of(self, data, arrays):
        return self.found if data is self.data and arrays is self.arrays else None
