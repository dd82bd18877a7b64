"""Every checkpoint: what travels with the package is what was published, and still computes it.

The bands are around published numbers, for a few hundred samples, or for the examples inside the package.
"""

import functools
import json
import pathlib
import re
import shutil

import keras
import numpy as np
import PIL.Image
import pytest
from places import CHECKPOINTS

import kerasgen
from kerasgen import data, metrics, zoo
from kerasgen.data import to_float_images
from kerasgen.files import checkout, zoo_folder
from kerasgen.scores.labelled import label_hits
from kerasgen.scores.untrained import untrained
from kerasgen.training.recipe import digest, load_recipe, recipe_names
from kerasgen.zoo import card, entries, index

NAMES = zoo.list_models()


def published(name, score):
    return zoo.info(name)["metrics"][score]["value"]


@functools.cache
def examples(name):
    """(images in [-1, 1], labels) inside the package, all parts together."""
    parts = data.load(name, smoke=True).values()
    images, labels = (np.concatenate([part[field] for part in parts]) for field in ("image", "label"))
    return to_float_images(images), labels


# Entries


def test_there_are_models():
    assert {"dcgan-mnist", "judge-mnist"} <= set(NAMES)


def test_all_together_are_no_larger_than_a_repository_should_be():
    assert sum(path.stat().st_size for path in CHECKPOINTS.rglob("*") if path.is_file()) < 150 * 2**20


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
    assert "samples" not in entry or (CHECKPOINTS / name / entry["samples"]).is_file()
    assert entry["metrics"], "a model without numbers is not published"
    assert entry["licence"] and entry["data"]["licence"]


@pytest.mark.parametrize("name", NAMES)
def test_entry_names_the_recipe_that_is_here(name):
    entry = zoo.info(name)
    assert digest(zoo_folder() / "recipes" / entry["recipe"]["file"]) == entry["recipe"]["digest"]


