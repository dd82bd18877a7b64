"""A stranger's model folder: what its entry asks for is refused before memory is taken or anything else is made."""

import copy
import json
import shutil

import keras
import numpy as np
import pytest
import tiny
from places import CHECKPOINTS

import kerasgen
from kerasgen import zoo
from kerasgen.zoo import bounds
from kerasgen.zoo.bounds import bounded, check_optimizer


@pytest.fixture
def folder(tmp_path):
    """A function (changes) -> a copy of a model's folder whose entry differs."""

    def change(**changes):
        shutil.copytree(CHECKPOINTS / "gan-mnist", tmp_path / "model")
        entry = {**zoo.info("gan-mnist"), **changes}
        (tmp_path / "model" / "entry.json").write_text(json.dumps(entry))
        return tmp_path / "model"

    return change


@pytest.mark.parametrize(
    "config", [{"widths": [20_000, 20_000, 20_000]}, {"widths": [1] * 30}, {"latent_dim": 4096, "widths": [4096]}]
)
def test_a_configuration_larger_than_its_weights_is_refused(folder, config, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_ARRAYS", 50)
    with pytest.raises(ValueError, match=r"asks for more weights than its file of 2,.* bytes can hold"):
        kerasgen.load(folder(config={**zoo.info("gan-mnist")["config"], **config}))
    assert keras.layers.Layer.add_weight.__name__ == "add_weight"  # as it was


@pytest.mark.parametrize("config", [{"widths": 1.5}, {"latent_dim": {}}, {"wings": 2}])
def test_a_configuration_of_wrong_types_is_told_with_its_field(folder, config):
    with pytest.raises(ValueError, match=r"gan-mnist: config: .* cannot be built with it \("):
        kerasgen.load(folder(config={**zoo.info("gan-mnist")["config"], **config}))


def test_bounds_leave_models_alone_that_keep_them():
    with bounded(2000):
        model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10)])
    assert model.count_params() == 110
    with pytest.raises(ValueError, match="102,000 numbers"), bounded(1000):
        keras.layers.Dense(1000).build((None, 101))


@pytest.mark.parametrize("name", tiny.TRAINED)
def test_optimizers_of_models_pass(name):
    check_optimizer(keras.optimizers.serialize(tiny.adams(tiny.build(name))), "here")
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    check_optimizer(keras.optimizers.serialize(keras.optimizers.AdamW(schedule)), "here")


DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 8}, "registered_name": None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda adam: DENSE, "must be an optimizer or a learning-rate schedule; found 'Dense'"),
        (
            lambda adam: {**adam, "config": {**adam["config"], "learning_rate": DENSE}},
            "learning_rate must be an optimizer .* 'Dense'",
        ),
        (lambda adam: {**adam, "build_config": {"input_shape": [10**9, 10]}}, "'build_config' is refused"),
        (lambda adam: {**adam, "module": "os", "class_name": "system"}, "found 'system'"),
        (lambda adam: {**adam, "registered_name": []}, "found 'Adam'"),
        (lambda adam: {**adam, "class_name": "serialize"}, "found 'serialize'"),
        (lambda adam: {**adam, "config": {**adam["config"], "x": [{"class_name": "Lambda", "config": {}}]}}, "found 'Lambda'"),
    ],
)
def test_what_is_no_optimizer_is_refused(folder, change, message):
    adam = keras.optimizers.serialize(keras.optimizers.Adam(1e-3))
    with pytest.raises(ValueError, match=message):
        kerasgen.load(folder(compile={"optimizer": change(copy.deepcopy(adam))}))


