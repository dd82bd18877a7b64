"""From names to models: listing, refusing, loading through a mirror, directories."""

import json
import re
import subprocess
import sys

import pytest

import kerasgen
from kerasgen import paths, zoo

NAMES = zoo.list_models()


def test_unknown_name_gets_the_three_nearest():
    with pytest.raises(ValueError, match=r"no model named 'dcgan-mnits'.*dcgan-mnist.*kerasgen list"):
        kerasgen.load("dcgan-mnits")


@pytest.mark.parametrize("name", ["../checkpoints/dcgan-mnist", "a/b", "", "dcgan\0mnist", "..", "C:\\models"])
def test_names_that_are_paths_are_refused(name):
    with pytest.raises(ValueError, match="neither a name of the zoo nor a directory"):
        kerasgen.load(name)


def test_a_model_is_found_by_its_other_names(monkeypatch):
    entry = {**zoo.info("dcgan-mnist"), "aliases": ["deep-mnist"]}
    monkeypatch.setattr(zoo, "manifest", lambda: {"schema": 1, "mirrors": [], "models": {"dcgan-mnist": entry}})
    assert kerasgen.info("deep-mnist")["name"] == "dcgan-mnist" and kerasgen.list_models() == ["dcgan-mnist"]
    with pytest.raises(ValueError, match=r"no model named 'deep-mnits'.*deep-mnist"):
        kerasgen.info("deep-mnits")


@pytest.mark.parametrize("name", [None, 3, ["dcgan-mnist"]])
def test_names_must_be_strings(name):
    with pytest.raises(ValueError, match="named by a string"):
        kerasgen.load(name)


def test_directory_without_entry_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no entry\.json"):
        kerasgen.load(tmp_path)


def test_filters():
    assert kerasgen.list_models("dcgan*") == [name for name in NAMES if name.startswith("dcgan")]
    assert "judge-mnist" not in kerasgen.list_models(can="sample")
    assert "dcgan-mnist" in kerasgen.list_models(family="gan", data="mnist", modality="image", can="sample")
    assert kerasgen.list_models(max_params=1) == []
    with pytest.raises(ValueError, match="max_params must be a positive number; received -1"):
        kerasgen.list_models(max_params=-1)


def test_info_is_a_copy():
    kerasgen.info("dcgan-mnist")["config"]["latent_dim"] = -1
    assert kerasgen.info("dcgan-mnist")["config"]["latent_dim"] > 0


def test_load_compiles_as_trained_and_fine_tunes_at_once():
    from kerasgen.data import load, to_float_images

    model = kerasgen.load("dcgan-mnist")
    assert model.optimizer.members.keys() == {"generator", "discriminator"}
    before = model.sample(4, seed=1)
    model.fit(to_float_images(load("mnist", smoke=True)["train"]["image"]), batch_size=16, epochs=1, verbose=0)
    assert abs(model.sample(4, seed=1) - before).max() > 1e-3  # the average restarted, so that training shows


def test_loading_leaves_the_manifest_as_it_was():
    before = json.dumps(zoo.manifest())
    kerasgen.load("judge-mnist")
    assert json.dumps(zoo.manifest()) == before


def test_dtype_is_float32_unless_asked_for(monkeypatch):
    import keras

    before = keras.config.dtype_policy().name
    assert kerasgen.load("dcgan-mnist").generator.layers[-2].compute_dtype == "float32"
    assert kerasgen.load("dcgan-mnist", dtype="mixed_bfloat16").generator.layers[0].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": 1, "mirrors": [], "models": {', "broken in line 1"),
        ('{"schema": 99, "mirrors": [], "models": {}}', "field 'schema' is 99.*update kerasgen"),
        ('{"schema": 1, "mirrors": [], "models": []}', "field 'models' must be a dict"),
        ('{"schema": 1, "mirrors": [], "models": {"a": {"name": "a"}}}', r"models\.a: field 'model' is missing"),
        ('{"schema": 1, "mirrors": [], "models": {"a": {}, "a": {}}}', "the name 'a' stands twice"),
    ],
)
def test_broken_manifests_name_the_place(tmp_path, monkeypatch, text, message):
    (tmp_path / "manifest.json").write_text(text)
    monkeypatch.setattr(zoo, "zoo_folder", lambda: tmp_path)
    with pytest.raises(ValueError, match=message):
        kerasgen.list_models()


def test_classes_outside_kerasgen_are_never_imported(tmp_path):
    entry = {**kerasgen.info("dcgan-mnist"), "model": "os_payload.DCGAN2"}
    (tmp_path / "os_payload.py").write_text("raise SystemExit('this file was run')")
    with pytest.raises(ValueError, match=r"not loaded.*--import os_payload\.py"):
        zoo.build(entry)


def test_edited_weights_of_a_directory_are_refused(tmp_path):
    entry = kerasgen.info("dcgan-mnist")
    (tmp_path / "entry.json").write_text(json.dumps(entry))
    content = bytearray(zoo.locate(entry).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model.weights.h5").write_bytes(content)
    with pytest.raises(OSError, match="sha256"):
        kerasgen.load(tmp_path)


def test_load_from_an_empty_cache_through_a_mirror(tmp_path, monkeypatch):
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    server = subprocess.Popen(command, cwd=paths.checkpoints_folder(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = re.search(rb"port (\d+)", server.stdout.readline()).group(1).decode()
        monkeypatch.setattr(paths, "checkpoints_folder", lambda: tmp_path / "nothing")
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
    monkeypatch.setattr(paths, "checkpoints_folder", lambda: tmp_path / "nothing")
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    with pytest.raises(OSError, match=r"(?s)dcgan-mnist.*KERASGEN_OFFLINE"):
        kerasgen.load("dcgan-mnist")
