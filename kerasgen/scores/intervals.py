"""Scores of statistics of one number a sample."""

import numpy as np

from kerasgen.metrics import bootstrap_interval
from kerasgen.score import Score


def with_interval(statistic, values, **fields):
    """The score of a statistic of one number a sample, with a bootstrap interval.

    Args:
        statistic: Function of an array (count, ...) that returns one number.
        values: That array.
        **fields: Those of `Score`; its count is that of `values` if it is not among them.
    """
    values = np.asarray(values, "float64")
    interval = bootstrap_interval(statistic, values)
    given = {"count": len(values), **fields}
    return Score(float(statistic(values)), low=float(interval.low), high=float(interval.high), **given)
