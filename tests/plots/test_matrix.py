"""The picture of a matrix."""

import numpy as np
import pytest
from PIL import Image

from kerasgen.plots import save_matrix

NAMES = ["␣", "a", "b"]


def test_large_entries_are_dark(tmp_path):
    for number, matrix in enumerate((np.eye(3), np.ones((3, 3)) / 3)):
        save_matrix(matrix, NAMES, tmp_path / f"{number}.png", weights=np.full(3, 1 / 3))
    pictures = [np.asarray(Image.open(tmp_path / f"{number}.png").convert("RGB"), "float64") for number in (0, 1)]
    light = [(picture[200:, :500].min(axis=2) > 225).mean() for picture in pictures]  # of the cells; Blues begins at 247
    assert light[0] > light[1] + 0.2


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match=r"^matrix must be numbers of at least 0, \(3, 3\) for 3 names; received \(2, 2\)"):
        save_matrix(np.eye(2), NAMES, tmp_path / "x.png")
    with pytest.raises(ValueError, match=r"^matrix must be numbers of at least 0"):
        save_matrix(-np.eye(3), NAMES, tmp_path / "x.png")
    with pytest.raises(ValueError, match=r"^weights must be 3 numbers, one a name; received shape \(2,\)"):
        save_matrix(np.eye(3), NAMES, tmp_path / "x.png", weights=[1, 2])
    assert not list(tmp_path.iterdir())
