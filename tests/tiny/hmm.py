import numpy as np

from kerasgen.models.sequence.hmm import HMM
from tiny._base import COUNT, Tiny


def series():
    """Sequences of two numbers that move between two levels."""
    random = np.random.default_rng(0)
    levels = np.repeat(random.integers(0, 2, (COUNT, 3, 1)), 3, axis=1)[:, :7]
    return (4.0 * levels + random.standard_normal((COUNT, 7, 2))).astype("float32")


TINY = Tiny(
    HMM,
    {"states": 3, "min_variance": 0.01, "transition_smoothing": 0.1, "seed": 1},
    batch=lambda: (series(),),
    use=lambda model: model.log_prob(series()).astype("float32"),
)
