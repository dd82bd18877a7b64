"""Bootstrap intervals for any metric: how much of a number is the luck of the sample."""

from typing import NamedTuple

import numpy as np

from kerasgen.metrics.checks import real_array, require, whole_number


class Interval(NamedTuple):
    """Ends of an interval, low <= high."""

    low: float
    high: float


def bootstrap_interval(statistic, *arrays, resamples=1000, level=0.95, seed=0, paired=False, centred=False):
    """Percentile bootstrap interval of a statistic of one or more arrays whose rows are drawn again with replacement.

    The cost is `resamples` evaluations of the statistic (one more with `centred`) on arrays of the original counts:
    1000 suit a mean, 100 to 200 a Frechet or kernel distance. Precision, recall, density and coverage count neighbours,
    which repeated rows distort: resample the points that are counted (`precision_recall_points`), with fixed balls.

    Args:
        statistic: Function of these arrays that returns one finite number.
        *arrays: At least one array of finite real numbers, (count, ...), count >= 2.
        resamples: Number of resamples, >= 2; the ends are stable only if several lie beyond each end.
        level: Share of the resampled values inside the interval, between 0 and 1.
        seed: Integer in 0..2^64 - 1; resample i depends on (seed, i) alone.
        paired: Draw the same rows of every array, such as predictions with their labels; else each array on its own.
        centred: Shift the interval so that the mean of the resampled values is the statistic of the arrays themselves.
            Needed for Frechet and kernel distances: noise and repeated rows raise these in every resample, so that a
            plain interval may lie wholly above the value itself.

    Returns:
        `Interval(low, high)`.

    Raises:
        ValueError: An argument does not fit, or the statistic returned something other than one finite number.

    Reference: Efron & Tibshirani, 1993, "An Introduction to the Bootstrap", chapter 13.

    Example:
        >>> bootstrap_interval(np.mean, [3.0, 3.0, 3.0], resamples=10)
        Interval(low=3.0, high=3.0)
    """
    require(callable(statistic), "statistic", "a function of the arrays", repr(statistic))
    require(len(arrays) >= 1, "arrays", "at least one array", "none")
    arrays = [_rows(f"arrays[{index}]", array) for index, array in enumerate(arrays)]
    resamples = whole_number("resamples", resamples, 2)
    is_number = isinstance(level, int | float | np.integer | np.floating)
    require(is_number and 0 < level < 1, "level", "a number between 0 and 1, both excluded", repr(level))
    seed = whole_number("seed", seed, 0, 2**64 - 1)
    counts = [len(array) for array in arrays]
    require(not paired or len(set(counts)) == 1, "arrays", "of equal counts where paired=True", f"counts {counts}")

    values = np.empty(resamples)
    for index in range(resamples):
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, index], "uint64")))
        if paired:
            chosen = [generator.integers(counts[0], size=counts[0])] * len(arrays)
        else:
            chosen = [generator.integers(count, size=count) for count in counts]
        values[index] = _value(statistic, [array[rows] for array, rows in zip(arrays, chosen, strict=True)])
    if centred:
        values += _value(statistic, arrays) - values.mean()
    low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(low), float(high))


def _rows(name, value):
    array = real_array(name, value)
    require(array.ndim >= 1 and len(array) >= 2, name, "of shape (count, ...) with count >= 2", f"shape {array.shape}")
    return array


def share_interval(hits, count):
    """The 95% interval of a share, as Wilson (1927) has it: it does not shrink to a point where all are hits, or none.

    Args:
        hits, count: Integers, 0 <= hits <= count, count at least 1.

    Raises:
        ValueError: They are not.

    Example:
        >>> [round(end, 3) for end in share_interval(300, 300)]
        [0.987, 1.0]
    """
    count = whole_number("count", count, 1)
    hits = whole_number("hits", hits, 0, count)
    square = 1.959964**2  # of the normal quantile
    centre = (hits + square / 2) / (count + square)
    half = np.sqrt(square * (hits * (count - hits) / count + square / 4)) / (count + square)
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def _value(statistic, arrays):
    value = statistic(*arrays)
    is_number = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiu" and np.isfinite(value)
    require(is_number, "statistic", "a function that returns one finite number", repr(value))
    return float(value)
