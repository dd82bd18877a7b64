"""Kernel distance against loops over all pairs."""

import numpy as np
import pytest

from kerasgen.metrics import kernel_distance


def kernel_distance_by_loops(real, generated):
    def kernel(x, y):
        return (sum(float(a) * float(b) for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def within(rows):
        pairs = [kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j]
        return sum(pairs) / len(pairs)

    across = [kernel(x, y) for x in real for y in generated]
    return within(real) + within(generated) - 2 * sum(across) / len(across)


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    return rng.normal(size=(25, 3)), 1.5 * rng.normal(size=(32, 3)) + 0.3


@pytest.mark.parametrize("block_size", [1, 7, 25, 1024])
def test_matches_loops_for_every_block_size(clouds, block_size):
    expected = kernel_distance_by_loops(*clouds)
    assert kernel_distance(*clouds, block_size=block_size) == pytest.approx(expected, rel=1e-10)


def test_float32_features_are_summed_in_float64(clouds):
    real, generated = (cloud.astype("float32") for cloud in clouds)
    expected = kernel_distance_by_loops(real, generated)
    assert kernel_distance(real, generated) == pytest.approx(expected, rel=1e-10)


def test_is_unbiased_for_equal_distributions():
    rng = np.random.default_rng(1)
    values = [kernel_distance(*rng.normal(size=(2, 20, 4))) for _ in range(400)]
    standard_error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * standard_error
    # The biased estimate exceeds it by (mean k(x, x) - mean k(x, y)) / count for each side, about 0.64: far outside.
    assert 4 * standard_error < 0.2
