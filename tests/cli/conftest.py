"""Folders that stand for a checkout: a zoo with weights and one without."""

import json

import pytest
from tiny_zoo import ENTRIES, labelled_model, write_zoo

from kerasgen import files, zoo


@pytest.fixture
def at(monkeypatch, tmp_path):
    """A function that makes a folder the checkout. The current folder is an empty one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("KERASGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASGEN_OFFLINE", "1")
    monkeypatch.delenv("KERASGEN_IMPORT", raising=False)
    return lambda root: monkeypatch.setattr(files, "checkout", lambda: root)


@pytest.fixture
def listed(at, tmp_path):
    """The zoo without any weights."""
    write_zoo(tmp_path, ENTRIES)
    at(tmp_path)


@pytest.fixture(scope="module")
def labelled():
    """A model that draws a label as the brightness of the image."""
    return labelled_model()


@pytest.fixture(scope="module")
def released(tmp_path_factory, labelled):
    """The folder of the zoo with weights."""
    from kerasgen import modalities
    from kerasgen.zoo import probe, weights

    root, entries = tmp_path_factory.mktemp("released"), json.loads(json.dumps(ENTRIES))
    for name in entries:
        model = zoo.build(entries[name])
        saved = weights.save_release(model, root / "checkpoints" / name / "model.weights.h5", "float32")
        entries[name]["files"] = [{"path": f"{name}/model.weights.h5", **saved}]
        made = probe.make_probe(model, modalities.get(entries[name]["modality"]))
        entries[name].update(fingerprint=weights.fingerprint(model), probe=made)
    write_zoo(root, entries)
    return root
