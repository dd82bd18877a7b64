"""From a trained model to a zoo entry: slim weights, scores of exactly those weights, card, picture, entry.

Everything is made in the run's folder and scored from there; only a complete result replaces what was there before.
"""

import contextlib
import glob
import json
import os
import pathlib
import platform
import shutil
import sys
import uuid
import warnings

import keras
import numpy as np

from kerasgen import data, modalities, zoo
from kerasgen.exact import ExactModel
from kerasgen.files import PART, checkout, checkpoints_folder, remove_files, swap_folder, write_atomically
from kerasgen.json_files import check_fields, read_object
from kerasgen.layers import WeightAverage
from kerasgen.plots import save_grid
from kerasgen.score import checked
from kerasgen.steps import accelerators
from kerasgen.training.run import OWN, require_own
from kerasgen.zoo import card, index, weights
from kerasgen.zoo.entries import ENTRY_FILE, TOKENIZER, WEIGHTS, check_name
from kerasgen.zoo.loading import class_path
from kerasgen.zoo.probe import make_probe

LICENCE = "Apache-2.0"  # of weights that hold nothing of their data but statistics


def publish(recipe, origin, model, splits, run, output=None, full=True):
    """Writes checkpoint, card, samples and entry of a trained model; returns their directory.

    Args:
        recipe: The recipe.
        origin: Where the model comes from, as in the entry: {"recipe": ...} or {"finetuned": ...}.
        model: The trained model.
        splits: The recipe's data set.
        run: The run that trained it, for its time and history.
        output: Directory to write, or None to make it the zoo's entry of that name.
        full: Compute the scores that take long, too.
    """
    target = pathlib.Path(output) if output is not None else checkpoints_folder() / recipe.name
    folder = run.folder / "release"
    remove_files(run.folder, [pattern for pattern in OWN if pattern.startswith("release/")])
    folder.mkdir(exist_ok=True)
    entry = describe(recipe, origin, model, splits, run)
    entry["files"] = write_files(model, folder, f"{recipe.name}/" if output is None else "")
    if output is None and (old := zoo.manifest()["models"].get(recipe.name)):
        entry["version"] = old["version"] + (old["files"] != entry["files"])  # scored anew, the same weights stay as they are
    _write_json(folder / ENTRY_FILE, entry)
    released = zoo.load(folder)  # what is scored is what users load: rounded weights, float32 arithmetic
    modality = modalities.get(recipe.modality)
    entry["probe"] = make_probe(released, modality)
    entry |= show(recipe, released, splits, folder)
    print(f"Computing the scores of {recipe.name} on the test part.", file=sys.stderr, flush=True)
    scores = scores_of(recipe, released, splits, full, is_final=output is None)
    entry["metrics"] = {name: score.to_dict() for name, score in scores.items()}
    write_entry(folder, entry)
    put_in_place(folder, target)
    if output is None:
        index.write()
    return target


def scores_of(recipe, model, splits, full, is_final):
    """The recipe's scores; where they cannot be computed, none and a warning, unless the zoo is to have the model.

    Nothing that has been trained is lost for a number: `kerasgen evaluate` can compute it later.
    """
    try:
        scores = recipe.score(model, splits, full)
    except (ValueError, ArithmeticError, OSError) as error:
        if is_final:
            raise
        warnings.warn(f"{recipe.name} has no scores: {type(error).__name__}: {error}", stacklevel=3)
        return {}
    return checked(scores, f"score of the recipe {recipe.name}")


