"""Fine-tuning from sources of every kind: the result is a model of the zoo's form, and a broken run goes on bit-equal."""

import json

import h5py
import keras
import numpy as np
import pytest
import tiny
from PIL import Image

import kerasgen
from kerasgen import criteria, finetuning, training, weights, zoo
from kerasgen.probe import make_probe

MODALITY = {"lstm": "text"}
FAMILY = {"judge": "judge"}


@pytest.fixture(autouse=True)
def few_samples(monkeypatch, tmp_path):
    monkeypatch.setattr(criteria, "SAMPLES", (20, 30))
    monkeypatch.chdir(tmp_path)


def release(name, folder, **more):
    """The directory of a tiny model, as a training writes it."""
    model = tiny.compiled(name)
    entry = {
        **{
            "name": f"tiny-{name}",
            "version": 1,
            "title": "Tiny",
            "family": FAMILY.get(name, "other"),
            "paper": "",
            "notes": "",
        },
        **{"modality": MODALITY.get(name, "image"), "capabilities": list(model.capabilities), "data": {"name": "made up"}},
        **{"model": zoo.class_path(model), "config": model.get_config(), "fingerprint": weights.fingerprint(model)},
        "compile": {"optimizer": keras.optimizers.serialize(model.optimizer)},
        "files": [{"path": "a/model.weights.h5", **weights.save_release(model, folder / "model.weights.h5", "float32")}],
        **{"parameters": 1, "training": {"batch_size": 4, "steps": 10}, "probe": make_probe(model), **more},
    }
    if MODALITY.get(name) == "text":
        tiny.ALPHABET.save(folder / zoo.TOKENIZER)
        entry["files"].append({"path": "a/tokenizer.json", **weights.file_facts(folder / zoo.TOKENIZER)})
    (folder / zoo.ENTRY_FILE).write_text(json.dumps(entry))
    return folder


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


@pytest.mark.parametrize("name", ["dcgan", "judge", "lstm", "vae"])
def test_the_result_is_a_model_with_numbers_that_can_be_computed_again(name, tmp_path, capsys):
    parent, source = release(name, tmp_path / "parent"), make_source(name, tmp_path / "source")
    folder = finetuning.finetune(parent, source, steps=3, every=2, output=tmp_path / "mine", run_folder=tmp_path / "run")
    said = capsys.readouterr().err
    assert "On validation" in said and "epoch 2  " in said and ("24 resized to 8x8" in said or name == "lstm")

    model, entry = kerasgen.load(folder), kerasgen.info(folder)
    learned = zip(tiny.values(zoo.load(parent).trainable_variables), tiny.values(model.trainable_variables), strict=True)
    assert np.mean([not np.array_equal(*pair) for pair in learned]) > 0.5
    assert model.compiled and entry["training"]["epochs"] == 2 and 2 <= entry["training"]["steps"] <= 3
    assert [check.name for check in kerasgen.verify(folder) if check.passed] == ["files", "architecture", "probe", "card"]
    assert kerasgen.evaluate(folder) == entry["metrics"]
    origin = entry["finetuned"]
    assert (origin["from"], origin["sha256"]) == (f"tiny-{name}", zoo.info(parent)["files"][0]["sha256"])
    card = (folder / "card.md").read_text()
    assert f"fine-tuned from `tiny-{name}`" in card and source.name in card and "learning rate 0.0033" in card
    assert len(list((tmp_path / "run" / "samples").glob("*"))) == (0 if name == "judge" else 2)


def test_changed_data_are_noticed(tmp_path):
    parent, source = release("vae", tmp_path / "parent"), make_source("vae", tmp_path / "source")
    folder = finetuning.finetune(parent, source, steps=1, output="mine", run_folder="run")
    np.savez(source, image=np.zeros((24, 8, 8), "uint8"))
    with pytest.raises(ValueError, match=r"rest on other test data than .*a\.npz gives now"):
        kerasgen.evaluate(folder)
    source.unlink()
    with pytest.raises(ValueError, match="which does not exist"):
        kerasgen.evaluate(folder)


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_a_run_that_was_broken_off_goes_on_bit_equal_with_what_is_frozen(tmp_path, monkeypatch):
    parent, source = release("dcgan", tmp_path / "parent"), make_source("dcgan", tmp_path / "source")

    def finetune(run, **more):
        options = {"every": 2, "freeze": "discriminator/conv*", "output": tmp_path / run, "run_folder": tmp_path / f"{run}-run"}
        return finetuning.finetune(parent, source, **{"steps": 5, **options, **more})

    whole = finetune("whole")
    drawn, save = [], training.save_samples

    def break_off(*args, **more):
        drawn.append(save(*args, **more))
        if len(drawn) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "save_samples", break_off)
    with pytest.raises(KeyboardInterrupt):
        finetune("broken")
    monkeypatch.setattr(training, "save_samples", save)
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


def test_rates_are_a_third_of_the_highest_or_what_is_asked_for():
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 100, warmup_target=6e-3, warmup_steps=20)
    adam = keras.optimizers.serialize(keras.optimizers.Adam(schedule, beta_1=0.5, global_clipnorm=1.0))
    entry = {"compile": {"optimizer": adam}, "training": {"steps": 100}}
    optimizer, rates = finetuning.constant_rate(entry)
    assert rates == {"model": 2e-3}
    found = keras.saving.deserialize_keras_object(optimizer)
    assert float(found.learning_rate) == pytest.approx(2e-3) and (found.beta_1, found.global_clipnorm) == (0.5, 1.0)
    assert entry["compile"]["optimizer"]["config"]["learning_rate"]["class_name"] == "CosineDecay"  # untouched
    group = {
        "compile": {"optimizer": keras.optimizers.serialize(tiny.adams(tiny.build("dcgan"), 3e-4))},
        **{"training": {"steps": 9}},
    }
    assert finetuning.constant_rate(group)[1] == {"generator": 1e-4, "discriminator": 1e-4}
    assert finetuning.constant_rate(group, 0.5)[1] == {"generator": 0.5, "discriminator": 0.5}
    again = finetuning.constant_rate({**group, "finetuned": {}})[1]
    assert again["generator"] == pytest.approx(3e-4)  # a second fine-tuning does not slow down further


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
