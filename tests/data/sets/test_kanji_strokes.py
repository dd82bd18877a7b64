"""Strokes: points of all characters and the number of each."""

import io

import numpy as np

from kerasgen.data import to_sequences


def test_points_are_cut_by_length(tiny):
    arrays, file = {}, io.BytesIO()
    for i, name in enumerate(("train", "valid", "test")):
        arrays[f"{name}_strokes"] = np.arange(15, dtype="int16").reshape(5, 3) + 100 * i
        arrays[f"{name}_lengths"] = np.array([2, 3], "int32")
    np.savez(file, **arrays)
    splits = tiny("kanji_strokes", {"kanji_strokes.npz": file.getvalue()})
    first, second = to_sequences(splits["validation"]["strokes"], splits["validation"]["length"])
    assert first.tolist() == [[100, 101, 102], [103, 104, 105]] and len(second) == 3 and first.dtype == np.int16
