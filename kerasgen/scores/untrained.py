"""What a model knows before it has learned anything: the baseline of many scores."""

import keras

from kerasgen.scores.experts import SAMPLE_SEED


def untrained(model):
    """The same architecture with random weights, the same each time."""
    keras.utils.set_random_seed(SAMPLE_SEED)  # initializers draw from the global seed
    return type(model).from_config({**model.get_config(), "seed": SAMPLE_SEED})
