"""Images leave and enter models in [-1, 1]; on disk and in memory they are uint8."""

import numpy as np


def to_float_images(images):
    """uint8 in 0..255 -> float32 in [-1, 1], same shape."""
    return images.astype("float32") / 127.5 - 1.0


def to_uint8_images(images):
    """float32 in [-1, 1] -> uint8 in 0..255, same shape; values outside are clipped."""
    return np.clip(np.round((np.asarray(images, "float32") + 1.0) * 127.5), 0, 255).astype("uint8")
