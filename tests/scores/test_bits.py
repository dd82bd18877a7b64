"""Scores of models of bits, for a stand-in whose bounds and latents are known."""

import math

import numpy as np
import pytest

from kerasgen import data
from kerasgen.scores.bits import latent_scores, score_bits, validate_bits

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 4, 4, 1)).astype("uint8")


class Known:
    """Each image costs 10 nats by the plain bound, and 10 / samples more than 5 by the importance-weighted one."""

    def iw_bound(self, images, samples):
        assert set(np.unique(images)) <= {-1, 1}
        return np.full(len(images), -5 - 10 / samples, "float32")

    def elbo(self, images):
        return np.full(len(images), -10, "float32")

    def encode(self, images):
        mean = np.tile([[1.0, 0.0, -2.0]], (len(images), 1))
        mean[: len(images) // 2] *= -1
        return mean.astype("float32"), np.zeros(mean.shape, "float32")


@pytest.fixture
def static():
    data.register("static-bits", lambda: {"test": {"image": np.where(IMAGES[:30] > 99, 255, 0).astype("uint8")}})
    yield "static-bits"
    data.registry._DATA_SETS.pop("static-bits")


def test_bounds_are_reported_with_their_samples(static):
    scores = score_bits(static, samples=10, more_samples=100, subset=7)(Known(), {"test": {"image": IMAGES}})
    values = {key: (score.value, score.count) for key, score in scores.items()}
    assert values["iw_nats"] == (6, 40) and values["elbo_nats"] == (10, 40)
    assert values["iw_nats_first"] == (6, 7) and values["iw_nats_first_more"] == (pytest.approx(5.1), 7)
    assert values["static_nats"] == (6, 30)
    assert values["iw_bits_per_pixel"][0] == pytest.approx(6 / math.log(2) / 16)
    assert "10 samples" in scores["iw_nats"].protocol and "trained dynamic, tested static" in scores["static_nats"].protocol
    bits = scores["iw_bits_per_pixel"]
    assert bits.label.startswith("bits per pixel") and (bits.low, bits.high) == pytest.approx((bits.value, bits.value))
    assert [key for key, score in scores.items() if score.leading] == ["iw_nats"]
    assert all(score.better == "lower" for key, score in scores.items() if "nats" in key)


def test_quick_scores_are_some_of_all(static):
    quick = score_bits(static, samples=10, subset=7)(Known(), {"test": {"image": IMAGES}}, full=False)
    assert set(quick) == {"elbo_nats", "iw_nats_first", "divergence", "active_units"}


def test_validation_is_the_bound_of_the_first_images():
    assert validate_bits(count=10, samples=10)(Known(), {"validation": {"image": IMAGES}}) == {"nats": 6}


def test_latents_are_counted_by_the_variance_of_their_means():
    scores = latent_scores(*Known().encode(IMAGES))
    assert scores["active_units"].value == 2 and scores["active_units"].count == 40
    assert scores["divergence"].parts == (2.0, 0.5, 0.0)
    assert scores["divergence"].value == pytest.approx(2.5) and scores["divergence"].better is None


class Told(Known):
    """Knows the labels: the nats are those of the class."""

    def iw_bound(self, images, labels, samples):
        assert len(labels) == len(images)
        return -np.float32(labels)

    def elbo(self, images, labels):
        return -np.float32(labels) - 1

    def encode(self, images, labels):
        assert len(labels) == len(images)
        return super().encode(images)


def test_a_labelled_model_is_told_the_labels():
    part = {"image": IMAGES, "label": np.arange(40) % 4}
    scores = score_bits(labelled=True, subset=8, data_name="greys")(Told(), {"test": part})
    assert scores["iw_nats"].value == scores["iw_nats_first"].value == 1.5 and scores["elbo_nats"].value == 2.5
    assert scores["iw_nats"].protocol.startswith("dynamic-greys-v1: ") and "given their class" in scores["iw_nats"].protocol
    assert validate_bits(count=5, labelled=True)(Told(), {"validation": part}) == {"nats": pytest.approx(1.2)}
