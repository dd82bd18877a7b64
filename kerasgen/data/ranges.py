"""Images leave and enter models in [-1, 1]; on disk and in memory they are uint8."""

import numpy as np


def to_float_images(images):
    """uint8 in 0..255 -> float32 in [-1, 1], same shape; other numbers in 0..255 will do.

    Raises:
        ValueError: The images are in [0, 1] or [-1, 1] already, or outside 0..255.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        low, high = _limits(images)
        if low < 0 or high > 255 or (images.dtype.kind == "f" and 0 < high <= 1):
            raise ValueError(
                f"images must be uint8, or other numbers in 0..255; received {images.dtype} from {low:.4g} to {high:.4g}. "
                "Images in [0, 1] become right by 2 * images - 1."
            )
    return images.astype("float32") / 127.5 - 1.0


def to_uint8_images(images):
    """float32 in [-1, 1] -> uint8 in 0..255, same shape; values outside are clipped, and uint8 images stay as they are.

    Raises:
        ValueError: The images are other whole numbers, or hold NaN or infinity.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    low, high = _limits(images)
    if images.dtype.kind != "f" or not np.isfinite(low + high):
        received = f"{images.dtype} from {low:.4g} to {high:.4g}"
        raise ValueError(f"images must be finite floating-point numbers in [-1, 1], or uint8; received {received}.")
    return np.clip(np.round((images.astype("float32", copy=False) + 1.0) * 127.5), 0, 255).astype("uint8")


def _limits(images):
    if images.dtype.kind not in "buif":
        raise ValueError(f"images must be numbers; received {images.dtype}.")
    return (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