@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_builds_the_model_and_the_optimizer_of_the_entry(name):
    entry, recipe = zoo.info(name), load_recipe(name)[0]
    keras.utils.clear_session()  # optimizers are numbered through the life of a process
    model = recipe.model()
    assert json.loads(json.dumps(model.get_config())) == entry["config"]
    assert list(zoo.load(name).capabilities) == entry["capabilities"]  # an autoencoder samples once its prior is fitted
    shown = ("family", "modality", "title", "title_zh")
    assert [getattr(recipe, field) for field in shown] == [entry[field] for field in shown]
    if recipe.picture:
        assert recipe.caption == entry["caption"]
    facts = entry["training"]
    assert (recipe.seed, recipe.batch_size, recipe.precision) == (facts["seed"], facts["batch_size"], facts["precision"])
    if recipe.optimizer is None:
        assert entry["compile"] is None
        return
    steps_an_epoch, rest = divmod(facts["steps"], facts["selected_epoch"])
    optimizer = recipe.optimizer(steps_an_epoch * recipe.epochs)
    assert rest == 0 and keras.optimizers.serialize(optimizer) == entry["compile"]["optimizer"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_what_it_shows_and_the_chinese_table_is_chinese(name):
    entry = zoo.info(name)
    if entry.get("samples", "").endswith(".png"):
        assert len(entry["caption"]) > 20 and f"\n*{entry['caption']}*\n" in card.render(entry)
    title, _, _, scores = card.summary(entry, "zh")
    labels = [score.named(key) for key, score in card.scores_of(entry).items() if score.leading]
    assert re.search("[\u4e00-\u9fff]", title) and set(labels) <= set(card.CHINESE)
    assert not re.search("[a-z]{3}", re.sub("|".join(["Fréchet", "Kneser-Ney", *NAMES]), "", scores))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dcgan-mnist", "vae-mnist"])
def test_the_picture_of_a_card_is_what_the_command_draws(name, tmp_path):
    """As README.md says of its first picture."""
    from command_line import run

    run("sample", name, "-n", 100, "-o", tmp_path / "drawn.png")
    drawn, kept = (
        np.asarray(PIL.Image.open(path).convert("RGB"), int)
        for path in (tmp_path / "drawn.png", CHECKPOINTS / name / "samples.png")
    )
    assert drawn.shape == kept.shape and np.abs(drawn - kept).max() <= 2


def test_every_model_has_its_recipe():
    """A recipe may stand there before its model: anyone can train it."""
    assert set(NAMES) <= set(recipe_names())


@pytest.mark.skipif(checkout() is None, reason="the READMEs are not part of an installed package")
@pytest.mark.parametrize(("file", "language"), index.PAGES.items())
def test_readme_table_is_the_generated_one(file, language):
    table = index.table(zoo.manifest()["models"], language)
    assert all(f"[`{name}`]" in table for name in NAMES)
    assert table in (checkout() / file).read_text(encoding="utf-8")


def test_a_damaged_tokenizer_is_found(tmp_path):
    folder = tmp_path / "lstm-shakespeare"
    shutil.copytree(CHECKPOINTS / "lstm-shakespeare", folder)
    assert all(check.passed for check in kerasgen.verify(folder))
    (folder / entries.TOKENIZER).write_text((folder / entries.TOKENIZER).read_text().replace("AB", "BA"))
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [("files", False)]
    with pytest.raises(OSError, match=r"tokenizer\.json"):
        kerasgen.load(folder)


# Bands of scores


def test_every_model_has_a_band():
    """Here, or in a file of its own, tests/bands/test_<name>.py, where a model can be added without touching this one."""
    here = {*JUDGED, *JUDGES, *SPRITES, "simclr-sprites", "vae-mnist", "lstm-shakespeare"}
    own = {path.stem.removeprefix("test_") for path in (pathlib.Path(__file__).parent / "bands").glob("test_*.py")}
    assert not [name for name in NAMES if name not in here and name not in own], "add tests/bands/test_<name>.py"


JUDGES = {"judge-mnist": ("mnist", 0.97), "judge-fashion": ("fashion_mnist", 0.89)}


@pytest.mark.parametrize("name", JUDGES)
def test_judges_know_the_examples_inside_the_package(name):
    """80 of the 120 are training examples. Measured: 1 and 0.942."""
    data_set, least = JUDGES[name]
    images, labels = examples(data_set)
    assert np.mean(kerasgen.load(name).classify(images).argmax(axis=1) == labels) >= least


JUDGED = {
    "cgan-mnist": "judge-mnist",
    "dcgan-fashion": "judge-fashion",
    "dcgan-mnist": "judge-mnist",
    "gan-mnist": "judge-mnist",
    "wgan-gp-fashion": "judge-fashion",
}


@pytest.mark.parametrize("name", JUDGED)
def test_generators_draw_all_classes_as_plainly_as_published(name):
    """400 samples. Over seeds 7 to 11 the mean top probability was off by 0.013 at most, the share of confident ones by 0.037,
    and the rarest class had 0.055; random weights draw one or two classes."""
    probabilities = kerasgen.load(JUDGED[name]).classify(kerasgen.load(name).sample(400, seed=7))
    assert abs(metrics.mean_top_probability(probabilities) - published(name, "top_probability")) < 0.03
    assert abs(np.mean(probabilities.max(axis=1) >= 0.9) - published(name, "confident")) < 0.08
    assert metrics.class_shares(probabilities).min() > 0.03


def test_cgan_draws_the_digit_that_was_asked_for():
    """40 samples of each. Over seeds 7 to 11: 0.9925 to 1."""
    hits = label_hits(kerasgen.load("judge-mnist"), kerasgen.load("cgan-mnist"), 400, seed=7)
    assert hits.mean() >= 0.98


SPRITES = ("dcgan-sprites", "sagan-sprites")


@pytest.mark.parametrize("name", SPRITES)
def test_sprites_are_nearer_to_tiles_than_what_random_weights_draw(name):
    """200 samples against a quarter of the test tiles, which are in the package. Over seeds 7 to 11: 0.09 times and less."""
    encoder, model = kerasgen.load("simclr-sprites"), kerasgen.load(name)
    real = encoder.features(to_float_images(data.load("crawl_tiles")["test"]["image"][::4]))
    distance = metrics.kernel_distance(real, encoder.features(model.sample(200, seed=7)))
    assert distance < 0.2 * published(name, "kernel_distance_random")


def test_simclr_knows_a_tile_in_another_light_and_place():
    """The tile with the nearest features to a mirrored, moved and paler one is the tile itself."""
    tiles = to_float_images(data.load("crawl_tiles")["test"]["image"][::4])
    views = np.roll(0.8 * tiles[:, :, ::-1] + 0.1, (2, -3), axis=(1, 2))
    model = kerasgen.load("simclr-sprites")

    def found(encoder):
        distances = np.square(encoder.features(tiles)[:, None] - encoder.features(views)).sum(axis=2)
        return np.mean(distances.argmin(axis=1) == np.arange(len(tiles)))

    assert found(model) > 0.7 and found(untrained(model)) < 0.4


def test_vae_codes_digits_as_published():
    """120 digits, 80 of which it has learned from. Over five draws of the bits 87.6 to 90.7 and 82.8 to 85.4 nats."""
    bits, model = data.binarise(data.to_uint8_images(examples("mnist")[0]), 2024), kerasgen.load("vae-mnist")
    assert abs(-model.elbo(bits).mean() - published("vae-mnist", "elbo_nats")) < 6
    assert abs(-model.iw_bound(bits, 50).mean() - published("vae-mnist", "iw_nats")) < 4


def test_lstm_reads_shakespeare_as_published():
    """The first 2,000 of 111,540 characters: 1.42 nats each, 1.35 to 1.60 in quarters; without training 4.17."""
    text = data.to_text(data.load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])
    nats = -kerasgen.load("lstm-shakespeare").log_prob([text])[0] / len(text)
    assert abs(nats - published("lstm-shakespeare", "nats")) < 0.2
