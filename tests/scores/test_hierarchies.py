"""Scores of models with several stochastic layers, for a stand-in whose bounds are known."""

import numpy as np
import pytest

from kerasgen import data
from kerasgen.scores.hierarchies import score_hierarchy

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1)).astype("uint8")


class Known:
    """Each image costs 10 nats by the plain bound, and 10 / samples more than 5 by the importance-weighted one."""

    scales = ("vector", "half")

    def iw_bound(self, images, samples):
        assert set(np.unique(images)) <= {-1, 1}
        return np.full(len(images), -5 - 10 / samples, "float32")

    def elbo(self, images):
        return np.full(len(images), -10, "float32")

    def layer_divergences(self, images):
        return np.tile(np.float32([3, 0.5]), (len(images), 1))


@pytest.fixture
def static():
    data.register("static-bits", lambda: {"test": {"image": np.where(IMAGES[:30] > 99, 255, 0).astype("uint8")}})
    yield "static-bits"
    data.registry._DATA_SETS.pop("static-bits")


def test_static_bits_lead_and_layers_stand_one_by_one(static):
    score = score_hierarchy(static, samples=10, more_samples=100, some=20, subset=7)
    scores = score(Known(), {"test": {"image": IMAGES}})
    values = {key: (score.value, score.count) for key, score in scores.items()}
    assert values == {
        "static_nats": (6, 30),
        "iw_nats": (6, 20),
        "iw_nats_first": (6, 7),
        "iw_nats_first_more": (pytest.approx(5.1), 7),
        "elbo_nats": (10, 40),
        "divergence": (3.5, 40),
    }
    assert scores["divergence"].parts == (3, 0.5) and "vector, half" in scores["divergence"].protocol
    assert [key for key, score in scores.items() if score.leading] == ["static_nats"]
    assert set(score(Known(), {"test": {"image": IMAGES}}, full=False)) == {"iw_nats_first", "elbo_nats", "divergence"}
