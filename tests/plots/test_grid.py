"""Grids of images: their layout, the size that small images are shown at, and files of every format."""

import numpy as np
import pytest
from PIL import Image

from kerasgen.plots import image_grid, save_animation, save_grid

IMAGES = np.linspace(-1, 1, 5 * 6 * 4, dtype="float32").reshape(5, 6, 4, 1)


def test_images_stand_in_rows_with_gaps():
    grid = image_grid(IMAGES, columns=3, gap=1)
    assert grid.shape == (2 * 7 + 1, 3 * 5 + 1, 3) and grid.dtype == np.uint8
    np.testing.assert_array_equal(grid[8:14, 1:5, 0], np.round((IMAGES[3, ..., 0] + 1) * 127.5).astype("uint8"))
    assert np.all(grid[::7] == 128) and np.all(grid[8:14, 11:15] == 128)  # no sixth image
    assert image_grid(IMAGES, gap=0, scale=3).shape == (2 * 18, 3 * 12, 3)


@pytest.mark.parametrize(
    ("count", "side", "columns", "scale"),
    [(1, 28, None, 4), (16, 28, None, 4), (100, 28, None, 2), (100, 32, 10, 2), (4, 28, 1000, 4), (4, 300, None, 1)],
)
def test_small_images_are_enlarged_until_they_can_be_seen(count, side, columns, scale):
    images = np.zeros((count, side, side, 1))
    np.testing.assert_array_equal(
        image_grid(images, columns=columns, scale=None), image_grid(images, columns=columns, scale=scale)
    )


@pytest.mark.parametrize(
    ("suffix", "kind", "error"),
    [(".png", "PNG", 0), (".jpg", "JPEG", 12), (".JPEG", "JPEG", 12), (".webp", "WEBP", 0), (".gif", "GIF", 0)],
)
def test_the_ending_says_the_format(tmp_path, suffix, kind, error):
    path = tmp_path / "new" / f"grid{suffix}"
    shown = save_grid(IMAGES, path)
    assert isinstance(shown, Image.Image)  # a notebook shows it
    with Image.open(path) as picture:
        assert picture.format == kind
        found = np.asarray(picture.convert("RGB"), int)
    assert np.abs(found - image_grid(IMAGES, scale=None)).max() <= error
    np.testing.assert_array_equal(np.asarray(shown), image_grid(IMAGES, scale=None))


@pytest.mark.parametrize("name", ["grid", "grid.txt", "grid.npy", ".png"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"^path must end in \.png, \.jpg, \.jpeg, \.webp, \.gif; received '.*"):
        save_grid(IMAGES, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "value"), [("columns", 0), ("gap", -1), ("scale", 0), ("scale", 1.5)])
def test_layouts_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        image_grid(IMAGES, **{name: value})


@pytest.mark.parametrize("images", [IMAGES[0], IMAGES[:0], np.zeros((1, 4, 4, 2))])
def test_what_is_no_list_of_images_is_refused(images):
    with pytest.raises(ValueError, match=r"^images must have shape"):
        image_grid(images)


# What arrays and numbers mean

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


def test_animations_are_gifs(tmp_path):
    with pytest.raises(ValueError, match=r"path must be a file whose name ends in \.gif; received"):
        save_animation(FLOATS, tmp_path / "a.mp4")
    save_animation(LEVELS, tmp_path / "a.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]
