"""From names to models: verified weights, through a mirror or from a directory, compiled as they were trained."""

import inspect
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from places import CHECKPOINTS

import kerasgen
from kerasgen import files, zoo
from kerasgen.zoo import loading

NAMES = zoo.list_models()


def test_load_compiles_for_fine_tuning_at_once():
    from kerasgen.data import load, to_float_images

    model = kerasgen.load("gan-mnist")
    assert model.optimizer.members.keys() == {"generator", "discriminator"}
    before = model.sample(4, seed=1)
    model.fit(to_float_images(load("mnist", smoke=True)["train"]["image"]), batch_size=16, epochs=1, verbose=0)
    assert abs(model.sample(4, seed=1) - before).max() > 1e-3  # the average restarted, so that training shows


def test_a_models_folder_is_told_apart_from_a_name(monkeypatch):
    folder = CHECKPOINTS / "gan-mnist"
    monkeypatch.chdir(folder.parent.parent)
    expected = kerasgen.load("gan-mnist").sample(1)
    for path in (folder, str(folder), f"{folder.parent.name}/gan-mnist", folder.relative_to(folder.parent.parent)):
        assert kerasgen.info(path) == kerasgen.info("gan-mnist")
        assert zoo.find(path)[1] is not None and zoo.find("gan-mnist")[1] is None
        np.testing.assert_array_equal(kerasgen.load(path).sample(1), expected)
    with pytest.raises(ValueError, match="'checkpoints/gan-mnits' is neither a name of the zoo nor a directory"):
        kerasgen.load("checkpoints/gan-mnits")
    assert kerasgen.load("gan-mnist").origin.entry["version"] == kerasgen.info("gan-mnist")["version"]
    assert kerasgen.load("gan-mnist", pretrained=False).origin is None


def test_loading_leaves_the_manifest_as_it_was():
    before = json.dumps(zoo.manifest())
    kerasgen.load("judge-mnist")
    assert json.dumps(zoo.manifest()) == before


def test_dtype_is_float32_unless_asked_for():
    import keras

    before = keras.config.dtype_policy().name
    assert kerasgen.load("dcgan-mnist").generator.layers[-2].compute_dtype == "float32"
    assert kerasgen.load("dcgan-mnist", dtype="mixed_bfloat16").generator.layers[0].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize("name", NAMES)
