"""Scores that need a judge: distances, neighbours and legibility, of a judge and generators that are known."""

import numpy as np
import pytest

from kerasgen import metrics
from kerasgen.scores import experts, judged

GREYS = np.random.default_rng(0).uniform(-1, 1, (600, 2, 2, 1)).astype("float32")


class Reader:
    """Two features; sure of class 1 by the first, of class 0 where it is small."""

    num_classes = 2

    def features_and_probabilities(self, images):
        features = np.asarray(images).reshape(len(images), -1)[:, :2]
        one = 1 / (1 + np.exp(-4 * features[:, 0]))
        return features, np.stack([1 - one, one], axis=1)


class Painter:
    """Draws from a list of images, and knows which of them."""

    def __init__(self, images):
        self.images = images

    def sample(self, count, seed=0, start=0):
        return self.images[np.arange(start, start + count) % len(self.images)]


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    monkeypatch.setattr(judged, "expert", lambda name: Reader())


def splits(count=200):
    uint8 = np.round((GREYS + 1) * 127.5).astype("uint8")
    return {part: {"image": uint8[i * count : (i + 1) * count]} for i, part in enumerate(("train", "validation", "test"))}


def test_scores_are_those_of_the_metrics():
    painter, parts = Painter(0.5 * GREYS), splits()
    scores = judged.score_images("a-judge", samples=150)(painter, parts)
    images = {part: experts.floats(fields["image"])[:150] for part, fields in parts.items()}
    real, train = (Reader().features_and_probabilities(images[part])[0] for part in ("test", "train"))
    features, probabilities = Reader().features_and_probabilities(painter.sample(150))
    assert scores["frechet"].value == pytest.approx(metrics.frechet_distance(real, features))
    assert scores["frechet"].reference == pytest.approx(metrics.frechet_distance(real, train))
    assert scores["kernel_distance"].value == pytest.approx(metrics.kernel_distance(real, features))
    assert scores["top_probability"].value == pytest.approx(metrics.mean_top_probability(probabilities))
    assert scores["confident"].value == pytest.approx(np.mean(probabilities.max(axis=1) >= 0.9))
    shares = metrics.class_shares(probabilities)
    assert (scores["smallest_class"].value, scores["largest_class"].value) == pytest.approx((shares.min(), shares.max()))
    assert scores["recall"].value == pytest.approx(metrics.precision_recall(real, features, 5).recall)
    assert all(score.count == 150 for score in scores.values()) and "classification_accuracy" not in scores
    for name in ("frechet", "top_probability", "confident", "precision", "recall", "density", "coverage"):
        assert scores[name].low <= scores[name].value <= scores[name].high, name
        assert scores[name].reference is not None
    assert {name for name, score in scores.items() if score.leading} == {"frechet", "precision", "recall", "top_probability"}


def test_validation_is_a_quick_look():
    painter, parts = Painter(GREYS), splits()
    found = judged.validate_images("a-judge", count=120)(painter, parts)
    real, _ = Reader().features_and_probabilities(experts.floats(parts["validation"]["image"][:120]))
    features, probabilities = Reader().features_and_probabilities(painter.sample(120))
    assert found["frechet"] == pytest.approx(metrics.frechet_distance(real, features))
    assert found["top_probability"] == pytest.approx(metrics.mean_top_probability(probabilities))
    assert 0 <= found["smallest_class"] <= found["largest_class"] <= 1


def test_samples_are_drawn_in_blocks_that_do_not_show(monkeypatch):
    monkeypatch.setattr(experts, "BLOCK", 70)
    in_blocks = experts.judge_samples(Reader(), Painter(GREYS), 200)
    for got, whole in zip(in_blocks, Reader().features_and_probabilities(GREYS[:200]), strict=True):
        np.testing.assert_array_equal(got, whole)
