"""Tiles cover a matrix once, and squared distances are those of NumPy."""

import numpy as np
import pytest

from kerasgen.metrics.blocks import squared_distance_tiles, tiles


@pytest.mark.parametrize("shape", [(1, 1), (7, 10), (10, 7), (6, 9), (2, 30)])
@pytest.mark.parametrize("block_size", [1, 3, 7, 100])
def test_tiles_cover_every_pair_once(shape, block_size):
    visits = np.zeros(shape, int)
    for rows, columns in tiles(*shape, block_size):
        assert max(visits[rows, columns].shape) <= block_size
        visits[rows, columns] += 1
    assert (visits == 1).all()


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-14)])
def test_squared_distances_match_numpy_and_are_never_negative(dtype, tolerance):
    rng = np.random.default_rng(0)
    points, others = rng.normal(size=(50, 16)).astype(dtype), rng.normal(size=(60, 16)).astype(dtype)
    others[:50] = points  # distance 0, where rounding gives both signs
    exact = np.square(points[:, None].astype("float64") - others[None]).sum(axis=-1)
    norms = np.square(points).sum(axis=1)[:, None] + np.square(others).sum(axis=1)
    for rows, columns, distances in squared_distance_tiles(points, others, 13):
        assert distances.dtype == dtype
        assert (distances >= 0).all()
        assert (np.abs(distances - exact[rows, columns]) <= tolerance * norms[rows, columns]).all()
