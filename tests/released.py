"""Tiny models in directories of their own, as a training writes them."""

import json

import h5py
import keras
import tiny

from kerasgen import modalities
from kerasgen.training import release as releasing
from kerasgen.zoo import weights
from kerasgen.zoo.entries import ENTRY_FILE, TOKENIZER
from kerasgen.zoo.loading import class_path
from kerasgen.zoo.probe import make_probe

MODALITY = {"lstm": "text"}
FAMILY = {"judge": "judge"}


def release(name, folder, **more):
    """Writes the directory of a tiny model, without scores and card; returns it. `more` are fields of its entry."""
    folder.mkdir(parents=True, exist_ok=True)
    model, modality = tiny.compiled(name), MODALITY.get(name, "image")
    optimizer = getattr(model, "optimizer", None)
    dtype = "float32" if optimizer else None
    entry = {
        "name": f"tiny-{name}",
        "version": 1,
        "title": "Tiny",
        "family": FAMILY.get(name, "other"),
        "modality": modality,
        "capabilities": list(model.capabilities),
        "model": class_path(model),
        "config": model.get_config(),
        "compile": {"optimizer": keras.optimizers.serialize(optimizer)} if optimizer else None,
        "fingerprint": weights.fingerprint(model),
        "parameters": releasing.count_parameters(model),
        "files": [{"path": "model.weights.h5", **weights.save_release(model, folder / "model.weights.h5", dtype)}],
        "licence": "Apache-2.0",
        "paper": "",
        "notes": "",
        "data": {"name": "made up"},
        "training": {"batch_size": 4, "steps": 10 if optimizer else None},
        "probe": make_probe(model, modalities.get(modality)),
        **more,
    }
    if modality == "text":
        tiny.ALPHABET.save(folder / TOKENIZER)
        entry["files"].append({"path": TOKENIZER, **weights.file_facts(folder / TOKENIZER)})
    (folder / ENTRY_FILE).write_text(json.dumps(entry))
    return folder


def arrays(path):
    """{path in the file: array} of a weights file."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found
