"""Scores of classifiers: hits, plain and disturbed, and the images they are least sure of."""

import numpy as np
import pytest
import tiny
from own_data import ramps

from kerasgen.data import to_float_images
from kerasgen.scores import judges


@pytest.fixture(scope="module")
def model():
    return tiny.compiled("judge")


def test_hits_are_counted(model):
    part = ramps(43)["test"]
    named = np.argmax(model.classify(to_float_images(part["image"])), axis=1)
    np.testing.assert_array_equal(judges.hits(model, part), named == part["label"])
    assert judges.judge_accuracy(model, {"validation": part}) == {"accuracy": pytest.approx(np.mean(named == part["label"]))}


def test_quick_scores(model):
    splits = ramps(43)
    scores = judges.score_judge(model, splits, full=False)
    assert list(scores) == ["accuracy", "accuracy_disturbed"] and scores == judges.score_judge(model, splits, full=False)
    assert scores["accuracy"].value == pytest.approx(judges.hits(model, splits["test"]).mean()) and scores["accuracy"].leading
    assert all(score.low <= score.value <= score.high and score.count == 43 for score in scores.values())


def test_the_least_sure_come_first(model):
    splits = ramps(30)
    shown = judges.least_confident_images(model, splits, count=7)
    certainty = model.classify(shown).max(axis=1)
    everything = np.sort(model.classify(to_float_images(splits["test"]["image"])).max(axis=1))
    np.testing.assert_allclose(certainty, everything[:7], atol=1e-6)
