"""The Jacobian of a function of batches by autodiff, on either backend."""

import numpy as np
from keras import ops

from kerasgen.steps import input_gradients


def log_determinant(fn, x, model):
    """log |det d fn(x) / dx| of one example x, (1, ...) of n numbers in all: a float.

    The example is repeated n times, so that one gradient of the sum of fn's diagonal holds all rows.
    """
    count = x[0].size
    pick = np.eye(count, dtype="float32")
    repeated = np.repeat(x, count, axis=0)
    rows = input_gradients(lambda batch: pick * ops.reshape(fn(batch), (count, count)), repeated, model)
    sign, log_det = np.linalg.slogdet(ops.convert_to_numpy(rows).reshape(count, count).astype("float64"))
    assert sign != 0
    return log_det
