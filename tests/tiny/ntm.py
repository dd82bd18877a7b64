import numpy as np

from kerasgen.models.sequence.ntm import NTM
from tiny._base import COUNT, Tiny

CONFIG = {"task": "copy", "bits": 3, "units": 6, "slots": 5, "width": 4, "training_slots": 4, "seed": 1}


def sequences():
    """One row of three bits each."""
    return list(np.random.default_rng(0).integers(0, 2, (COUNT, 1, 3)))


def asked():
    """Questions and answers, as `fit` takes them."""
    return NTM(**CONFIG).encoded(sequences())


TINY = Tiny(
    NTM,
    CONFIG,
    batch=asked,
    use=lambda model: np.concatenate(model.probabilities(sequences())),
    inputs=lambda: asked()[0],
)
