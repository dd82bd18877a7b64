"""Fine-tuning from sources of every kind: the result is a model of the zoo's form, and a broken run goes on bit-equal."""

import dataclasses
import functools
import json

import numpy as np
import pytest
import tiny
from PIL import Image
from released import arrays, release
from surroundings import unmoved

import kerasgen
from kerasgen import zoo
from kerasgen.modalities.image import Image as ImageModality
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.scores import pixels
from kerasgen.training import finetuning


@pytest.fixture(autouse=True)
def few_samples(monkeypatch, tmp_path):
    monkeypatch.setattr(pixels, "SAMPLES", (20, 30))
    monkeypatch.setattr(LSTMLanguageModel, "sample", functools.partialmethod(LSTMLanguageModel.sample, length=20))
    monkeypatch.chdir(tmp_path)


def make_source(name, folder):
    """Data that this model can learn from, in another form for each."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    if name == "lstm":
        (folder / "a.txt").write_text("".join(generator.choice(list("aabcde"), 10_000)))
        return folder / "a.txt"
    images = generator.integers(0, 99, (24, 10, 9, 3)).astype("uint8")
    if name == "dcgan":
        for i, image in enumerate(images):
            Image.fromarray(image).save(folder / f"{i}.png")
        return folder
    np.savez(folder / "a.npz", image=images, label=np.arange(24) % 3)
    return folder / "a.npz"


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    return release("vae", tmp_path_factory.mktemp("parent"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dcgan", "judge", "lstm", "vae"])
def test_the_result_is_a_model_with_numbers_that_can_be_computed_again(name, eager, tmp_path, capsys):
    parent, source = release(name, tmp_path / "parent"), make_source(name, tmp_path / "source")
    folder = finetuning.finetune(
        parent, source, steps=3, every=2, output=tmp_path / "mine", run_folder=tmp_path / "run", keep_worse=True
    )
    said = capsys.readouterr().err
    assert "On validation" in said and "epoch 2  " in said and ("24 resized to 8x8" in said or name == "lstm")

    model, entry = kerasgen.load(folder), kerasgen.info(folder)
    learned = zip(tiny.values(zoo.load(parent).trainable_variables), tiny.values(model.trainable_variables), strict=True)
    assert np.mean([not np.array_equal(*pair) for pair in learned]) > 0.5
    assert model.compiled and entry["training"]["epochs"] == 2 and 2 <= entry["training"]["steps"] <= 3
    assert [check.name for check in kerasgen.verify(folder) if check.passed] == ["files", "architecture", "probe", "card"]
    assert {key: score.to_dict() for key, score in kerasgen.evaluate(folder).items()} == entry["metrics"]
    assert entry["licence"] == "Apache-2.0" and entry["probe"]["expected"]
    origin = entry["finetuned"]
    assert (origin["from"], origin["sha256"]) == (f"tiny-{name}", zoo.info(parent)["files"][0]["sha256"])
    card = (folder / "card.md").read_text()
    assert f"fine-tuned from `tiny-{name}`" in card and source.name in card and "learning rate 0.00" in card
    assert len(list((tmp_path / "run" / "samples").glob("*"))) == (0 if name == "judge" else 2)


def test_the_result_remembers_its_origin_and_changed_data_are_noticed(vae, eager, tmp_path, capsys):
    source = make_source("vae", tmp_path / "source")
    with unmoved():
        folder = finetuning.finetune(vae, source, steps=1, learning_rate=0.003, output="mine", run_folder="run")
    said = capsys.readouterr().err
    assert "On validation" in said and "epoch 1  " in said and "24 resized to 8x8" in said
    entry, origin = kerasgen.info(folder), kerasgen.info(folder)["finetuned"]
    assert (origin["from"], origin["sha256"]) == ("tiny-vae", zoo.info(vae)["files"][0]["sha256"])
    assert origin["validation"]["what"] == "loss" and entry["training"]["steps"] == 1
    assert entry["metrics"]["loss"]["count"] == 2 and entry["metrics"]["loss"]["better"] == "lower"
    card = (folder / "card.md").read_text()
    assert "fine-tuned from `tiny-vae`" in card and source.name in card and "learning rate 0.003" in card

    np.savez(source, image=np.zeros((24, 8, 8), "uint8"))
    with pytest.raises(ValueError, match=r"rest on other test data than .*a\.npz gives now"):
        kerasgen.evaluate(folder)
    source.unlink()
    with pytest.raises(ValueError, match="which does not exist"):
        kerasgen.evaluate(folder)


@pytest.mark.slow
def test_a_run_that_was_broken_off_goes_on_bit_equal_with_what_is_frozen(tmp_path, monkeypatch):
    parent, source = release("dcgan", tmp_path / "parent"), make_source("dcgan", tmp_path / "source")

    def finetune(run, **more):
        options = {"every": 2, "freeze": "discriminator/conv*", "output": tmp_path / run}
        options |= {"run_folder": tmp_path / f"{run}-run", "keep_worse": True}
        return finetuning.finetune(parent, source, **{"steps": 5, **options, **more})

    whole = finetune("whole")
    drawn, save = [], ImageModality.save_samples

    def break_off(*args, **more):
        drawn.append(save(*args, **more))
        if len(drawn) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ImageModality, "save_samples", break_off)
    with pytest.raises(KeyboardInterrupt):
        finetune("broken")
    monkeypatch.setattr(ImageModality, "save_samples", save)
    with pytest.raises(ValueError, match="Pass --resume to go on"):
        finetune("broken")
    with pytest.raises(ValueError, match="other settings than it began with: frozen"):
        finetune("broken", freeze="discriminator/conv2d", resume=True)
    broken = finetune("broken", resume=True)
    for file in ("state-00003.weights.h5",):
        first, second = arrays(tmp_path / "whole-run" / file), arrays(tmp_path / "broken-run" / file)
        assert first.keys() == second.keys()
        for key in first:
            np.testing.assert_array_equal(first[key], second[key], err_msg=key)
    assert kerasgen.info(broken)["metrics"] == kerasgen.info(whole)["metrics"]
    assert finetune("broken", resume=True, steps=6) == broken
    history = json.loads((tmp_path / "broken-run" / "progress.json").read_text())["history"]
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]  # more steps than before may be taken

    before, after = (tiny.values(zoo.load(folder).discriminator.weights) for folder in (parent, whole))
    same = [np.array_equal(old.astype("float16"), new) for old, new in zip(before, after, strict=True)]
    assert same == [True] * 6 + [False] * 2  # all but the last layer, in the precision of a release


def test_a_result_that_is_worse_is_written_only_if_asked_for(vae, eager, monkeypatch, tmp_path):
    source, options = make_source("vae", tmp_path / "source"), {"steps": 2, "every": 1, "output": "mine", "run_folder": "run"}
    numbers = iter([1.0, 3.0, 2.5])  # on validation: before, and after each step

    def validate(model, splits):
        return {"loss": next(numbers)}

    real = finetuning.criteria.choose
    monkeypatch.setattr(finetuning.criteria, "choose", lambda *given: dataclasses.replace(real(*given), validate=validate))
    message = (
        r"(?s)Nothing is written, because .* the loss \(lower is better\) was 1 before and is 2\.5 in the best epoch, 2 of 2\."
        r" Try a lower learning rate than 0\.0015 \(--learning-rate\), no frozen layers .* --resume and --keep-worse .*run"
    )
    with pytest.raises(ValueError, match=message):
        finetuning.finetune(vae, source, freeze="encoder/conv2d", learning_rate=0.0015, **options)
    assert not (tmp_path / "mine").exists()
    numbers = iter([1.0])
    how = {"freeze": "encoder/conv2d", "learning_rate": 0.0015, "resume": True, "keep_worse": True}
    folder = finetuning.finetune(vae, source, **how, **options)
    assert folder == tmp_path / "mine" and "1 before, 2.5 after" in (folder / "card.md").read_text()


def test_budgets():
    assert finetuning.check_budget(tiny.build("vae"), None, None) == (finetuning.STEPS, None)
    assert finetuning.check_budget(tiny.build("pattern_counts"), None, None) == (finetuning.PASSES, None)
    assert finetuning.check_budget(tiny.build("vae"), None, 2) == (None, 120)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 1.5}, "steps must be an integer from 1 to 1000000000; received 1.5"),
        ({"minutes": 0}, "minutes must be a number from 0.001 to 1000000.0; received 0"),
        ({"steps": 1, "minutes": 1}, "either steps or minutes; received steps=1 and minutes=1"),
        ({"learning_rate": -1}, "learning_rate must be a number from 1e-09 to 10; received -1"),
        ({"resume": True, "restart": True}, "resume and restart exclude each other"),
        ({"every": 0}, "every must be an integer from 1 to 1000000; received 0"),
        ({"seed": -1}, "seed must be an integer from 0 to 2147483647; received -1"),
        ({"freeze": "nothing"}, "freeze must fit one of the layers network/conv2d, .*; received 'nothing'"),
        ({"output": "parent"}, "another directory than that of the model itself; received 'parent'"),
        ({"output": "source/a.npz"}, "output must be a directory; received the file"),
        ({"drop_unknown": True}, "drop_unknown is for models of text"),
        ({"extend_vocabulary": True}, "extend_vocabulary is for models of characters; this model learns from image data"),
        ({"drop_unknown": True, "extend_vocabulary": True}, "drop_unknown and extend_vocabulary exclude each other"),
        ({"source": "source/b.npz"}, "y must be the labels of the images, integers from 0 to 2; received None"),
        ({"source": "source/c.npz"}, "y must be integers from 0 to 2 .* received values from 3 to 3"),
    ],
)
def test_refusals(tmp_path, options, message):
    release("judge", tmp_path / "parent")
    source = make_source("judge", tmp_path / "source")
    np.savez(source.with_name("b.npz"), image=np.zeros((24, 8, 8), "uint8"))
    np.savez(source.with_name("c.npz"), image=np.zeros((24, 8, 8), "uint8"), label=np.full(24, 3))
    with pytest.raises(ValueError, match=message):
        finetuning.finetune("parent", **{"source": str(source), "run_folder": "run", **options})
    assert not (tmp_path / "run").exists()
