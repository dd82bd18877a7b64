"""Moving pictures: what Pillow reads back."""

import numpy as np
import pytest
from PIL import Image

from kerasgen.plots import image_grid, save_animation

FRAMES = np.linspace(-1, 1, 5, dtype="float32")[:, None, None, None] * np.ones((5, 6, 4, 1), "float32")


def test_frames_of_images_and_of_grids(tmp_path):
    save_animation(FRAMES, tmp_path / "new" / "walk.gif", seconds_per_frame=0.2, scale=2)
    save_animation(FRAMES[:, None].repeat(4, axis=1), tmp_path / "grid.gif")
    with Image.open(tmp_path / "new" / "walk.gif") as picture:
        assert picture.n_frames == 5 and picture.info["duration"] == 200 and picture.info["loop"] == 0
        picture.seek(4)
        shown = np.asarray(picture.convert("RGB"), int)
    assert np.abs(shown - image_grid(FRAMES[4:], scale=2)).max() <= 8  # a GIF has 256 colours
    with Image.open(tmp_path / "grid.gif") as picture:
        assert picture.size == image_grid(FRAMES[:4], scale=None).shape[1::-1]


@pytest.mark.parametrize("frames", [FRAMES[0, 0], FRAMES[:0], [1, 2]])
def test_what_is_no_series_of_images_is_refused(tmp_path, frames):
    with pytest.raises(ValueError, match=r"^frames must be an array"):
        save_animation(frames, tmp_path / "walk.gif")


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^path must be a file whose name ends in \.gif"):
        save_animation(FRAMES, tmp_path / "walk.png")
