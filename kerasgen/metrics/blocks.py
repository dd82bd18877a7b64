"""All pairs of two large arrays, tile by tile, so that no (count, count) matrix is ever held."""

import numpy as np


def spans(count, block_size):
    """Yields the slices that cut `count` rows into runs of at most `block_size`."""
    for start in range(0, count, block_size):
        yield slice(start, start + block_size)


def tiles(num_rows, num_columns, block_size):
    """Yields (row slice, column slice) of the tiles that cover a (num_rows, num_columns) matrix, row by row."""
    for rows in spans(num_rows, block_size):
        for columns in spans(num_columns, block_size):
            yield rows, columns


def squared_distance_tiles(points, others, block_size):
    """Yields (row slice, column slice, squared Euclidean distances) of all pairs, in the type of the arrays.

    |x|^2 + |y|^2 - 2 x.y needs one matrix product, but it cancels: the error is a few roundings of |x|^2 + |y|^2,
    however near x and y are. Callers centre the points first, and compare with a margin for that error.
    """
    point_norms = np.square(points).sum(axis=1)
    other_norms = np.square(others).sum(axis=1)
    for rows, columns in tiles(len(points), len(others), block_size):
        distances = points[rows] @ others[columns].T  # (rows, columns)
        distances *= -2
        distances += point_norms[rows, None]
        distances += other_norms[columns]
        yield rows, columns, np.maximum(distances, 0, out=distances)
