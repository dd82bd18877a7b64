"""Requests that are too big for one call: computed in blocks, returned as one. NumPy arrays, lists and tuples of them."""

import numpy as np


def spans(start, stop, size):
    """[(first, last), ...]: start .. stop-1 in runs of at most `size`."""
    return [(first, min(first + size, stop)) for first in range(start, stop, size)]


def halving_spans(start, stop, size):
    """As `spans`, the rest in runs of powers of two: few lengths occur, so that little is compiled."""
    found = spans(start, stop - (stop - start) % size, size)
    first = found[-1][1] if found else start
    while first < stop:
        length = 1 << ((stop - first).bit_length() - 1)  # the highest power of two that still fits
        found.append((first, first + length))
        first += length
    return found


def drawn(draw, count, start=0, size=256):
    """`draw(first, last)` of the samples first .. last-1, for all of start .. start+count-1: what it returns, as one."""
    return gathered((draw(first, last) for first, last in spans(start, start + count, size)), count)


def mapped(fn, *arrays, size=500):
    """`fn` of equally long arrays, `size` rows of each at a time: what it returns, as one; tensors become NumPy arrays."""
    count = len(arrays[0])
    return gathered((fn(*(array[first:last] for array in arrays)) for first, last in spans(0, count, size)), count)


def gathered(parts, count):
    """Parts of `count` rows in order as one: arrays along their first axis, lists as one list, tuples place by place.

    Each goes to its place as it comes, so that no more is held than the whole and one part.
    """
    whole, done = None, 0
    for part in parts:
        whole = _room(part, count) if whole is None else whole
        done += _put(whole, part, done)
    return whole


def _room(part, count):
    if isinstance(part, tuple):
        return tuple(_room(place, count) for place in part)
    if isinstance(part, list):
        return []
    array = np.asarray(part)
    return np.empty((count, *array.shape[1:]), array.dtype)


def _put(whole, part, done):
    """Puts a part after the first `done` rows; returns how many rows it has."""
    if isinstance(part, tuple):
        rows = [_put(room, place, done) for room, place in zip(whole, part, strict=True)]
        return rows[0]
    if isinstance(part, list):
        whole.extend(part)
    else:
        whole[done : done + len(part)] = part
    return len(part)
