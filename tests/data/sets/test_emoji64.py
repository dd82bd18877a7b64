"""Emoji: both vendors in the same order, variations in one split."""

import io

import numpy as np
import pytest
from PIL import Image

from kerasgen.data.sets import _emoji, emoji64


def sheet(colours):
    """Cells of one colour each, three a row."""
    cells = np.zeros((2, 3, 64, 64, 3), "uint8")
    cells.reshape(-1, 64, 64, 3)[: len(colours)] = np.array(colours, "uint8")[:, None, None]
    file = io.BytesIO()
    Image.fromarray(cells.swapaxes(1, 2).reshape(128, 192, 3)).save(file, "png")
    return file.getvalue()


def test_cells_of_both_vendors_stay_aligned(tiny, strings, monkeypatch):
    rows = ["cell\tcodepoints\tname\tcategory\tsubcategory\tskin_variation"]
    rows += ["0\t1f600\tgrin\tSmileys & Emotion\tface\t0", "1\t1f44b\twave\tPeople & Body\thand\t0"]
    rows += ["2\t1f44b-1f3fb\twave:1F3FB\tPeople & Body\thand\t1", "3\t1f1e6\tflag\tFlags\tflag\t0"]
    index, files = "\n".join(rows).encode(), {}
    monkeypatch.setattr(emoji64, "split", lambda arrays, parts, groups: {"train": arrays, "validation": arrays, "test": arrays})
    for number, vendor in enumerate(emoji64.VENDORS):
        files[f"emoji64_{vendor}_sheet.png"] = sheet([(cell, number, 7) for cell in range(4)])
        files[f"emoji64_{vendor}_index.tsv"] = index
    fields = tiny("emoji64", files)["test"]
    assert fields["vendor"].tolist() == [0] * 4 + [1] * 4 and fields["emoji"].tolist() == [0, 1, 2, 3] * 2
    assert fields["image"][:, 5, 9].tolist() == [[cell, number, 7] for number in range(2) for cell in range(4)]
    assert fields["skin_tone"].tolist() == [0, 0, 1, 0] * 2 and strings(fields, "name")[2] == "wave:1F3FB"
    assert [emoji64.CATEGORIES[i] for i in fields["label"][:4]] == ["Smileys & Emotion", *["People & Body"] * 2, "Flags"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1f44b", "1f44b-1f3ff"),
        ("1f3c3", "1f3c3-1f3fb-200d-2640-fe0f-200d-27a1-fe0f"),
        ("1f468-200d-1f33e", "1f469-1f3fd-200d-1f33e"),
        ("1F9D1-200D-2764-FE0F-200D-1F9D1", "1f468-200d-2764-fe0f-200d-1f469"),
    ],
)
def test_variations_have_one_base(one, other):
    assert _emoji.base(one) == _emoji.base(other)


def test_other_emoji_have_another_base():
    assert (
        len({_emoji.base(points) for points in ("1f600", "1f603", "1f1e6-1f1e8", "1f468-200d-1f33e", "1f468-200d-1f373")}) == 5
    )
