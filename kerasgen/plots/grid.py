"""Grids of images."""

import math
import pathlib

import numpy as np

from kerasgen import checks
from kerasgen.data.ranges import to_uint8_images

COMMON = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
FAR = 2.0  # what a sampler may draw a little outside [-1, 1] is clipped; beyond this, the numbers mean something else


def image_grid(images, columns=None, gap=2, scale=1):
    """Lays images out in rows, left to right.

    Args:
        images: float array (count, height, width, 1 or 3) in [-1, 1], or uint8.
        columns: Images per row, 1 or more; None for a grid as square as possible.
        gap: Pixels between images, 0 to 1000.
        scale: Whole factor by which each pixel is enlarged, 1 to 1000.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        ValueError: `images` has another shape, type or range, none are given, or another argument is out of range.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) == 0:
        raise ValueError(f"images must have shape (count, height, width, 1 or 3), count at least 1; received {images.shape}.")
    gap, scale = checks.integer("gap", gap, 0, 1000), checks.integer("scale", scale, 1, 1000)
    columns = math.ceil(math.sqrt(len(images))) if columns is None else checks.integer("columns", columns, 1, 1_000_000)
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


def save_grid(images, path, **layout):
    """Writes `image_grid(images, **layout)` in the format of the file's name, PNG if it has none; makes the folder if need be.

    Raises:
        ValueError: The name ends in something that Pillow has no format for, or an argument of `image_grid` does not fit.
    """
    from PIL import Image

    path = pathlib.Path(path)
    ending = path.suffix.lower() or ".png"
    kind = Image.registered_extensions().get(ending)
    if kind not in Image.SAVE or path.is_dir():
        known = ", ".join(sorted(ending for ending, kind in Image.registered_extensions().items() if kind in COMMON))
        raise ValueError(f"path must be a file whose name ends in {known}; received {str(path)!r}.")
    picture = Image.fromarray(image_grid(images, **layout))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format=kind, **({"optimize": True} if kind == "PNG" else {}))
