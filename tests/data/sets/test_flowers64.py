"""Flowers: JPEG files of a zip, sorted by name, a tenth of each kind for validation."""

import io
import zipfile

import numpy as np
from PIL import Image


def jpeg(grey):
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (grey, grey, grey)).save(file, "jpeg", quality=85)
    return file.getvalue()


def test_folders_are_splits_and_kinds(tiny):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i in reversed(range(20)):
            archive.writestr(f"train/{('daisy', 'tulips')[i % 2]}/{i:02}.jpg", jpeg(10 * i))
        archive.writestr("test/roses/1.jpg", jpeg(99))
    splits = tiny("flowers64", {"flowers64.zip": file.getvalue()})
    assert splits["test"]["label"].tolist() == [2] and splits["test"]["image"].shape == (1, 64, 64, 3)
    assert np.abs(splits["test"]["image"].astype(int) - 99).max() <= 1
    assert splits["validation"]["label"].tolist() == [0, 4] and np.bincount(splits["train"]["label"]).tolist() == [
        9,
        0,
        0,
        0,
        9,
    ]
