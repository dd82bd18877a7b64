"""Grids of images."""

import math
import pathlib

import numpy as np

from kerasgen.data.ranges import to_uint8_images


def image_grid(images, columns=None, gap=2, scale=1):
    """Lays images out in rows, left to right.

    Args:
        images: float array (count, height, width, 1 or 3) in [-1, 1].
        columns: Images per row; None for a grid as square as possible.
        gap: Pixels between images.
        scale: Whole factor by which each pixel is enlarged.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        ValueError: `images` has another shape, or none are given.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"images must have shape (count, height, width, 1 or 3), count at least 1; received {images.shape}.")
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    tiles = np.repeat(np.repeat(to_uint8_images(images), scale, axis=1), scale, axis=2)
    _, height, width, _ = tiles.shape
    canvas = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 128, "uint8")
    for index, tile in enumerate(tiles):
        top, left = (gap + place * (size + gap) for place, size in zip(divmod(index, columns), (height, width), strict=True))
        canvas[top : top + height, left : left + width] = tile  # one grey channel spreads over three
    return canvas


def save_grid(images, path, **layout):
    """Writes `image_grid(images, **layout)` as a PNG; the folder is made if need be."""
    from PIL import Image

    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image_grid(images, **layout)).save(path, format="PNG", optimize=True)
