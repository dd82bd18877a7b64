"""Every checkpoint: what travels with the package is what was published, and still computes it."""

import functools
import inspect
import json
import shutil

import numpy as np
import pytest

import kerasgen
from kerasgen import data, metrics, zoo
from kerasgen.files import checkpoints_folder, zoo_folder
from kerasgen.training.recipe import digest, recipe_names
from kerasgen.zoo.entries import TOKENIZER
from kerasgen.zoo.loading import find_class

NAMES = zoo.list_models()
MAX_BYTES = 150 * 2**20  # of all checkpoints together


def test_there_are_models():
    assert {"dcgan-mnist", "judge-mnist"} <= set(NAMES)


def test_all_together_are_no_larger_than_a_repository_should_be():
    assert sum(path.stat().st_size for path in checkpoints_folder().rglob("*") if path.is_file()) < MAX_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_verify(name):
    failed = [check for check in kerasgen.verify(name) if not check.passed]
    assert not failed


@pytest.mark.parametrize("name", NAMES)
def test_budget_and_company(name):
    entry = zoo.info(name)
    assert entry["parameters"] <= 4_000_000
    assert sum(file["bytes"] for file in entry["files"]) <= 8 * 2**20
    assert entry["recipe"]["file"] == f"{name}.py" and (zoo_folder() / "recipes" / f"{name}.py").is_file()
    assert (checkpoints_folder() / name / entry["samples"]).is_file()
    assert entry["metrics"], "a model without numbers is not published"
    assert entry["licence"]


@pytest.mark.parametrize("name", NAMES)
def test_entry_names_the_recipe_that_is_here(name):
    recipe = zoo.info(name)["recipe"]
    assert digest(zoo_folder() / "recipes" / recipe["file"]) == recipe["digest"], (
        "a recipe that does something else is trained anew"
    )


@pytest.mark.parametrize("name", NAMES)
def test_entry_holds_every_argument_of_its_model(name):
    """So that a default that changes later changes no model."""
    entry = zoo.info(name)
    wanted = {"seed"}
    for cls in find_class(entry["model"]).__mro__:
        if cls.__module__.startswith("kerasgen."):
            parameters = inspect.signature(cls.__init__).parameters.values()
            wanted |= {p.name for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD}
    assert set(entry["config"]) == wanted


def test_recipes_and_models_are_the_same_set():
    assert recipe_names() == sorted(NAMES)


def test_a_damaged_tokenizer_is_found(tmp_path):
    folder = tmp_path / "lstm-shakespeare"
    shutil.copytree(checkpoints_folder() / "lstm-shakespeare", folder)
    assert all(check.passed for check in kerasgen.verify(folder))
    (folder / TOKENIZER).write_text((folder / TOKENIZER).read_text().replace("AB", "BA"))
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [("files", False)]
    with pytest.raises(OSError, match=r"tokenizer\.json"):
        kerasgen.load(folder)


# Fast bands around the published numbers: few samples, and the real examples inside the package


@functools.cache
def loaded(name):
    return kerasgen.load(name)


def published(name, score):
    return zoo.info(name)["metrics"][score]["value"]


@functools.cache
def packaged(name):
    """All real images inside the package, in [-1, 1], and their labels."""
    parts = data.load(name, smoke=True).values()
    images, labels = (np.concatenate([part[field] for part in parts]) for field in ("image", "label"))
    return data.to_float_images(images), labels


@pytest.mark.parametrize(
    ("name", "judge", "least_share"),
    [
        ("gan-mnist", "judge-mnist", 0.03),
        ("dcgan-mnist", "judge-mnist", 0.03),
        ("cgan-mnist", "judge-mnist", 0.03),
        ("dcgan-fashion", "judge-fashion", 0.02),
        ("wgan-gp-fashion", "judge-fashion", 0.02),
    ],
)
def test_generators_are_as_legible_and_various_as_published(name, judge, least_share, seed=7, count=400):
    probabilities = loaded(judge).classify(loaded(name).sample(count, seed=seed))
    assert abs(metrics.mean_top_probability(probabilities) - published(name, "top_probability")) < 0.05
    assert metrics.class_shares(probabilities).min() > least_share


def test_labels_are_obeyed(seed=7):
    asked = np.arange(200) % 10
    named = loaded("judge-mnist").classify(loaded("cgan-mnist").sample(label=asked, seed=seed)).argmax(axis=1)
    assert np.mean(named == asked) >= 0.98


@pytest.mark.parametrize("name", ["dcgan-sprites", "sagan-sprites"])
def test_tiles_lie_near_to_real_ones(name, seed=7, count=150):
    """A tenth of the distance of random weights, and then some: with so few tiles distances scatter."""
    encoder, (tiles, _) = loaded("simclr-sprites"), packaged("crawl_tiles")
    distance = metrics.kernel_distance(encoder.features(tiles), encoder.features(loaded(name).sample(count, seed=seed)))
    assert distance < 0.4 * published(name, "kernel_distance_random")


@pytest.mark.parametrize(
    ("name", "images", "least"), [("judge-mnist", "mnist", 0.97), ("judge-fashion", "fashion_mnist", 0.88)]
)
def test_judges_know_the_images_inside_the_package(name, images, least):
    x, labels = packaged(images)
    assert np.mean(loaded(name).classify(x).argmax(axis=1) == labels) >= least


def test_features_put_tiles_of_a_kind_together():
    """The nearest other tile is of the same folder more often than by chance, and than by pixels."""
    tiles, kinds = packaged("crawl_tiles")

    def hits(vectors):
        distances = np.square(vectors[:, None] - vectors[None]).sum(axis=-1) + 1e9 * np.eye(len(vectors))
        return np.mean(kinds[distances.argmin(axis=1)] == kinds)

    found = hits(loaded("simclr-sprites").features(tiles))
    chance = np.sum(np.square(np.bincount(kinds) / len(kinds)))
    assert found > chance + 0.15


def test_vae_bounds_digits_as_published(seed=0):
    images = data.load("mnist", smoke=True)["test"]["image"]
    bits = data.binarise(images, seed=seed)
    assert abs(-np.mean(loaded("vae-mnist").elbo(bits)) - published("vae-mnist", "elbo_nats")) < 15


def test_lstm_reads_shakespeare_as_published():
    """The first 2,000 of 111,540 characters."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])
    nats = -loaded("lstm-shakespeare").log_prob([text])[0] / len(text)
    assert abs(nats - published("lstm-shakespeare", "nats")) < 0.15


def test_every_model_has_a_band():
    source = inspect.getsource(inspect.getmodule(test_every_model_has_a_band)).split("# Fast bands")[1]
    assert not [name for name in NAMES if json.dumps(name) not in source]
