"""The real images nearest to generated ones: has a model memorised its training data?"""

from typing import NamedTuple

import numpy as np

from kerasgen import checks


class Neighbours(NamedTuple):
    """Indices into the real images and distances to them, (count, neighbours) each, nearest first."""

    indices: np.ndarray
    distances: np.ndarray


def nearest_images(samples, images, neighbours=1, block=2000):
    """The real images nearest to each sample, by the root mean square difference of pixels.

    Half the range of a pixel is a distance of 1. Images that are near by pixels share brightness and outline; a copy is found,
    a shifted copy is not. Compare the distances with those of real test images to the same training images.

    Args:
        samples: float array (count, height, width, channels) in [-1, 1].
        images: Real images of the same shape, in [-1, 1] too; `kerasgen.data.to_float_images` converts uint8.
        neighbours: How many for each sample, 1 to the number of images.
        block: Real images compared at once.

    Returns:
        `Neighbours(indices, distances)`.

    Raises:
        ValueError: Shapes, ranges or numbers do not fit.

    Example:
        >>> grid = np.zeros((2, 1, 1, 1)); grid[1] = 0.5
        >>> nearest_images(grid, np.array([0.4, -0.1]).reshape(2, 1, 1, 1)).indices
        array([[1],
               [0]])
    """
    images = np.asarray(images)
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"images must have shape (count, height, width, channels), count at least 1; received {images.shape}.")
    samples = checks.images(samples, images.shape[1:], name="samples")
    neighbours = checks.integer("neighbours", neighbours, 1, len(images))
    flat = samples.reshape(len(samples), -1).astype("float64")
    squares = np.empty((len(flat), len(images)), "float64")
    for start in range(0, len(images), block):
        part = checks.images(images[start : start + block], images.shape[1:])
        real = part.reshape(len(part), -1).astype("float64")
        cross = np.sum(flat**2, axis=1)[:, None] + np.sum(real**2, axis=1) - 2 * flat @ real.T
        squares[:, start : start + len(part)] = cross
    indices = np.argsort(squares, axis=1, kind="stable")[:, :neighbours]
    distances = np.sqrt(np.maximum(np.take_along_axis(squares, indices, axis=1), 0) / flat.shape[1])
    return Neighbours(indices, distances)
