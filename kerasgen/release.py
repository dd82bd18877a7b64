"""From a trained model to a zoo entry: slim weights, scores of exactly those weights, card, picture, entry.

Everything is made in the run's folder and scored from there; only a complete result replaces what was there before.
"""

import json
import os
import pathlib
import platform
import shutil

import keras
import numpy as np

from kerasgen import card, data, weights, zoo
from kerasgen.files import write_atomically
from kerasgen.layers import WeightAverage
from kerasgen.paths import checkout, checkpoints_folder, zoo_folder
from kerasgen.plots import save_grid
from kerasgen.precision import built_in
from kerasgen.probe import make_probe

WEIGHTS = "model.weights.h5"


def publish(recipe, origin, model, splits, run, output=None, full=True):
    """Writes checkpoint, card, samples and entry of a trained model; returns their directory.

    Args:
        recipe: The recipe.
        origin: Where the model comes from, as the entry says it: {"recipe": ...} or {"finetuned": ...}.
        model: The trained model.
        splits: The recipe's data set.
        run: The run that trained it, for its time and history.
        output: Directory to write, or None to make it the zoo's entry of that name.
        full: Compute the scores that take long, too.
    """
    target = pathlib.Path(output) if output is not None else checkpoints_folder() / recipe.name
    folder = run.folder / "release"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    entry = describe(recipe, origin, model, splits, run)
    entry["files"] = [{"path": f"{recipe.name}/{WEIGHTS}", **weights.save_release(slim(model), folder / WEIGHTS)}]
    if (tokenizer := getattr(model, "tokenizer", None)) is not None:
        tokenizer.save(folder / zoo.TOKENIZER)
        entry["files"].append({"path": f"{recipe.name}/{zoo.TOKENIZER}", **weights.file_facts(folder / zoo.TOKENIZER)})
    if output is None and (old := zoo.manifest()["models"].get(recipe.name)):
        entry["version"] = old["version"] + (old["files"] != entry["files"])  # scored anew, the same weights stay as they are
    _write_json(folder / zoo.ENTRY_FILE, entry)
    released = zoo.load(folder)  # what is scored is what users load: rounded weights, float32 arithmetic
    entry["probe"] = make_probe(released)
    if recipe.picture:
        save_grid(recipe.picture(released, splits), folder / "samples.png", columns=10, scale=2)
    else:
        save_samples(released, recipe.modality, folder / "samples", seed=0)
    if recipe.modality == "text":
        entry["example"] = released.sample(1, seed=0)[0]
    entry["metrics"] = recipe.score(released, splits, full)
    _write_json(folder / zoo.ENTRY_FILE, entry)
    write_atomically(folder / "card.md", card.render(entry).encode())
    for path in sorted(folder.iterdir()):
        if output is not None or path.name != zoo.ENTRY_FILE:  # the manifest holds the zoo's own entries
            write_atomically(target / path.name, path.read_bytes())
    if output is None:
        add_to_manifest(entry)
    return target


def save_samples(model, modality, path, seed=0):
    """Writes uncurated samples beside `path`: a .png grid of images, or texts in a .txt."""
    if modality == "image":
        save_grid(model.sample(100, seed=seed), path.with_suffix(".png"), columns=10, scale=2)
    elif modality == "text":
        text = f"\n\n{'-' * 60}\n".join(model.sample(8, seed=seed))
        write_atomically(path.with_suffix(".txt"), (text + "\n").encode())


def slim(model):
    """An uncompiled float32 twin that holds the averaged weights and no training state."""
    with built_in("float32"):
        twin = type(model).from_config(model.get_config())
    for copy, original in zip(twin.weights, model.weights, strict=True):
        copy.assign(original.value)
    for layer in twin.layers:
        if isinstance(layer, WeightAverage):
            layer.copy_to_network()
    return twin


def count_parameters(model):
    """Numbers that a user of the model needs: all its weights but the copies that averages keep."""
    averages = {id(v) for layer in model.layers if isinstance(layer, WeightAverage) for v in layer.weights}
    return int(sum(np.prod(v.shape) for v in model.weights if id(v) not in averages))


def describe(recipe, origin, model, splits, run):
    """The entry of a trained model, without files, probe and metrics."""
    import kerasgen

    about = data.describe(recipe.data)
    return {
        "name": recipe.name,
        "version": 1,
        "title": recipe.title,
        **({"aliases": list(recipe.aliases)} if recipe.aliases else {}),
        "family": recipe.family,
        "modality": recipe.modality,
        "capabilities": list(model.capabilities),
        "model": zoo.class_path(model),
        "config": json.loads(json.dumps(model.get_config())),
        "compile": {"optimizer": keras.optimizers.serialize(model.optimizer)},
        "fingerprint": weights.fingerprint(model),
        "parameters": count_parameters(model),
        "paper": recipe.paper,
        "data": {
            "name": about.name,
            "licence": about.licence,
            "source": about.source,
            "splits": about.splits,
            "train_count": len(splits["train"][recipe.fields[0]]),
            "train_sha256": data.fingerprint(splits["train"]),
            "test_sha256": data.fingerprint(splits["test"]),
        },
        **origin,
        "training": {
            "seed": recipe.seed,
            "batch_size": recipe.batch_size,
            "epochs": run.epoch,
            "selected_epoch": run.selected_epoch,
            "steps": int(model.optimizer.iterations),
            "precision": recipe.precision,
            "seconds": round(run.seconds),
            "hardware": hardware(),
            "software": f"kerasgen {kerasgen.__version__}, keras {keras.version()}, {keras.backend.backend()}",
        },
        "notes": recipe.notes,
    }


def hardware():
    """One line about the machine that trained."""
    name = platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores"


def add_to_manifest(entry):
    """Puts an entry into the checkout's manifest and writes the pages that are generated from it."""
    manifest = dict(zoo.manifest())
    models = {**manifest["models"], entry["name"]: entry}
    manifest["models"] = {name: models[name] for name in sorted(models)}
    _write_json(zoo_folder() / "manifest.json", manifest)
    card.write_pages()


def record_scores(name, scores):
    """Puts scores in place of the published ones of the same names, in the entry and the card of a model.

    Args:
        name: A name of the zoo, which must be that of a checkout, or a directory that a training wrote.
        scores: What `kerasgen.evaluate` returns.

    Raises:
        ValueError: The zoo is an installed one.
    """
    check_recordable(name)
    entry, folder = zoo.find(name)
    entry = {**entry, "metrics": {**entry["metrics"], **scores}}
    if folder is None:
        return add_to_manifest(entry)
    _write_json(folder / zoo.ENTRY_FILE, entry)
    write_atomically(folder / "card.md", card.render(entry).encode())


def check_recordable(name):
    """Raises a ValueError if `record_scores` would."""
    if zoo.find(name)[1] is None and checkout() is None:
        raise ValueError(f"The scores of {name} stand in an installed package; they can be recorded in a checkout of it.")


def _write_json(path, value):
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
