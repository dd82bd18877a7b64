"""The baseline of many scores: the same model with random weights."""

import numpy as np
import tiny

from kerasgen.scores.untrained import untrained


def test_a_model_of_random_weights_is_another_one():
    model = tiny.stir(tiny.build("dcgan"))
    random, again = untrained(model), untrained(model)
    np.testing.assert_array_equal(again.sample(2), random.sample(2))  # a published number can be computed again
    assert type(random) is type(model) and not np.array_equal(random.sample(2), model.sample(2))