def test_an_entrys_config_holds_every_argument(name):
    """A default that changes later must not change a published model."""
    entry = zoo.info(name)
    model_class = loading.find_class(entry["model"])
    arguments = {
        argument
        for cls in model_class.__mro__[: model_class.__mro__.index(kerasgen.GenerativeModel) + 1]
        for argument, parameter in inspect.signature(cls.__init__).parameters.items()
        if argument != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    assert set(entry["config"]) == arguments
    assert set(model_class.capabilities) <= set(entry["capabilities"])  # some verbs come with what the weights hold


def test_classes_outside_kerasgen_are_never_imported(tmp_path):
    entry = {**kerasgen.info("dcgan-mnist"), "model": "os_payload.DCGAN2"}
    (tmp_path / "os_payload.py").write_text("raise SystemExit('this file was run')")
    with pytest.raises(ValueError, match=r"not loaded.*--import os_payload\.py"):
        zoo.build(entry)


@pytest.mark.parametrize("path", ["kerasgen.models.gan.dcgan.keras", "kerasgen.models.gan.dcgan.Missing"])
def test_what_is_no_model_class_is_refused(path):
    with pytest.raises(ValueError, match=f"must name a model class; '{path}' is none"):
        loading.find_class(path)


def test_edited_weights_of_a_directory_are_refused(tmp_path):
    entry = kerasgen.info("dcgan-mnist")
    (tmp_path / "entry.json").write_text(json.dumps(entry))
    content = bytearray(loading.locate(entry).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model.weights.h5").write_bytes(content)
    with pytest.raises(OSError, match="sha256"):
        kerasgen.load(tmp_path)


def test_load_from_an_empty_cache_through_a_mirror(tmp_path, monkeypatch):
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    server = subprocess.Popen(command, cwd=CHECKPOINTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = re.search(rb"port (\d+)", server.stdout.readline()).group(1).decode()
        monkeypatch.setattr(files, "local_checkpoints", lambda: [tmp_path / "nothing", tmp_path / "home" / "checkpoints"])
        monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("KERASGEN_MIRROR", f"http://127.0.0.1:{port}")
        mirrored = kerasgen.load("dcgan-mnist").sample(2, seed=5)
    finally:
        server.kill()
        server.wait()
    assert list((tmp_path / "home").rglob("model.weights.h5"))
    monkeypatch.undo()
    assert (mirrored == kerasgen.load("dcgan-mnist").sample(2, seed=5)).all()


def test_missing_weights_without_a_network_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "local_checkpoints", lambda: [tmp_path / "nothing", tmp_path / "home" / "checkpoints"])
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    with pytest.raises(OSError, match=r"(?s)dcgan-mnist.*KERASGEN_OFFLINE"):
        kerasgen.load("dcgan-mnist")


def test_an_architecture_without_weights_and_of_another_size():
    plain = kerasgen.load("dcgan-mnist", pretrained=False)
    assert not np.allclose(plain.sample(1), kerasgen.load("dcgan-mnist").sample(1)) and plain.compiled
    larger = kerasgen.load("dcgan-mnist", pretrained=False, image_shape=(16, 16, 3), widths=(8, 4), discriminator_widths=(4, 8))
    assert larger.sample(2).shape == (2, 16, 16, 3)
    assert kerasgen.info("dcgan-mnist")["config"]["image_shape"] == [28, 28, 1]
    with pytest.raises(ValueError, match="pretrained must be False to change image_shape"):
        kerasgen.load("dcgan-mnist", image_shape=(16, 16, 3))
    with pytest.raises(ValueError, match=r"has the arguments image_shape, .*; received also size"):
        kerasgen.load("dcgan-mnist", pretrained=False, size=3)


@pytest.mark.parametrize("name", ["gan-mnist", "vae-mnist", "judge-mnist"])
def test_any_family_can_be_had_in_another_size(name):
    small = {"vae-mnist": {"widths": (4, 6), "hidden_dim": 8}, "judge-mnist": {"widths": (4, 6, 8)}}.get(name, {})
    model = kerasgen.load(name, pretrained=False, image_shape=(64, 64, 3), **small)
    assert model.image_shape == (64, 64, 3) and model.compiled
    if "sample" in model.capabilities:
        assert model.sample(2).shape == (2, 64, 64, 3)
    else:
        assert model.classify(np.zeros((2, 64, 64, 3), "float32")).shape == (2, 10)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64", "half", "int8", "", 3, np.float16])
def test_other_dtypes_are_refused_by_name(dtype):
    with pytest.raises(ValueError, match=r"dtype must be one of 'float32', 'mixed_bfloat16', 'mixed_float16', .*; received"):
        kerasgen.load("dcgan-mnist", dtype=dtype)


def test_a_policy_is_as_good_as_its_name():
    import keras

    model = kerasgen.load("gan-mnist", dtype=keras.DTypePolicy("mixed_float16"))
    assert model.generator.layers[0].compute_dtype == "float16" and model.generator.layers[0].variable_dtype == "float32"


def test_a_loaded_model_says_which_it_is_and_has_its_card(tmp_path):
    import keras

    from kerasgen.model import GenerativeModel

    model = kerasgen.load("judge-mnist")
    version = zoo.info("judge-mnist")["version"]
    assert repr(model) == f"<Judge loaded from judge-mnist, version {version}>"
    assert model.card == (CHECKPOINTS / "judge-mnist" / "card.md").read_text(encoding="utf-8")
    twin = type(model).from_config(model.get_config())
    assert isinstance(twin, GenerativeModel) and twin.card is None and repr(twin).startswith("<Judge name=")
    assert kerasgen.load("judge-mnist", pretrained=False).card is None  # whose weights nobody has measured
    model.save(tmp_path / "model.keras")
    assert isinstance(keras.saving.load_model(tmp_path / "model.keras"), type(model))
