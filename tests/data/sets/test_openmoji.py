"""OpenMoji: pairs of line and colour, the given test split."""

import io

import numpy as np
from PIL import Image

COUNT = 30


def sheet(channels):
    """Cell i has the grey value or the red value i."""
    cells = np.zeros((4, 8, 64, 64, 3), "uint8")
    cells.reshape(-1, 64, 64, 3)[:, :, :, : 3 if channels == 1 else 1] = np.arange(32)[:, None, None, None]
    pixels, file = cells.swapaxes(1, 2).reshape(256, 512, 3), io.BytesIO()
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, "png")
    return file.getvalue()


def test_line_and_colour_stay_paired(tiny, strings):
    rows = ["cell\thexcode\tannotation\tgroup\tsubgroup\tskin_tone_variation\tauthor\tsplit"]
    rows += [f"{i}\t1F6{i:02}\tsign {i}\tflags\tflag\t0\tA B\t{'test' if i % 5 == 0 else 'train'}" for i in range(COUNT - 1)]
    rows.append(f"{COUNT - 1}\t1F601-1F3FB\tsign {COUNT - 1}\tpeople-body\thand\t1\tA B\ttrain")
    files = {"openmoji64_line_sheet.png": sheet(1), "openmoji64_color_sheet.png": sheet(3)}
    splits = tiny("openmoji", {**files, "openmoji64_index.tsv": "\n".join(rows).encode()})
    seen = []
    for fields in splits.values():
        numbers = [int(name.split()[1]) for name in strings(fields, "name")]
        assert fields["line"][:, 3, 3, 0].tolist() == fields["image"][:, 3, 3, 0].tolist() == numbers
        seen += numbers
    assert sorted(seen) == list(range(COUNT)) and fields["image"][:, 0, 0, 0].tolist() == [0, 5, 10, 15, 20, 25]
    assert sum({1, COUNT - 1} <= {int(name.split()[1]) for name in strings(f, "name")} for f in splits.values()) == 1
