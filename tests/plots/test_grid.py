"""Grids of images: a right picture or a refusal, in the format of the file's name."""

import numpy as np
import pytest
from PIL import Image

from kerasgen.plots import image_grid, save_animation, save_grid

LEVELS = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1)).astype("uint8")
FLOATS = LEVELS / np.float32(127.5) - 1


def test_uint8_images_and_floats_make_the_same_picture():
    grid = image_grid(LEVELS, columns=5, gap=0)
    np.testing.assert_array_equal(grid[..., 0], np.hstack(LEVELS[..., 0]))
    np.testing.assert_array_equal(image_grid(FLOATS, columns=5, gap=0), grid)
    np.testing.assert_array_equal(image_grid(list(FLOATS), columns=5, gap=0), grid)
    assert image_grid(LEVELS, scale=3, gap=1).shape == (2 * 24 + 3, 3 * 24 + 4, 3)


@pytest.mark.parametrize(
    ("images", "layout", "message"),
    [
        (FLOATS * np.nan, {}, r"images must be finite floating-point numbers .* received float32 from nan"),
        (LEVELS.astype("float32"), {}, r"images must be in \[-1, 1\], or uint8 in 0..255; received float32 from"),
        (LEVELS.astype("int64"), {}, r"images must be finite floating-point numbers .* or uint8; received int64"),
        (FLOATS[..., 0], {}, r"images must have shape .* received \(5, 8, 8\)"),
        *(
            (FLOATS, {name: value}, f"{name} must be an integer")
            for name in ("columns", "scale")
            for value in (0, -1, 1.5, "3")
        ),
        *((FLOATS, {"gap": value}, "gap must be an integer") for value in (-1, 0.5)),
    ],
)
def test_what_cannot_be_shown_is_refused(images, layout, message):
    with pytest.raises(ValueError, match=message):
        image_grid(images, **layout)


def test_images_of_0_to_1_are_told():
    with pytest.warns(UserWarning, match="images ranges from 0 to 1: that looks like"):
        image_grid((LEVELS - LEVELS.min()) / np.ptp(LEVELS).astype("float32"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.webp", "WEBP"), ("a.gif", "GIF"), ("a.bmp", "BMP"), ("a", "PNG")],
)
def test_a_file_is_what_its_name_says(tmp_path, name, kind):
    save_grid(FLOATS, tmp_path / "new" / name)
    with Image.open(tmp_path / "new" / name) as picture:
        assert picture.format == kind and picture.size == (3 * 8 + 8, 2 * 8 + 6)


def test_files_that_no_picture_can_be(tmp_path):
    for path in (tmp_path / "a.txt", tmp_path):
        with pytest.raises(ValueError, match=r"path must be a file whose name ends in .*\.jpg, .*\.png.*; received"):
            save_grid(FLOATS, path)
    with pytest.raises(ValueError, match=r"path must be a file whose name ends in \.gif; received"):
        save_animation(FLOATS, tmp_path / "a.mp4")
    save_animation(LEVELS, tmp_path / "a.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]
