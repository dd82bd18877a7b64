"""What memory machines are asked about rows of bits, as rows of numbers: Graves et al., 2014, arXiv:1410.5401, section 4.

Each row has the bits and `marks` more numbers. The question ends with a mark; after it, rows of zeros come in while the answer
goes out, a row a step.

    copy          rows, mark                                       the rows again
    repeat-copy   rows, mark and repeats / 10                      the rows again, so many times, and then an end mark
    recall        mark, item, mark, item, ..., other mark, query, other mark     the item after the one that is the query
    sort          rows with their priorities, mark                 the rows, those of the highest priority first
"""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np

from kerasgen import checks

MOST_REPEATS = 1000


@dataclasses.dataclass(frozen=True)
class Task:
    """What one task asks.

    Args:
        given: Name of what `run` takes beside the sequences; None for nothing.
        marks: Numbers of a row of input besides its bits.
        ends: Whether the answer ends with a mark of its own, one more number of a row.
        rank: Dimensions of a sequence: 2 for (rows, bits), 3 for (items, rows, bits).
        check: Function (name, sequence, what is given for it) -> the latter as it is used; raises a ValueError.
        encode: Function (sequence, what is given) -> float32 (rows, bits + marks), the question.
        answer: Function (sequence, what is given) -> the right answer, (rows, bits).
    """

    given: str | None
    marks: int
    ends: bool
    rank: int
    check: Callable
    encode: Callable
    answer: Callable

    def read(self, width, sequences, given):
        """Questions of a user, as a list of (sequence, what is given), sequences as float32 arrays of 0 and 1.

        Args:
            width: Bits of a row.
            sequences: A list of arrays (rows, width), or (items, rows, width).
            given: {argument of `run`: its value}; None for those that were not given.

        Raises:
            ValueError: They are something else, or arguments of other tasks were given.
        """
        for name, value in given.items():
            if (value is None) == (name == self.given):
                kind = "must be given for" if value is None else "must be None for"
                raise ValueError(f"{name} {kind} this task; received {value!r:.80}.")
        expected = f"({'items, ' * (self.rank == 3)}rows, {width})"
        if isinstance(sequences, str) or not isinstance(sequences, (list, tuple, np.ndarray)) or not len(sequences):
            raise ValueError(
                f"sequences must be a list of arrays {expected}, at least one; received {type(sequences).__name__} "
                f"{sequences!r:.80}."
            )
        read = [bits(f"sequences[{i}]", sequence, width, self.rank) for i, sequence in enumerate(sequences)]
        if self.given is None:
            return [(sequence, None) for sequence in read]
        values = given[self.given]
        if self.given == "repeats" and np.ndim(values) == 0:
            values = [values] * len(read)
        if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != len(read):
            raise ValueError(
                f"{self.given} must be a list with one for each of {len(read)} sequences; received {values!r:.80}."
            )
        return [
            (sequence, self.check(f"{self.given}[{i}]", sequence, value))
            for i, (sequence, value) in enumerate(zip(read, values, strict=True))
        ]


def bits(name, value, width, rank):
    """Rows of 0 and 1 as a float32 array (rows, width), or (items, rows, width).

    Raises:
        ValueError: They have another shape, no rows, or other values (NaN is one).
    """
    expected = f"0 and 1 of shape ({'items, ' * (rank == 3)}rows, {width}), at least one row"
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {expected}; received rows of different lengths.") from error
    if array.ndim != rank or array.shape[-1] != width or array.size == 0:
        raise ValueError(f"{name} must be {expected}; received shape {array.shape}.")
    if array.dtype.kind not in "biuf" or not np.all((array == 0) | (array == 1)):
        wrong = array[(array != 0) & (array != 1)].ravel()[:1] if array.dtype.kind in "biuf" else array.ravel()[:1]
        raise ValueError(f"{name} must be {expected}; received {array.dtype} with the value {wrong[0]!r:.40}.")
    return array.astype("float32")


def rows_of(sequence, marks):
    """Rows and their marks, which are 0."""
    return np.concatenate([sequence, np.zeros((len(sequence), marks), "float32")], axis=1)


def mark(width, marks, which, value=1.0):
    """One row with a mark."""
    row = np.zeros((1, width + marks), "float32")
    row[0, width + which] = value
    return row


def copy_question(sequence, _):
    return np.concatenate([rows_of(sequence, 1), mark(sequence.shape[1], 1, 0)])


def check_repeats(name, sequence, value):
    return checks.integer(name, value, 1, MOST_REPEATS)


def repeat_question(sequence, repeats):
    end = mark(sequence.shape[1], 2, 0) + mark(sequence.shape[1], 2, 1, repeats / 10)
    return np.concatenate([rows_of(sequence, 2), end])


def check_query(name, items, value):
    """A query (rows, bits) that is one of the items, but not the last."""
    query = bits(name, value, items.shape[2], 2)
    if not any(np.array_equal(query, item) for item in items[:-1]):
        raise ValueError(f"{name} must be one of its sequence's items, and not the last: the answer is the item after it.")
    return query


def recall_question(items, query):
    width = items.shape[2]
    begin, ask = mark(width, 2, 0), mark(width, 2, 1)
    parts = [part for item in items for part in (begin, rows_of(item, 2))]
    return np.concatenate([*parts, ask, rows_of(query, 2), ask])


def recalled(items, query):
    return next(after for item, after in itertools.pairwise(items) if np.array_equal(item, query))


def check_priorities(name, sequence, value):
    """Priorities (rows,) in [-1, 1], float32."""
    expected = f"{len(sequence)} numbers from -1 to 1, one a row"
    try:
        array = np.asarray(value, "float32")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be {expected}; received {value!r:.80}.") from error
    if array.shape != (len(sequence),) or not np.all(np.abs(array) <= 1):
        raise ValueError(f"{name} must be {expected}; received {value!r:.80}.")
    return array


def sort_question(sequence, priorities):
    rows = rows_of(sequence, 2)
    rows[:, -2] = priorities
    return np.concatenate([rows, mark(sequence.shape[1], 2, 1)])


def sorted_rows(sequence, priorities):
    return sequence[np.argsort(-priorities, kind="stable")]


TASKS = {
    "copy": Task(None, 1, False, 2, None, copy_question, lambda sequence, _: sequence),
    "repeat-copy": Task("repeats", 2, True, 2, check_repeats, repeat_question, lambda s, count: np.tile(s, (count, 1))),
    "recall": Task("queries", 2, False, 3, check_query, recall_question, recalled),
    "sort": Task("priorities", 2, False, 2, check_priorities, sort_question, sorted_rows),
}
