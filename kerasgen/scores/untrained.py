"""What a model knows before it has learned anything: the baseline of many scores."""

from kerasgen.scores.experts import SAMPLE_SEED
from kerasgen.steps import seeded


def untrained(model):
    """The same architecture with random weights, the same each time."""
    with seeded(SAMPLE_SEED):  # initializers draw from the global seed
        return type(model).from_config({**model.get_config(), "seed": SAMPLE_SEED})