HALF = keras.optimizers.serialize(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, 10)))


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("weight_decay", "abc", r"optimizer\.weight_decay must be a number; found 'abc'"),
        ("weight_decay", [1], r"optimizer\.weight_decay must be a number; found \[1\]"),
        ("weight_decay", HALF["config"]["learning_rate"], r"optimizer\.weight_decay must be a number"),
        ("beta_1", True, r"optimizer\.beta_1 must be a number; found True"),
        ("amsgrad", 1, r"optimizer\.amsgrad must be true or false; found 1"),
        ("name", "\x1b[31m", r"optimizer\.name must be a name; found '\\x1b\[31m'"),
        ("wei\x1bght", 7, r"optimizer cannot be made: Argument.* not recognized: .*wei\\x1bght"),
        ("learning_rate", HALF, r"optimizer cannot be made"),
        ("learning_rate", {}, r"optimizer\.learning_rate must be an optimizer or a learning-rate schedule; found None"),
    ],
)
def test_settings_of_another_kind_are_refused(folder, setting, value, message):
    adam = copy.deepcopy(HALF)
    adam["config"][setting] = value
    with pytest.raises(ValueError, match=f"^gan-mnist: compile.{message}"):
        kerasgen.load(folder(compile={"optimizer": adam}))


def test_an_optimizer_without_a_rate_is_refused(folder):
    adam = copy.deepcopy(HALF)
    del adam["config"]["learning_rate"]
    with pytest.raises(ValueError, match=r"gan-mnist: compile\.optimizer\.learning_rate is missing"):
        kerasgen.load(folder(compile={"optimizer": adam}))


@pytest.mark.parametrize("change", [{"config": ""}, {"config": None}, {"class_name": []}, {"module": 3}, {"module": []}])
def test_a_schedule_that_is_none_is_refused_in_loading_and_in_fine_tuning(folder, change):
    """Also where fine-tuning reads the rates itself, before the model is loaded."""
    from kerasgen.training.finetuning import optimizer_for
    from kerasgen.zoo.loading import find_class

    adam = copy.deepcopy(HALF)
    adam["config"]["learning_rate"] |= change
    model = folder(compile={"optimizer": adam})
    with pytest.raises(ValueError, match=r"compile\.optimizer\.learning_rate must be an optimizer or a learning-rate schedule"):
        kerasgen.load(model)
    entry = zoo.info(model)
    with pytest.raises(ValueError, match=r"compile\.optimizer\.learning_rate must be an optimizer or a learning-rate schedule"):
        optimizer_for(find_class(entry["model"]), entry)


@pytest.mark.parametrize("kind", [name for name in dir(keras.optimizers) if name[0].isupper()])
def test_optimizers_of_keras_pass(kind):
    made = getattr(keras.optimizers, kind)
    if kind not in ("Optimizer", "OptimizerMap", "LossScaleOptimizer", "MultiOptimizer"):
        check_optimizer(keras.optimizers.serialize(made(weight_decay=1e-3, use_ema=True, clipnorm=1.0)), "here")
        check_optimizer(keras.optimizers.serialize(keras.optimizers.LossScaleOptimizer(made())), "here")


@pytest.mark.parametrize("name", ["build_generator", "math", "GAN.__init__", "nothing"])
def test_what_is_no_model_class_is_refused(folder, name):
    with pytest.raises(ValueError, match="must name a model class"):
        kerasgen.load(folder(model=f"kerasgen.models.gan.dcgan.{name}"))


@pytest.mark.parametrize("file", ["entry.json", "model.weights.h5"])
def test_links_that_lead_out_are_refused(folder, tmp_path, file):
    model = folder()
    shutil.move(model / file, tmp_path / "elsewhere")
    (model / file).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="it is a link that leaves"):
        kerasgen.load(model)


def test_a_folder_does_not_hide_the_zoos_model(folder, tmp_path, monkeypatch):
    folder(title="Another one").rename(tmp_path / "gan-mnist")
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match="the directory of that name is './gan-mnist'"):
        assert kerasgen.info("gan-mnist")["title"] != "Another one"
    assert kerasgen.info("./gan-mnist")["title"] == kerasgen.info(tmp_path / "gan-mnist")["title"] == "Another one"


def test_a_long_alphabet_is_checked_in_linear_time():
    from kerasgen.tokenizers import CharacterTokenizer

    letters = "".join(map(chr, np.r_[32:55_000]))
    assert CharacterTokenizer(letters).size == len(letters)
    with pytest.raises(ValueError, match="more than once"):
        CharacterTokenizer(letters + "a")
