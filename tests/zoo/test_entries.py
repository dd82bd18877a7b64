"""What is known of models without loading them: lists, filters, names that are refused, broken manifests."""

import json

import pytest

import kerasgen
from kerasgen import files, zoo
from kerasgen.zoo import entries

NAMES = zoo.list_models()


def test_unknown_name_gets_the_three_nearest():
    with pytest.raises(ValueError, match=r"no model named 'dcgan-mnits'.*dcgan-mnist.*kerasgen list"):
        kerasgen.load("dcgan-mnits")


@pytest.mark.parametrize("name", ["../checkpoints/dcgan-mnist", "a/b", "", "dcgan\0mnist", "..", "C:\\models"])
def test_names_that_are_paths_are_refused(name):
    with pytest.raises(ValueError, match="neither a name of the zoo nor a directory"):
        kerasgen.load(name)


@pytest.mark.parametrize("name", [None, 3, ["dcgan-mnist"]])
def test_names_must_be_strings(name):
    with pytest.raises(ValueError, match="named by a string"):
        kerasgen.load(name)


def test_a_model_is_found_by_its_other_names(monkeypatch):
    entry = {**zoo.info("dcgan-mnist"), "aliases": ["deep-mnist"]}
    monkeypatch.setattr(entries, "manifest", lambda: {"schema": 2, "mirrors": [], "models": {"dcgan-mnist": entry}})
    assert kerasgen.info("deep-mnist")["name"] == "dcgan-mnist" and kerasgen.list_models() == ["dcgan-mnist"]
    with pytest.raises(ValueError, match=r"no model named 'deep-mnits'.*deep-mnist"):
        kerasgen.info("deep-mnits")
    with pytest.raises(ValueError, match=r"deep-mnist \(another name of dcgan-mnist\)"):
        kerasgen.info("Deep-MNIST")


def test_directory_without_entry_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no entry\.json"):
        kerasgen.load(tmp_path)


def test_broken_entries_of_a_directory_name_the_place(tmp_path):
    for entry, message in (
        ('{"name": "a",', r"entry\.json: broken in line 1"),
        ('{"name": "a"}', r"entry\.json: field 'model' is missing"),
        (json.dumps({**zoo.info("dcgan-mnist"), "files": [{"path": "a"}]}), r"files\[0\]: field 'sha256' is missing"),
    ):
        (tmp_path / "entry.json").write_text(entry)
        with pytest.raises(ValueError, match=message):
            kerasgen.info(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../outside"}, r"entry\.json: name must be a name of up to 200 letters"),
        ({"name": ".hidden"}, "name must be a name of"),
        ({"name": "red\x1b[31m"}, "name must be a name of"),
        ({"capabilities": "sample"}, r"entry\.json: capabilities must be a list; found 'sample' of type str"),
        ({"parameters": True}, r"parameters must be of type int; found True of type bool"),
        ({"data": {"licence": "MIT"}}, r"entry\.json: data: field 'name' is missing"),
        ({"files": [{"path": "../../x.weights.h5", "sha256": "0", "bytes": 1}]}, r"files\[0\]\.path must be a file name"),
    ],
)
def test_entries_with_fields_of_another_kind_are_refused(tmp_path, changes, message):
    (tmp_path / "entry.json").write_text(json.dumps({**zoo.info("dcgan-mnist"), **changes}))
    with pytest.raises(ValueError, match=message):
        kerasgen.info(tmp_path)


def test_filters():
    assert kerasgen.list_models("dcgan*") == [name for name in NAMES if name.startswith("dcgan")]
    assert "judge-mnist" not in kerasgen.list_models(can="sample")
    assert "dcgan-mnist" in kerasgen.list_models(family="gan", data="mnist", modality="image", can="sample")
    assert kerasgen.list_models(max_params=1) == [] == kerasgen.list_models("no-*")
    assert kerasgen.list_models("DCGAN-M*", family="GAN", data="Mnist", can="SAMPLE") == kerasgen.list_models("dcgan-m*")
    with pytest.raises(ValueError, match="max_params must be a positive number; received -1"):
        kerasgen.list_models(max_params=-1)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"family": "gna"}, r"^family: no model of the zoo is of the family 'gna'; there are autoregressive, diffusion, "),
        ({"data": "cifar10"}, r"^data: no model of the zoo was trained on the data set 'cifar10'; there are breast_cancer, "),
        ({"modality": "smell"}, r"^modality: no model of the zoo is of the modality 'smell'; there are array, .*image, "),
        ({"can": "paint"}, r"^can: no model of the zoo offers the verb 'paint'; there are attention, .*classify, "),
        ({"family": 3}, r"^family: no model of the zoo is of the family 3; there are"),
    ],
)
def test_filters_that_no_model_passes_say_what_there_is(filters, message):
    with pytest.raises(ValueError, match=message):
        kerasgen.list_models(**filters)


def test_names_of_data_that_the_zoo_lacks_are_told_what_there_is():
    for name, says in (("dcgan-cifar10", r", none on 'cifar10'\."), ("cifar10", r"wikitext2\.")):
        with pytest.raises(ValueError, match=rf"no model named '{name}'.* They were trained on breast_cancer, .*{says}$"):
            kerasgen.load(name)
    with pytest.raises(ValueError, match=r"Did you mean dcgan-mnist, .* shows them all\.$"):
        kerasgen.load("DCGAN_MNITS")


def test_names_are_sorted_as_people_would():
    assert entries.natural_order(["tiny-10", "tiny-2", "a", "tiny-2-b"]) == ["a", "tiny-2", "tiny-2-b", "tiny-10"]


def test_info_is_a_copy():
    kerasgen.info("dcgan-mnist")["config"]["latent_dim"] = -1
    assert kerasgen.info("dcgan-mnist")["config"]["latent_dim"] > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": 2, "mirrors": [], "models": {', "broken in line 1"),
        ('{"schema": 1, "mirrors": [], "models": {}}', "field 'schema' is 1.*update kerasgen"),
        ('{"schema": 99, "mirrors": [], "models": {}}', "field 'schema' is 99.*update kerasgen"),
        ('{"schema": 2, "models": {}}', "field 'mirrors' is missing"),
        ('{"schema": 2, "mirrors": [], "models": []}', "models must be of type dict; found"),
        ('{"schema": 2, "mirrors": [], "models": {"a": {"name": "a"}}}', r"models\.a: field 'model' is missing"),
        ('{"schema": 2, "mirrors": [], "models": {"a": {}, "a": {}}}', "the name 'a' stands twice"),
    ],
)
def test_broken_manifests_name_the_place(tmp_path, monkeypatch, text, message):
    (tmp_path / "manifest.json").write_text(text)
    monkeypatch.setattr(entries, "zoo_folder", lambda: tmp_path)
    with pytest.raises(ValueError, match=message):
        kerasgen.list_models()


def test_a_zoo_without_a_manifest_is_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "checkout", lambda: tmp_path)
    assert kerasgen.list_models() == []
