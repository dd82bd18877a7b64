"""Kernel distance: the unbiased squared maximum mean discrepancy under a cubic polynomial kernel.

Binkowski et al., 2018, arXiv:1801.01401 (with Inception features it is the KID; here the caller chooses the features).
"""

import numpy as np

from kerasgen.metrics.blocks import tiles
from kerasgen.metrics.checks import feature_pair, whole_number


def kernel_distance(real, generated, block_size=1024):
    """Unbiased squared maximum mean discrepancy with the kernel k(x, y) = (x.y / features + 1)^3, over all pairs.

    Its expectation does not depend on the counts, and is 0 for equal distributions: estimates near 0 may be negative.

    Args:
        real: Real numbers, (count, features), count >= 2.
        generated: The same for generated data; its count may differ.
        block_size: Rows and columns of the tiles of the kernel matrix that are in memory at once, >= 1.

    Returns:
        The estimate, a float; computed in float64 since three large means nearly cancel.

    Raises:
        ValueError: A shape or the block size does not fit, or a value is not finite.

    Reference: Binkowski et al., 2018, arXiv:1801.01401; the estimator is lemma 6 of Gretton et al., 2012, "A kernel
    two-sample test".

    Example:
        >>> kernel_distance([[0.0], [1.0]], [[0.0], [2.0]])  # 1 + 1 - 2 (1 + 1 + 1 + 27) / 4
        -13.0
    """
    real, generated = feature_pair(real, generated)
    block_size = whole_number("block_size", block_size, 1)
    across = sum(
        _kernel(real[rows], generated[columns]).sum() for rows, columns in tiles(len(real), len(generated), block_size)
    )
    distance = _mean_within(real, block_size) + _mean_within(generated, block_size)
    return float(distance - 2 * across / (len(real) * len(generated)))


def _kernel(rows, columns):
    products = rows.astype("float64") @ columns.astype("float64").T  # (rows, columns)
    products /= rows.shape[1]
    products += 1
    return products * products * products  # ** 3 takes ten times as long


def _mean_within(features, block_size):
    """Mean kernel of all pairs of two different rows."""
    total = 0.0
    for rows, columns in tiles(len(features), len(features), block_size):
        if rows.start == columns.start:
            kernel = _kernel(features[rows], features[columns])
            np.fill_diagonal(kernel, 0)
            total += kernel.sum()
        elif rows.start < columns.start:  # the tile below the diagonal is its mirror image
            total += 2 * _kernel(features[rows], features[columns]).sum()
    return total / (len(features) * (len(features) - 1))
