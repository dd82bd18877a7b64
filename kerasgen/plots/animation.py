"""Moving pictures, such as walks through latents."""

import pathlib

import numpy as np

from kerasgen import checks
from kerasgen.plots.grid import image_grid


def save_animation(frames, path, seconds_per_frame=0.08, scale=None):
    """Writes a GIF that loops for ever; the folder is made if need be.

    Args:
        frames: float (in [-1, 1]) or uint8 array (frames, height, width, 1 or 3), such as
            `model.decode(latents.walk(...))`; or (frames, count, height, width, 1 or 3), where each frame is a grid of
            `count` images.
        path: File to write, .gif.
        seconds_per_frame: How long each frame stays, 0.02 to 60.
        scale: Whole factor by which each pixel is enlarged; None for one with which small images are large enough to see.

    Raises:
        ValueError: An argument does not fit.
    """
    from PIL import Image

    seconds = checks.number("seconds_per_frame", seconds_per_frame, 0.02, 60)
    frames = np.asarray(frames)
    if pathlib.Path(path).suffix.lower() != ".gif":
        raise ValueError(f"path must be a file whose name ends in .gif; received {str(path)!r}.")
    if frames.ndim not in (4, 5) or len(frames) == 0:
        raise ValueError(
            "frames must be an array (frames, height, width, channels) or (frames, count, height, width, channels) of at "
            f"least one frame; received shape {frames.shape}."
        )
    grids = [image_grid(frame if frame.ndim == 4 else frame[None], scale=scale) for frame in frames]
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.fromarray(grid) for grid in grids]
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=round(1000 * seconds), loop=0)
