"""Losses as scores: means over all examples, and the same each time."""

import keras
import numpy as np
import pytest
import tiny
from own_data import ramps

from kerasgen import modalities
from kerasgen.data import to_float_images
from kerasgen.scores import loss

IMAGE = modalities.get("image")


@pytest.mark.parametrize("name", ["judge", "vae", "pattern_counts"])
def test_losses_are_means_over_all_examples_and_the_same_each_time(name):
    model, splits = tiny.compiled(name), ramps(43)
    fields = ("image", "label") if name == "judge" else ("image",)
    validate, score = loss.validate_loss(fields, IMAGE), loss.score_loss(fields, IMAGE)
    before = [keras.ops.convert_to_numpy(state.value) for state in model.random_states()]
    validated, scores = validate(model, splits), score(model, splits)
    assert validated == validate(model, splits) and scores == score(model, splits)
    for state, value in zip(model.random_states(), before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(state.value), value)  # the training draws what it would have
    found = scores["loss"]
    assert found.count == 43 and found.low < found.value < found.high and (found.better, found.leading) == ("lower", True)
    if name != "vae":  # the loss draws nothing: blocks of 21, 21 and 1 examples give the mean of all
        assert found.value == pytest.approx(validated["loss"], rel=1e-5)
    if name == "judge":
        hits = np.argmax(model.classify(to_float_images(splits["test"]["image"])), axis=1) == splits["test"]["label"]
        assert scores["accuracy"].value == pytest.approx(np.mean(hits)) and scores["accuracy"].better == "higher"
    else:
        assert set(scores) == {"loss"}


def test_only_so_many_examples_are_looked_at(monkeypatch):
    monkeypatch.setattr(loss, "VALIDATION_COUNT", 10)
    monkeypatch.setattr(loss, "TEST_COUNT", 12)
    model, splits = tiny.compiled("pattern_counts"), ramps(43)
    first = to_float_images(splits["test"]["image"])
    assert loss.validate_loss(("image",), IMAGE)(model, splits)["loss"] == pytest.approx(-model.log_prob(first[:10]).mean())
    score = loss.score_loss(("image",), IMAGE)(model, splits)["loss"]
    assert (score.value, score.count) == (pytest.approx(-model.log_prob(first[:12]).mean()), 12)
