"""What chooses and what reports: which criterion a model and its data get."""

import types

import numpy as np
import pytest
import tiny

from kerasgen import modalities
from kerasgen.scores import criteria

PAINTER = types.SimpleNamespace(tracked=("generator_loss",))
IMAGE = modalities.get("image")


def choose(model, name, splits, fields=("image",)):
    return criteria.choose(model, name, splits, fields, IMAGE)


def parts(shape):
    generator = np.random.default_rng(0)
    return {part: {"image": generator.integers(0, 255, (10, *shape), "uint8")} for part in ("train", "validation", "test")}


def test_a_judge_of_the_data_set_is_asked_where_there_is_one():
    splits = parts((28, 28, 1))
    assert choose(PAINTER, "mnist", splits).select == ("frechet", "min")
    assert "judge-mnist" in choose(PAINTER, "mnist", splits).words
    assert choose(PAINTER, "photos", splits).select == ("kernel_distance", "min")
    assert choose(PAINTER, None, splits).select == ("kernel_distance", "min")  # a folder of the user's, whatever it is called
    assert choose(PAINTER, "mnist", parts(tiny.IMAGE_SHAPE)).select == ("kernel_distance", "min")  # too small for it


def test_an_encoder_of_the_data_set_is_asked_for_images_of_its_shape():
    found = choose(PAINTER, "crawl_tiles", parts((32, 32, 3)))
    assert found.select == ("kernel_distance", "min") and found.words == "kernel distance on the features of simclr-sprites"
    assert "pixels" in choose(PAINTER, "crawl_tiles", parts((28, 28, 1))).words  # tiles made grey


def test_one_loss_and_texts_choose_by_themselves():
    found = choose(tiny.build("vae"), "mnist", parts((28, 28, 1)))
    assert (found.words, found.select) == ("loss", ("loss", "min"))
    found = choose(tiny.compiled("pattern_counts"), "mnist", parts(tiny.IMAGE_SHAPE))
    assert (found.words, found.select) == ("loss", ("loss", "min"))
    text = {part: {"text": np.frombuffer(b"abcde" * 300, "uint8")} for part in ("train", "validation", "test")}
    found = criteria.choose(tiny.build("lstm"), "plays", text, ("text",), modalities.get("text"))
    assert (found.words, found.select) == ("nats per token", ("nats", "min"))
    model = tiny.build("lstm")
    nats = found.validate(model, text)["nats"]
    assert nats == pytest.approx(np.log(5), rel=0.2) and found.score(model, text)["nats"].value == pytest.approx(nats, rel=0.05)


def test_players_of_other_data_have_no_criterion():
    with pytest.raises(
        ValueError, match=r"which epoch of a SimpleNamespace is best on data of the modality 'array'.* Use its fit"
    ):
        criteria.choose(PAINTER, "waves", {"train": {"wave": np.zeros(3)}}, ("wave",), modalities.get("waves"))
