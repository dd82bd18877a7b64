"""Grids of images."""

import math
import pathlib

import numpy as np

from kerasgen import checks
from kerasgen.data.ranges import to_uint8_images

FAR = 2.0  # what a sampler may draw a little outside [-1, 1] is clipped; beyond this, the numbers mean something else
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".gif": "GIF"}
OPTIONS = {"PNG": {"optimize": True}, "JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
TILE, GRID = 112, 700  # pixels that an image and a row of a grid take up at most, when `scale` is chosen


def image_grid(images, columns=None, gap=2, scale=1):
    """Lays images out in rows, left to right.

    Args:
        images: float array (count, height, width, 1 or 3) in [-1, 1], or uint8.
        columns: Images per row, 1 or more; None for a grid as square as possible.
        gap: Pixels between images, 0 to 1000.
        scale: Whole factor by which each pixel is enlarged, 1 to 1000; None for one with which small images are large enough
            to see.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        ValueError: `images` has another shape, type or range, none are given, or another argument is out of range.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"images must have shape (count, height, width, 1 or 3), count at least 1; received {images.shape}.")
    gap = checks.integer("gap", gap, 0, 1000)
    columns = math.ceil(math.sqrt(len(images))) if columns is None else checks.integer("columns", columns, 1, 10**6)
    if scale is None:
        pixels = max(images.shape[1:3])
        scale = max(1, min(TILE // pixels, GRID // (pixels * min(columns, len(images)))))
    checks.integer("scale", scale, 1, 1000)
    if images.dtype.kind == "f" and np.abs(images).max() > FAR:
        raise ValueError(
            f"images must be in [-1, 1], or uint8 in 0..255; received {images.dtype} from {images.min():.4g} to "
            f"{images.max():.4g}."
        )
    checks.warn_of_unit_range(images, "images")
    rows = math.ceil(len(images) / columns)
    tiles = np.repeat(np.repeat(to_uint8_images(images), scale, axis=1), scale, axis=2)
    _, height, width, _ = tiles.shape
    canvas = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 128, "uint8")
    for index, tile in enumerate(tiles):
        top, left = (gap + place * (size + gap) for place, size in zip(divmod(index, columns), (height, width), strict=True))
        canvas[top : top + height, left : left + width] = tile  # one grey channel spreads over three
    return canvas


def save_grid(images, path, columns=None, gap=2, scale=None):
    """Writes a grid of images, as `image_grid` lays it out, to a picture file; the folder is made if need be.

    Args:
        images: float array (count, height, width, 1 or 3) in [-1, 1], or uint8.
        path: File to write. Its ending says the format: .png, .jpg, .jpeg, .webp or .gif.
        columns, gap, scale: As for `image_grid`; by default small images are enlarged.

    Returns:
        The picture as a `PIL.Image.Image`, which a notebook shows.

    Raises:
        ValueError: Another ending, or an argument that does not fit.
    """
    from PIL import Image

    path = pathlib.Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"path must end in {', '.join(FORMATS)}; received {str(path)!r}.")
    picture, kind = Image.fromarray(image_grid(images, columns, gap, scale)), FORMATS[path.suffix.lower()]
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format=kind, **OPTIONS.get(kind, {}))
    return picture
