import numpy as np

from kerasgen.models.sequence.chords import ChordLSTM
from tiny._base import COUNT, Tiny


def chords():
    """Pieces of six keys as their notes, from the highest down, and their lengths."""
    random = np.random.default_rng(0)
    highest, gap = random.integers(3, 7, (COUNT, 5)), random.integers(1, 3, (COUNT, 5))
    notes = np.stack([highest, np.maximum(highest - gap, 0), np.zeros_like(highest)], axis=2)
    return notes.astype("int32"), random.integers(2, 6, COUNT).astype("int32")


def rolls(size=6):
    return [(np.random.default_rng(i).random((4 + i, size)) < 0.3).astype("uint8") for i in range(3)]


TINY = Tiny(
    ChordLSTM,
    {"size": 6, "units": 5, "num_layers": 2, "chord_dim": 6, "transpose": 1, "seed": 1},
    batch=chords,
    use=lambda model: model.log_prob(rolls()).astype("float32"),
    inputs=lambda: chords()[0],
)
