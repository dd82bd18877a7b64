"""The classification accuracy score: a fresh classifier learns from samples alone."""

import numpy as np
import pytest
import tiny

from kerasgen import zoo
from kerasgen.data import to_float_images
from kerasgen.scores import classification


@pytest.fixture
def splits(monkeypatch):
    """Bars at three heights, and a judge's architecture for them."""
    judge = tiny.build("judge")
    monkeypatch.setattr(classification, "expert", lambda name: judge)
    monkeypatch.setattr(zoo, "info", lambda name: {"metrics": {"scratch_accuracy": {"value": 0.875}}})
    return {part: bars(96, seed) for seed, part in enumerate(("train", "test"))}


def bars(count, seed):
    """A bright bar at one of three heights, which is the label."""
    generator, label = np.random.default_rng(seed), np.arange(count) % 3
    bright = np.arange(8)[None, :, None] // 3 == label[:, None, None]
    noisy = np.where(bright, 220, 30) + generator.normal(0, 10, (count, 8, 8))
    return {"image": np.clip(noisy, 0, 255).astype("uint8")[..., None], "label": label}


def test_a_classifier_learns_from_samples_and_the_labels_asked_for(splits, monkeypatch):
    images, labels = to_float_images(splits["train"]["image"]), (splits["train"]["label"] + 1) % 3  # as if asked for others

    def draw(start, stop):
        return np.resize(images, (stop, *images.shape[1:]))[start:]

    asked, test = np.resize(labels, 1280), splits["test"]
    named = {
        "train": {"image": splits["train"]["image"], "label": labels},
        "test": {"image": test["image"], "label": (test["label"] + 1) % 3},
    }
    monkeypatch.setattr(classification, "COUNT", 1280)  # the judge's card says what as many real images teach
    score = classification.classification_accuracy("a-judge", draw, named, asked, count=1280, epochs=8)
    assert score.value > 0.95 and (score.count, score.reference, score.better) == (1280, 0.875, "higher")
    assert "cas-v1: judge's architecture, 1280 samples with the labels asked for, 8 epochs, one seed" in score.protocol


def test_fewer_samples_are_compared_with_as_many_real_images(splits):
    real = splits["train"] = bars(256, 3)
    value = classification.real_accuracy("a-judge", splits, 256, 8, 0)
    judge = classification.expert("a-judge")
    assert value == classification.train_classifier(judge, real["image"], real["label"], splits["test"], 8, 0) != 0.875
