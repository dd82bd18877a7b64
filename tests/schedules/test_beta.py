"""Weights of the divergence over a training."""

import numpy as np
from keras import ops

from kerasgen.schedules import linear_warmup


def test_a_warm_up_rises_in_a_line_and_stays():
    found = [float(ops.convert_to_numpy(linear_warmup(step, 4, final=2.0))) for step in (0, 1, 2, 4, 100)]
    np.testing.assert_allclose(found, [0, 0.5, 1, 2, 2])


def test_without_steps_the_weight_is_there_at_once():
    assert float(linear_warmup(0, 0, final=3.0)) == 3.0
