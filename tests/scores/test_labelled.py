"""Scores of labels: who is asked for what, counted with a judge and a model that are known."""

import numpy as np
import pytest

from kerasgen.scores import labelled


class Obedient:
    """Draws images of one grey, which says the label; every fifth image of label 2 is one of label 0."""

    num_classes = 3

    def sample(self, count=None, label=None, seed=0, start=0):
        index = start + np.arange(len(label))
        shown = np.where((np.asarray(label) == 2) & ((index // 3) % 5 == 0), 0, label)
        return np.float32(shown)[:, None, None, None] * np.ones((1, 4, 4, 1), "float32")


class Reader:
    """Knows the label from the grey."""

    num_classes = 3

    def classify(self, images):
        return np.eye(3)[images[:, 0, 0, 0].astype(int)]

    def features_and_probabilities(self, images):
        return images.reshape(len(images), -1), self.classify(images)


@pytest.mark.parametrize("count", [30, 32, 3000])
def test_agreement_is_counted_for_each_label(count):
    hits = labelled.label_hits(Reader(), Obedient(), count)
    assert hits.shape == (count // 3, 3)
    np.testing.assert_allclose(hits.mean(axis=0), [1, 1, 0.8])


def test_agreement_scores_tell_the_mean_and_the_worst_label():
    hits = labelled.label_hits(Reader(), Obedient(), 1500)
    scores = labelled.agreement_scores("judge", hits, np.array([1.0, 0.98, 0.99]))
    both = scores["label_agreement"], scores["label_agreement_worst"]
    assert [score.value for score in both] == pytest.approx([1 - 0.2 / 3, 0.8])
    assert [score.reference for score in both] == pytest.approx([0.99, 0.98])
    assert all(score.low < score.value < score.high and score.count == 1500 for score in both)
    assert scores["label_agreement"].parts == pytest.approx([1, 1, 0.8])
    assert scores["label_agreement"].leading and not scores["label_agreement_worst"].leading


def test_the_judge_is_asked_for_real_images_too():
    greys = np.array([0, 0, 0, 1, 1, 2], "float32")[:, None, None, None] * np.ones((1, 4, 4, 1), "float32")
    real = labelled.judge_recalls(Reader(), {"image": greys, "label": np.array([0, 0, 1, 1, 1, 2])})
    np.testing.assert_allclose(real, [1, 2 / 3, 1])


class Coder(Obedient):
    """Tells the class of all images but those of class 1."""

    def classify(self, images):
        return np.eye(3)[np.where(images[:, 0, 0, 0] > 0, 2, 0)]


def test_the_classes_of_a_labelled_model_of_bits_are_compared_with_the_labels(monkeypatch):
    monkeypatch.setattr(labelled, "score_bits", lambda labelled: lambda *given: {"nats": labelled})
    monkeypatch.setattr(
        labelled, "score_labels", lambda judge, samples: lambda model, splits, full: {"asked": (judge, samples)}
    )
    part = {"image": np.repeat(np.uint8([0, 0, 255, 255]), 16).reshape(4, 4, 4, 1), "label": np.array([0, 0, 1, 2])}
    scores = labelled.score_labelled_bits("a-judge", 7)(Coder(), {"test": part})
    assert scores["nats"] is True and scores["asked"] == ("a-judge", 7)
    assert scores["accuracy"].value == 0.75 and scores["accuracy"].count == 4
