"""Where a generator looks when it paints a pixel."""

import numpy as np

from kerasgen.data.ranges import to_uint8_images


def attention_images(images, maps, pixels):
    """Each image, followed by one picture per pixel: the image dimmed, bright where attention is, the pixel in red.

    Args:
        images: float array (count, height, width, 1 or 3) in [-1, 1].
        maps: Attention for each pixel, (len(pixels), count, h, w), height and width multiples of h and w.
        pixels: (row, column) of each.

    Returns:
        float32 array (count * (1 + len(pixels)), height, width, 3) in [-1, 1], for a grid of 1 + len(pixels) columns.

    Raises:
        ValueError: Shapes or numbers do not fit.
    """
    images, maps = np.asarray(images), np.asarray(maps)
    count, height, width = images.shape[:3]
    if maps.ndim != 4 or maps.shape[:2] != (len(pixels), count) or height % maps.shape[2] or width % maps.shape[3]:
        expected = f"({len(pixels)}, {count}, h, w), h and w divisors of {height} and {width}"
        raise ValueError(f"maps must have shape {expected}; received {maps.shape}.")
    plain = np.broadcast_to(to_uint8_images(images), (count, height, width, 3)) / 255
    enlarged = maps.repeat(height // maps.shape[2], axis=2).repeat(width // maps.shape[3], axis=3)
    light = enlarged / enlarged.max(axis=(2, 3), keepdims=True)  # (pixels, count, height, width)
    lit = 0.3 * plain + 0.7 * light[..., None] * np.array([1.0, 0.85, 0.3])  # (pixels, count, height, width, 3)
    for number, (row, column) in enumerate(pixels):
        lit[number, :, row, column] = (1, 0, 0)
    rows = np.concatenate([plain[None], np.clip(lit, 0, 1)]).swapaxes(0, 1)
    return (2 * rows.reshape(-1, height, width, 3) - 1).astype("float32")