def put_in_place(folder, target):
    """Copies a finished model to a folder beside `target`, and puts that in its place in one step."""
    new = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        for path in sorted(folder.iterdir(), key=lambda path: path.name == ENTRY_FILE):  # the entry last
            write_atomically(new / path.name, path.read_bytes())
        own = {path for pattern in model_files(target) for path in target.glob(pattern)}
        for path in target.iterdir() if target.is_dir() else ():
            if path not in own:  # somebody has put it there since
                (shutil.copytree if path.is_dir() else shutil.copy2)(path, new / path.name)
        swap_folder(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def model_files(folder):
    """Patterns of the files that a training has written to a model's folder; its entry names the samples."""
    samples = None
    with contextlib.suppress(OSError, ValueError):  # damaged or absent, it names none
        samples = read_object(folder / ENTRY_FILE).get("samples")
    is_name = isinstance(samples, str) and samples and pathlib.PurePath(samples).name == samples
    return (ENTRY_FILE, "card.md", WEIGHTS, TOKENIZER, PART, *([glob.escape(samples)] if is_name else []))


def check_output(output):
    """Returns the directory for a model, unless it holds something that no training of kerasgen wrote.

    Raises:
        ValueError: It is a file, holds something other than a model, or has a name that no model can have.
        OSError: Nothing can be written there.
    """
    path = pathlib.Path(output).resolve()  # a link stays one: the folder behind it is replaced
    if path == pathlib.Path.cwd():
        raise ValueError(f"output must not be the current directory: it is replaced as a whole; received {str(output)!r}.")
    if path.exists() and not path.is_dir():
        raise ValueError(f"output must be a directory; received the file {str(path)!r}.")
    check_name(path.name, f"the last part of output, {str(path)!r},")
    if path.is_dir() and any(path.iterdir()):
        if not is_model_folder(path):
            raise ValueError(f"output must be a new directory, or one that a training wrote; received {str(path)!r}.")
        require_own(path, model_files(path))
    parent = next(folder for folder in path.parents if folder.exists())
    if not os.access(path if path.is_dir() else parent, os.W_OK):
        raise PermissionError(f"output {str(path)!r} cannot be written: {parent} does not permit it.")
    probe = parent / f".{path.name}.{uuid.uuid4().hex}.part"  # the longest name that will be needed, on that very disk
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise type(error)(f"output {str(path)!r} cannot be written: {parent}: {error.strerror or error}.") from error
    return path


def is_model_folder(folder):
    """Whether a folder has the entry of a model, as a training writes it."""
    try:
        check_fields(read_object(folder / ENTRY_FILE), {"name": str, "model": str, "files": list}, str(folder))
    except (OSError, ValueError):
        return False
    return True


def write_files(model, folder, prefix="", dtype="float16"):
    """Writes weights and tokenizer of a trained model; returns their records for the entry, their paths with a prefix."""
    dtype = None if isinstance(model, ExactModel) else dtype  # counts and mixtures are exact
    found = [{"path": f"{prefix}{WEIGHTS}", **weights.save_release(model.averaged(), folder / WEIGHTS, dtype)}]
    if (tokenizer := getattr(model, "tokenizer", None)) is not None:
        tokenizer.save(folder / TOKENIZER)
        found.append({"path": f"{prefix}{TOKENIZER}", **weights.file_facts(folder / TOKENIZER)})
    return found


def show(recipe, model, splits, folder):
    """Writes the recipe's picture, or samples; returns what the entry says of them."""
    modality = modalities.get(recipe.modality)
    if not recipe.picture:
        return samples(modality, model, folder)
    images = recipe.picture(model, splits)
    save_grid(images, folder / "samples.png", columns=min(10, len(images)), scale=2)
    return {"samples": "samples.png", "caption": recipe.caption} | samples(modality, model, None)


def samples(modality, model, folder):
    """Writes samples into a folder, if one is given and the model draws any; returns what the entry says of them."""
    shown = {}
    if folder and "sample" in model.capabilities and (name := modality.save_samples(model, folder / "samples", seed=0)):
        shown |= {"samples": name, "caption": modality.caption}
    if (example := modality.example(model)) is not None:
        shown["example"] = example
    return shown


def count_parameters(model):
    """The count of parameters that a user needs: all weights except the copies kept for averages, and all arrays."""
    averages = {id(v) for layer in model.layers if isinstance(layer, WeightAverage) for v in layer.weights}
    arrays = getattr(model, "arrays", {}).values()
    return int(sum(np.prod(v.shape) for v in model.weights if id(v) not in averages) + sum(np.size(a) for a in arrays))


def describe(recipe, origin, model, splits, run):
    """The entry of a trained model, without files, probe and metrics."""
    about, optimizer = data.describe(recipe.data), getattr(model, "optimizer", None)
    return {
        "name": recipe.name,
        "version": 1,
        "title": recipe.title,
        **({"title_zh": recipe.title_zh} if recipe.title_zh else {}),
        **({"aliases": list(recipe.aliases)} if recipe.aliases else {}),
        "family": recipe.family,
        "modality": recipe.modality,
        **architecture(model),
        "licence": licence(recipe, model, about),
        "paper": recipe.paper,
        "data": {
            "name": about.name,
            "licence": about.licence,
            "source": about.source,
            "splits": about.splits,
            **({"classes": list(about.labels["label"])} if "label" in recipe.fields and about.labels.get("label") else {}),
            "train_count": len(splits["train"][recipe.fields[0]]),
            "train_sha256": data.fingerprint(splits["train"]),
            "test_sha256": data.fingerprint(splits["test"]),
        },
        **origin,
        "training": training_facts(recipe, optimizer, run),
        "notes": recipe.notes,
    }


def architecture(model):
    """What an entry says of the model itself."""
    optimizer = getattr(model, "optimizer", None)
    return {
        "capabilities": list(model.capabilities),
        "model": class_path(model),
        "config": json.loads(json.dumps(model.get_config())),
        "compile": {"optimizer": keras.optimizers.serialize(optimizer), **model.penalties} if optimizer else None,
        "fingerprint": weights.fingerprint(model),
        "parameters": count_parameters(model),
    }


def training_facts(recipe, optimizer, run):
    """How the model came about, for its entry; steps are None for passes over all data."""
    import kerasgen

    return {
        "seed": recipe.seed,
        "batch_size": recipe.batch_size,
        "epochs": run.epoch,
        "selected_epoch": run.selected_epoch,
        "steps": int(optimizer.iterations) if optimizer else None,
        "precision": recipe.precision,
        "seconds": round(run.seconds),
        "hardware": hardware(),
        "software": f"kerasgen {kerasgen.__version__}, keras {keras.version()}, {keras.backend.backend()}",
    }


def holds_text(model):
    """Whether weights or tokenizer hold pieces of the training text, such as words."""
    return model.holds_text or getattr(getattr(model, "tokenizer", None), "holds_text", False)


def licence(recipe, model, about):
    """The licence of the weights: that of the data if they hold pieces of its text."""
    return recipe.licence or (about.licence if holds_text(model) else LICENCE)


def check_publishable(recipe, model):
    """Raises a ValueError if the zoo may not pass the model on: its weights hold pieces of data whose licence forbids that."""
    about = data.describe(recipe.data)
    if holds_text(model) and not about.redistributable:
        raise ValueError(
            f"The weights of {recipe.name} hold pieces of {about.name}, whose licence ({about.licence}) does not let them be "
            "passed on: give output a directory of your own, or take another data set."
        )


def hardware():
    """One line about the machine that trained."""
    name = platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    return "; ".join([*accelerators(), f"{name}, {os.cpu_count()} cores"])


def write_entry(folder, entry):
    """Writes an entry and its card."""
    write_atomically(folder / "card.md", card.render(entry).encode())
    _write_json(folder / ENTRY_FILE, entry)


def record_scores(name, scores):
    """Replaces the published scores of the same names in the entry and the card of a model.

    Args:
        name: A name of the zoo (in a checkout), or a directory that a training wrote.
        scores: What `kerasgen.evaluate` returns.

    Raises:
        ValueError: The zoo belongs to an installed package.
    """
    check_recordable(name)
    entry, folder = zoo.find(name)
    known = {key: score.to_dict() for key, score in scores.items()}
    write_entry(folder or checkpoints_folder() / entry["name"], {**entry, "metrics": {**entry["metrics"], **known}})
    if folder is None:
        index.write()


def check_recordable(name):
    """Raises a ValueError if `record_scores` would."""
    if zoo.find(name)[1] is None and checkout() is None:
        raise ValueError(f"The scores of {name} belong to an installed package; they can only be recorded in a checkout.")


def _write_json(path, value):
    write_atomically(path, (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())
