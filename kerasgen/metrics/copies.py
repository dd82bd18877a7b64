"""Do samples lie nearer to the training data than held-out data do? Distances, and a test of their ranks."""

import numpy as np

from kerasgen.metrics.blocks import squared_distance_tiles
from kerasgen.metrics.checks import feature_array, real_array, require


def nearest_distances(points, others=None, block_size=1024):
    """Euclidean distance of each point to the nearest of `others`, or, with None, to the nearest other point.

    Args:
        points: Real numbers, (count, features), count >= 1, or >= 2 without `others`.
        others: The same, with as many features.
        block_size: Rows and columns of the tiles of distances that are in memory at once.

    Returns:
        (count,), at least 0; off by at most about 1e-3 of the data's spread.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.

    Example:
        >>> nearest_distances([[0.0], [1.0], [4.0]]).round(3)
        array([1., 1., 3.], dtype=float32)
    """
    points = feature_array("points", points, 1 if others is not None else 2)
    others_are_points = others is None
    others = points if others_are_points else feature_array("others", others, 1, points.shape[1])
    centre = others.mean(axis=0, dtype="float64")
    points, others = ((array - centre).astype("float32") for array in (points, others))
    nearest = np.full(len(points), np.inf, "float32")
    for rows, columns, squares in squared_distance_tiles(points, others, block_size):
        if others_are_points and rows.start == columns.start:
            np.fill_diagonal(squares, np.inf)
        nearest[rows] = np.minimum(nearest[rows], squares.min(axis=1))
    return np.sqrt(nearest)


def share_nearer(samples, held_out):
    """Share of pairs whose sample lies nearer to the training data than the held-out example does; ties count half.

    1/2 if both come from the same distribution, near 1 for copies. Arguments and errors are those of `copying_z`.

    Example:
        >>> share_nearer([1.0, 2.0], [2.0, 3.0])
        0.875
    """
    samples, held_out = real_array("samples", samples), real_array("held_out", held_out)
    for name, array in (("samples", samples), ("held_out", held_out)):
        require(array.ndim == 1 and len(array), name, "distances of shape (count,), count >= 1", f"shape {array.shape}")
    order = np.sort(held_out)
    smaller, not_larger = np.searchsorted(order, samples, "left"), np.searchsorted(order, samples, "right")
    farther = np.sum(smaller + not_larger) / 2  # pairs whose sample is the farther one
    return float(1 - farther / (len(samples) * len(held_out)))


def copying_z(samples, held_out):
    """Standardised Mann-Whitney statistic of distances to the training data: far below 0 if samples lie nearer.

    Args:
        samples: Distance of each sample to its nearest training example, (count,).
        held_out: The same for examples that were held out.

    Returns:
        A float; about standard normal if both come from the same distribution. Smooth samples lie somewhat nearer without
        being copies.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.

    Reference: Meehan, Chaudhuri & Dasgupta, 2020, arXiv:2004.05675, section 3, for a single cell.

    Example:
        >>> round(copying_z([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), 3)
        -1.964
    """
    share, first, second = share_nearer(samples, held_out), len(samples), len(held_out)
    return float((0.5 - share) * np.sqrt(12 * first * second / (first + second + 1)))
