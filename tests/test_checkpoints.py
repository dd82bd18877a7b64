"""Every checkpoint: what travels with the package is what was published, and still computes it."""

import pytest

import kerasgen
from kerasgen import card, zoo
from kerasgen.paths import checkout, checkpoints_folder, zoo_folder

NAMES = zoo.list_models()


def test_there_are_models():
    assert {"dcgan-mnist", "judge-mnist"} <= set(NAMES)


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
    assert (checkpoints_folder() / name / ("samples.txt" if entry["modality"] == "text" else "samples.png")).is_file()
    assert entry["metrics"], "a model without numbers is not published"


@pytest.mark.parametrize("name", NAMES)
def test_entry_names_the_recipe_that_is_here(name):
    from kerasgen.recipe import file_hash

    entry = zoo.info(name)
    assert file_hash(zoo_folder() / "recipes" / entry["recipe"]["file"]) == entry["recipe"]["sha256"]


def test_recipes_and_models_are_the_same_set():
    from kerasgen.recipe import recipe_names

    assert recipe_names() == sorted(NAMES)


@pytest.mark.skipif(checkout() is None, reason="the READMEs are not part of an installed package")
@pytest.mark.parametrize(("file", "language"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_readme_table_is_the_generated_one(file, language):
    assert card.table(language) in (checkout() / file).read_text(encoding="utf-8")


def test_judge_knows_the_digits_inside_the_package():
    from kerasgen.data import load

    part = load("mnist", smoke=True)["train"]
    judge = kerasgen.load("judge-mnist")
    from kerasgen.data import to_float_images

    hits = judge.classify(to_float_images(part["image"])).argmax(axis=1) == part["label"]
    assert hits.mean() >= 0.97  # 80 of its training digits


def test_dcgan_draws_all_digits_plainly():
    """A fast band around the published numbers: 500 samples instead of 10,000."""
    from kerasgen.metrics import class_shares, mean_top_probability

    probabilities = kerasgen.load("judge-mnist").classify(kerasgen.load("dcgan-mnist").sample(500, seed=7))
    published = zoo.info("dcgan-mnist")["metrics"]["top_probability"]["value"]
    assert abs(mean_top_probability(probabilities) - published) < 0.03
    assert class_shares(probabilities).min() > 0.03


def test_lstm_reads_shakespeare_as_published():
    """The first 2,000 of 111,540 characters."""
    from kerasgen.data import load, to_text

    text = to_text(load("tiny_shakespeare", smoke=True)["last_tenth"]["text"])
    nats = -kerasgen.load("lstm-shakespeare").log_prob([text])[0] / len(text)
    assert abs(nats - zoo.info("lstm-shakespeare")["metrics"]["nats"]["value"]) < 0.15


def test_a_damaged_tokenizer_is_found(tmp_path):
    import json
    import shutil

    folder = tmp_path / "lstm-shakespeare"
    shutil.copytree(checkpoints_folder() / "lstm-shakespeare", folder)
    (folder / zoo.ENTRY_FILE).write_text(json.dumps(zoo.info("lstm-shakespeare")))
    assert all(check.passed for check in kerasgen.verify(folder))
    (folder / zoo.TOKENIZER).write_text((folder / zoo.TOKENIZER).read_text().replace("AB", "BA"))
    assert [(check.name, check.passed) for check in kerasgen.verify(folder)] == [("files", False)]
    with pytest.raises(OSError, match=r"tokenizer\.json"):
        kerasgen.load(folder)
