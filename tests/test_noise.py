"""Numbers for sampling: those of Philox, whatever the block; moments; independence; speed."""

import time

import numpy as np
import pytest
import scipy.stats

from kerasgen import noise

DRAWS = [noise.normal, noise.uniform]
MASK = 2**64 - 1


def philox(key, counter):
    """One block of Philox4x64-10, after figure 4 of Salmon et al., 2011."""
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        high0, low0 = divmod(0xD2E7470EE14C6C93 * c0, 2**64)
        high1, low1 = divmod(0xCA5A826395121157 * c2, 2**64)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & MASK, (k1 + 0xBB67AE8584CAA73B) & MASK
    return c0, c1, c2, c3


@pytest.mark.parametrize(("seed", "index", "stream"), [(0, 0, 0), (7, 3, 0), (2**63 - 1, 2**62, 5)])
def test_uniform_numbers_are_those_of_philox(seed, index, stream):
    blocks = philox((seed, stream), (1, 0, index, 0))  # NumPy counts up before the first block
    halves = [half for word in blocks for half in (word & 0xFFFFFFFF, word >> 32)]
    expected = [(half >> 8) / 2**24 for half in halves]
    np.testing.assert_array_equal(noise.uniform((8,), seed, index, index + 1, stream)[0], expected)


def test_normal_numbers_never_change():
    # Printed by noise.normal((3,), 7, 0, 2) on NumPy 2.4: another version of NumPy must give the same images for a seed.
    expected = [[-0.293339014, 1.703830600, 1.539191842], [-0.083170369, 0.177304059, -1.619613647]]
    np.testing.assert_array_equal(noise.normal((3,), 7, 0, 2), np.array(expected, "float32"))


@pytest.mark.parametrize("draw", DRAWS)
def test_numbers_do_not_depend_on_the_block(draw):
    whole = draw((2, 3), 5, 0, 20)
    assert whole.shape == (20, 2, 3)
    assert whole.dtype == np.float32
    parts = [draw((2, 3), 5, start, min(start + 7, 20)) for start in range(0, 20, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(draw((2, 3), 5, 13, 14)[0], whole[13])


def test_normal_numbers_are_normal():
    numbers = noise.normal((100,), 1, 0, 1000).ravel()
    assert scipy.stats.kstest(numbers, "norm").pvalue > 1e-3
    moments = [np.mean(numbers**power) for power in (1, 2, 3, 4)]
    assert moments == pytest.approx([0, 1, 0, 3], abs=0.06)


def test_uniform_numbers_are_uniform_below_one():
    numbers = noise.uniform((100,), 1, 0, 1000).ravel()
    assert scipy.stats.kstest(numbers, "uniform").pvalue > 1e-3
    assert 0 <= numbers.min() < numbers.max() < 1


@pytest.mark.parametrize("draw", DRAWS)
def test_seeds_streams_and_samples_are_independent(draw):
    size = 20_000
    of_two_samples = draw((size,), 1, 0, 2)
    series = [*of_two_samples, *draw((size,), 2, 0, 1), *draw((size,), 1, 0, 1, stream=1)]
    correlations = np.corrcoef(series) - np.eye(4)
    assert np.max(np.abs(correlations)) < 4.5 / np.sqrt(size)


def test_ten_thousand_latents_take_less_than_a_second():
    started = time.process_time()
    assert noise.normal((128,), 0, 0, 10_000).shape == (10_000, 128)
    assert time.process_time() - started < 1.0
