import numpy as np

from kerasgen.models.sequence.crf import CRFTagger
from tiny._base import COUNT, Tiny

SENTENCES = [["a", "red", "fox"], [("a", "DT"), ("cat", "NN")]]
TAGS = [["B-NP", "I-NP", "I-NP"], ["B-NP", "O"]]


def tagged():
    """Features in buckets, and tags "O" and "B-NP"."""
    random = np.random.default_rng(0)
    return random.integers(0, 50, (COUNT, 5, 19)).astype("int32"), random.integers(0, 2, (COUNT, 5)).astype("int32")


TINY = Tiny(
    CRFTagger,
    {"tags": ["O", "B-NP", "I-NP"], "buckets": 50, "seed": 1},
    batch=tagged,
    use=lambda model: model.log_prob(SENTENCES, TAGS),
    inputs=lambda: tagged()[0],
)
