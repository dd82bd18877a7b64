"""Examples of different lengths as plain arrays, without padding, pickle or a fixed width. One convention for all data sets:

* A list of texts in the field "poem" is two arrays: "poem", the UTF-8 bytes of all texts one after another, uint8 (bytes,),
  and "poem_length", the bytes of each, int64 (texts,). See `to_strings`, `from_strings`.
* A field "length", int64 (examples,), says that examples are sequences, and of how many steps. Every field with
  sum(length) rows holds the steps of all examples one after another; see `to_sequences`. A list of texts may be such a field:
  "token" and "token_length" (tokens,) hold the tokens of all sentences, "length" (sentences,) the tokens of each.
* All other fields have one row per example.
* The field "text" alone, without "text_length", is one long text; see `to_text`.

>>> import numpy as np
>>> arrays = {**from_strings("word", ["so", "it", "goes"]), "length": np.array([1, 2])}
>>> to_sequences(to_strings(arrays, "word"), arrays["length"])
[['so'], ['it', 'goes']]
>>> to_strings(take(arrays, [1]), "word")
['it', 'goes']
"""

import numpy as np

LENGTH = "_length"


def to_text(array):
    """The str of a data set's field "text", which holds its UTF-8 bytes as uint8 (count,)."""
    return np.asarray(array, "uint8").tobytes().decode("utf-8")


def to_strings(arrays, field):
    """The texts of a field of {field: array}, a list of str."""
    content = np.asarray(arrays[field], "uint8").tobytes()
    ends = np.cumsum(arrays[field + LENGTH]).tolist()
    return [content[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]


def from_strings(field, strings):
    """{field: uint8 (bytes,), field_length: int64 (texts,)} of a list of str."""
    encoded = [string.encode("utf-8") for string in strings]
    lengths = np.array([len(code) for code in encoded], "int64")
    return {field: np.frombuffer(b"".join(encoded), "uint8"), field + LENGTH: lengths}


def to_sequences(steps, length):
    """Cuts an array or a list of sum(length) steps into a list with one piece per example."""
    ends = np.cumsum(length).tolist()
    return [steps[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def count(arrays):
    """How many examples {field: array} holds.

    Raises:
        ValueError: There is no field, or a field matches neither the examples nor their steps.
    """
    return _layout(arrays)[0]


def take(arrays, rows):
    """The chosen examples of {field: array}, in the order of `rows`, an array of their numbers."""
    examples, owners = _layout(arrays)
    rows = np.asarray(rows, "int64")
    if len(rows) and np.all(rows[1:] > rows[:-1]) and rows[0] >= 0:
        rows = np.isin(np.arange(examples), rows, kind="table")  # a mask is an eighth of the positions
    steps = _members(arrays["length"], rows) if "length" in arrays else None
    chosen = {}
    for field, array in arrays.items():
        own = steps if owners[field] == "steps" else rows
        is_text = field + LENGTH in arrays
        chosen[field] = np.asarray(array)[_members(arrays[field + LENGTH], own) if is_text else own]
    return chosen


def _layout(arrays):
    """(number of examples, {field: "examples" or "steps", whichever its rows or its texts are})."""
    heights = {field: len(arrays.get(field + LENGTH, array)) for field, array in arrays.items()}
    if not heights:
        raise ValueError("arrays must hold at least one field; received none.")
    examples = heights.get("length", next(iter(heights.values())))
    if "length" in arrays and np.min(arrays["length"], initial=1) < 1:
        raise ValueError("length must be at least 1 in each example: empty sequences are left out; received less.")
    steps = int(np.sum(arrays["length"])) if "length" in arrays else examples
    wrong = {field: height for field, height in heights.items() if height not in (examples, steps)}
    if wrong:
        allowed = f"{examples} examples" + (f" or {steps} steps" if "length" in arrays else "")
        received = ", ".join(f"{height} in {field!r}" for field, height in wrong.items())
        raise ValueError(f"arrays must hold {allowed} in each field; received {received}.")
    return examples, {field: "examples" if height == examples else "steps" for field, height in heights.items()}


def _members(lengths, rows):
    """Where the members of the rows are, of which row i has lengths[i] one after another; a mask for a mask."""
    if rows.dtype == bool:
        return np.repeat(rows, lengths)
    lengths = np.asarray(lengths, "int64")
    chosen = lengths[rows]
    starts = (np.cumsum(lengths) - lengths)[rows] - (np.cumsum(chosen) - chosen)
    return np.repeat(starts, chosen) + np.arange(chosen.sum())
