"""Bits of flows whose bounds are known."""

import numpy as np
import pytest

from kerasgen.scores import flows

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 4, 5, 1)).astype("uint8")
SPLITS = {part: {"image": IMAGES} for part in ("train", "validation", "test")}


class Even:
    """Every grey level is as likely; more draws find one nat more."""

    def elbo(self, images):
        assert np.abs(images).max() <= 1
        return np.full(len(images), -20 * np.log(256))

    def iw_bound(self, images, samples):
        return self.elbo(images) + np.log(samples)


@pytest.fixture
def score(monkeypatch):
    monkeypatch.setattr(flows, "score_images", lambda judge: lambda model, splits, full: {"judged": (judge, full)})
    return flows.score_flow("judge", samples=4, subset=10)


def test_even_grey_levels_are_eight_bits(score):
    assert flows.validate_bits_per_dim()(Even(), SPLITS) == {"bits_per_dim": pytest.approx(8)}
    scores = score(Even(), SPLITS)
    assert scores["judged"] == ("judge", False)
    bits, tighter = scores["elbo_bits_per_dim"], scores["iw_bits_per_dim"]
    assert bits.leading and bits.better == "lower" and (bits.value, bits.count) == (pytest.approx(8), 30)
    assert (tighter.value, tighter.count, tighter.leading) == (pytest.approx(8 - 2 / 20), 10, False)
    assert scores["elbo_nats"].value == pytest.approx(20 * np.log(256))
    assert "iw_nats" not in score(Even(), SPLITS, full=False)
