"""What chooses and what reports: losses, judged samples, pixels."""

import types

import keras
import numpy as np
import pytest
import tiny

from kerasgen import criteria
from kerasgen.data import to_float_images


def parts(count=40, shape=tiny.IMAGE_SHAPE):
    """Ramps of random brightness, with noise."""
    generator = np.random.default_rng(0)
    ramps = np.linspace(0, 230, shape[1])[:, None] * generator.uniform(size=(count, 1, 1, 1))
    image = (ramps + generator.uniform(0, 25, (count, *shape))).astype("uint8")
    return {part: {"image": image, "label": np.arange(count) % 3} for part in ("train", "validation", "test")}


PAINTER = types.SimpleNamespace(tracked=("generator_loss",))


def test_a_judge_of_the_data_set_is_asked_where_there_is_one():
    splits = parts(shape=(28, 28, 1))
    assert criteria.choose(PAINTER, "mnist", splits, ("image",)).select == ("frechet", "min")
    assert "judge-mnist" in criteria.choose(PAINTER, "mnist", splits, ("image",)).words
    assert criteria.choose(PAINTER, "photos", splits, ("image",)).select == ("kernel_distance", "min")
    assert criteria.choose(PAINTER, "mnist", parts(), ("image",)).select == ("kernel_distance", "min")  # too small for it


def test_an_encoder_of_the_data_set_is_asked_for_images_of_its_shape():
    found = criteria.choose(PAINTER, "crawl_tiles", parts(shape=(32, 32, 3)), ("image",))
    assert found.select == ("kernel_distance", "min") and found.words == "kernel distance on the features of simclr-sprites"
    assert "pixels" in criteria.choose(PAINTER, "crawl_tiles", parts(shape=(28, 28, 1)), ("image",)).words  # tiles made grey


class Painter:
    """Draws from images that it is given."""

    def __init__(self, images):
        self.images = images

    def sample(self, count, seed=0):
        return self.images[np.random.default_rng(seed).integers(0, len(self.images), count)]


def test_pixels_tell_the_images_from_others(monkeypatch):
    monkeypatch.setattr(criteria, "SAMPLES", (400, 300))
    splits = parts(400)
    criterion = criteria.choose(PAINTER, "photos", splits, ("image",))
    images = to_float_images(splits["train"]["image"])
    real, pale = Painter(images), Painter(0.7 * images)
    (good,), (bad,) = (criterion.validate(painter, splits).values() for painter in (real, pale))
    assert abs(good) < 0.1 < bad
    score = criterion.score(real, splits)["kernel_distance"]
    assert score["low"] <= score["value"] <= score["high"] and score["count"] == criteria.SAMPLES[1]
    assert "64 leading principal components of the pixels, 300 samples against 400 images" in score["protocol"]


@pytest.mark.parametrize("name", ["judge", "vae"])
def test_losses_are_means_over_all_examples_and_the_same_each_time(name):
    model = tiny.compiled(name)
    splits = parts(43)
    fields = ("image", "label") if name == "judge" else ("image",)
    criterion = criteria.choose(model, "photos", splits, fields)
    before = [keras.ops.convert_to_numpy(state.value) for state in model.random_states()]
    validated, score = criterion.validate(model, splits), criterion.score(model, splits)
    assert validated == criterion.validate(model, splits) and score == criterion.score(model, splits)
    for state, value in zip(model.random_states(), before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(state.value), value)  # the training draws what it would have
    assert score["loss"]["count"] == 43 and score["loss"]["low"] < score["loss"]["value"] < score["loss"]["high"]
    if name == "judge":  # its loss draws nothing: blocks of 21, 21 and 1 examples give the mean of all
        assert score["loss"]["value"] == pytest.approx(validated["loss"], rel=1e-5)
        hits = np.argmax(model.classify(to_float_images(splits["test"]["image"])), axis=1) == splits["test"]["label"]
        assert score["accuracy"]["value"] == pytest.approx(np.mean(hits))
