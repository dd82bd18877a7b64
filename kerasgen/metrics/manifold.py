"""Fidelity and diversity by nearest neighbours: precision and recall, density and coverage.

The support of a data set is estimated as the union of balls around its points, each reaching to the k-th nearest other.
"""

from typing import NamedTuple

import numpy as np

from kerasgen.metrics.blocks import squared_distance_tiles
from kerasgen.metrics.checks import feature_pair, whole_number

# A squared distance may be off by this many roundings of |x|^2 + |y|^2: up to 6 were seen with 2 to 2048 features.
# Balls are closed and grow by as much, so that a copy of the neighbour that a ball reaches to always lies inside.
ROUNDINGS = 8


class PrecisionRecall(NamedTuple):
    """Shares, each in [0, 1]."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density >= 0, about 1 for equal distributions and possibly above; coverage in [0, 1]."""

    density: float
    coverage: float


def precision_recall(real, generated, k=5, block_size=1024):
    """Share of generated points inside the balls of the real ones (precision), and the other way round (recall).

    Args:
        real: Real numbers, (count, features), count > k.
        generated: The same for generated data; its count may differ, but both measures depend on the counts.
        k: The neighbour that a ball reaches to, >= 1; a point is no neighbour of itself.
        block_size: Rows and columns of the tiles of distances that are in memory at once, >= 1.

    Returns:
        `PrecisionRecall(precision, recall)`.

    Raises:
        ValueError: A shape, k or the block size does not fit, or a value is not finite.

    Reference: Kynkaanniemi et al., 2019, arXiv:1904.06991, equations 1 and 2.

    Example:
        >>> precision_recall([[0.0], [1.0], [2.0]], [[0.5], [0.6], [9.0], [9.5]], k=1).precision
        0.5
    """
    is_precise, is_recalled = precision_recall_points(real, generated, k, block_size)
    return PrecisionRecall(float(is_precise.mean()), float(is_recalled.mean()))


def precision_recall_points(real, generated, k=5, block_size=1024):
    """(whether each generated point is inside a real ball, whether each real point is inside a generated one), as bool.

    Their means are precision and recall; arguments and errors are those of `precision_recall`.
    """
    real, generated = feature_pair(real, generated)
    k = whole_number("k", k, 1, min(len(real), len(generated)) - 1, ", one less than the smaller count")
    block_size = whole_number("block_size", block_size, 1)
    (real, generated), (real_reach, generated_reach) = _balls((real, generated), 2, k, block_size)
    is_precise = np.zeros(len(generated), bool)
    is_recalled = np.zeros(len(real), bool)
    for rows, columns, distances in squared_distance_tiles(real, generated, block_size):
        is_precise[columns] |= (distances <= real_reach[rows, None]).any(axis=0)
        is_recalled[rows] |= (distances <= generated_reach[columns]).any(axis=1)
    return is_precise, is_recalled


def density_coverage(real, generated, k=5, block_size=1024):
    """Mean number of real balls around a generated point over k (density), share of real balls not empty (coverage).

    Both use the balls of the real points only, so that outliers among the generated points cannot raise them.

    Args:
        real: Real numbers, (count, features), count > k.
        generated: The same for generated data, count >= 2; its count may differ, but coverage depends on both.
        k: The neighbour that a ball reaches to, >= 1; a point is no neighbour of itself.
        block_size: Rows and columns of the tiles of distances that are in memory at once, >= 1.

    Returns:
        `DensityCoverage(density, coverage)`.

    Raises:
        ValueError: A shape, k or the block size does not fit, or a value is not finite.

    Reference: Naeem et al., 2020, arXiv:2002.09797.

    Example:
        >>> density_coverage([[0.0], [1.0], [3.0]], [[0.5], [9.0]], k=1)
        DensityCoverage(density=1.0, coverage=0.6666666666666666)
    """
    densities, is_covered = density_coverage_points(real, generated, k, block_size)
    return DensityCoverage(float(densities.mean()), float(is_covered.mean()))


def density_coverage_points(real, generated, k=5, block_size=1024):
    """(real balls around each generated point over k, whether each real ball holds a generated point), float64 and bool.

    Their means are density and coverage; arguments and errors are those of `density_coverage`.
    """
    real, generated = feature_pair(real, generated)
    k = whole_number("k", k, 1, len(real) - 1, ", one less than the count of real")
    block_size = whole_number("block_size", block_size, 1)
    (real, generated), (reach,) = _balls((real, generated), 1, k, block_size)
    num_inside = np.zeros(len(generated), "int64")
    is_covered = np.zeros(len(real), bool)
    for rows, columns, distances in squared_distance_tiles(real, generated, block_size):
        is_inside = distances <= reach[rows, None]
        num_inside[columns] += np.count_nonzero(is_inside, axis=0)
        is_covered[rows] |= is_inside.any(axis=1)
    return num_inside / k, is_covered


def _balls(clouds, num_balled, k, block_size):
    """Returns the clouds in a common frame, and the squared reach of the balls around each of the first `num_balled`.

    Works in float32, and again in float64 if float32 cannot resolve every ball: duplicates, tight clusters far apart.
    """
    for dtype in (np.float32, np.float64):
        framed = _common_frame(clouds, dtype)
        reaches, is_resolved = [], True
        for points in framed[:num_balled]:
            squared_radii = _squared_radii(points, k, block_size)
            margin = ROUNDINGS * np.finfo(dtype).eps * (np.square(points).sum(axis=1) + squared_radii)
            is_resolved &= bool((margin < 1e-3 * squared_radii).all())  # 1e-3: half of it in the radius
            reaches.append(squared_radii + margin)
        if is_resolved:
            break
    return framed, reaches


def _common_frame(clouds, dtype):
    """Shifts and scales all clouds alike: comparisons of distances stay the same, and rounding and overflow do least harm."""
    centre = np.mean([cloud.mean(axis=0, dtype="float64") for cloud in clouds], axis=0)
    scale = max(np.abs(cloud - centre).max() for cloud in clouds) or 1.0
    return [((cloud - centre) / scale).astype(dtype) for cloud in clouds]


def _squared_radii(points, k, block_size):
    """Squared distance of each point to its k-th nearest other point, (count,)."""
    nearest = np.full((len(points), k), np.inf, points.dtype)  # the k smallest squared distances seen so far
    for rows, columns, distances in squared_distance_tiles(points, points, block_size):
        if rows.start == columns.start:
            np.fill_diagonal(distances, np.inf)  # by place, not as the smallest: duplicates are neighbours
        candidates = np.concatenate([nearest[rows], distances], axis=1)
        nearest[rows] = np.partition(candidates, k - 1, axis=1)[:, :k]
    return nearest.max(axis=1)
