"""A model that was trained in Python, as a folder like those of the zoo: weights, entry, card, samples."""

import json
import pathlib
import tempfile

import keras

import kerasgen
from kerasgen import checks, modalities, zoo
from kerasgen.exact import ExactModel
from kerasgen.json_files import read_object
from kerasgen.model import GenerativeModel
from kerasgen.training import release
from kerasgen.training.finetuning import weights_hash
from kerasgen.zoo.entries import ENTRY_FILE
from kerasgen.zoo.loading import class_path
from kerasgen.zoo.probe import make_probe

DTYPES = ("float16", "float32")
TERMS = "not stated"  # licence of weights that nobody has said anything about


def save(model, folder, title=None, data="data of one's own", notes="", licence=None, modality=None, dtype="float16"):
    """Writes a trained model into a folder that `kerasgen.load`, `info` and `verify`, and the command line, take by its path.

    Its card says what the model comes from: the model of the zoo that it was loaded from and its version, or that it was
    trained by hand. There are no scores: no data are at hand here (`kerasgen finetune` and recipes score what they release).
    The averaged weights are kept, those that `sample` uses, and no state of the optimizer.

    Args:
        model: A `GenerativeModel` with weights to keep.
        folder: Directory, which is the model's name: a new one, an empty one, or one that kerasgen wrote, which is replaced.
        title: One line for lists and cards; None for one that says what it comes from.
        data: What it was trained on, in words.
        notes: What a user should know, in Markdown.
        licence: Terms of the weights; None for those of the model it comes from.
        modality: Kind of data, such as "image" or "text"; None for that of the zoo's models of the same class.
        dtype: "float16", or "float32" to keep every bit.

    Returns:
        Path of the folder.

    Raises:
        ValueError: The folder holds something else, nothing says what kind of data the model is for, or a weight is not finite.
        OSError: Nothing can be written there.
    """
    if not isinstance(model, GenerativeModel):
        raise ValueError(f"model must be a kerasgen.GenerativeModel; received a {type(model).__name__}: call its own save.")
    checks.one_of("dtype", dtype, DTYPES)
    target = release.check_output(folder)
    source = model.origin and model.origin.entry
    relative = source or relative_of(model)
    if modality is None and relative is None:
        raise ValueError(f"modality must say what kind of data a {class_path(model)} is for: no model of the zoo is one.")
    kind = modalities.get(modality or relative["modality"])
    origin = provenance(model, source)
    with tempfile.TemporaryDirectory() as part:
        part = pathlib.Path(part)
        entry = {
            "name": target.name,
            "version": 1,
            "title": title or default_title(model, source),
            "family": relative["family"] if relative else "other",
            "modality": modality or relative["modality"],
            **release.architecture(model),
            "licence": licence or inherited_licence(model, source),
            "paper": relative.get("paper", "") if relative else "",
            "data": {"name": data, "licence": TERMS},
            "saved": origin,
            "training": {"seed": model.seed or 0, "batch_size": batch_size(source), "steps": origin["steps"]},
            "notes": notes,
            "files": release.write_files(model, part, dtype=dtype),
        }
        entry["version"] = next_version(target, entry["files"])
        release.write_entry(part, entry)
        released = zoo.load(part)  # what is shown and probed is what users load
        entry["probe"] = make_probe(released, kind)
        entry |= release.samples(kind, released, part)
        release.write_entry(part, entry)
        release.put_in_place(part, target)
    return target


def relative_of(model):
    """The entry of the zoo's first model of the same class, or None."""
    entries = zoo.manifest()["models"].values()
    return next((entry for entry in entries if entry["model"] == class_path(model)), None)


def provenance(model, source):
    """What an entry says of where the weights come from."""
    optimizer = getattr(model, "optimizer", None)
    parent = {"from": source["name"], "version": source.get("version", 1), "sha256": weights_hash(source)} if source else {}
    return {
        **parent,
        "steps": int(optimizer.iterations) if optimizer and not isinstance(model, ExactModel) else None,
        "software": f"kerasgen {kerasgen.__version__}, keras {keras.version()}, {keras.backend.backend()}",
    }


def default_title(model, source):
    return f"{source['name']}, trained further in Python" if source else f"{type(model).__name__}, trained by hand"


def inherited_licence(model, source):
    """That of the model it comes from; what it has learned by heart of other data since is under the terms of those."""
    terms = source.get("licence", TERMS) if source else TERMS
    return f"{terms}; that of its data is {TERMS}" if source and release.holds_text(model) else terms


def batch_size(source):
    """That of the training before, for a fine-tuning to come; Keras' own if it is not known."""
    return ((source or {}).get("training") or {}).get("batch_size", 32)


def next_version(target, files):
    """1, or one more than the version that the folder holds, if the weights are others."""
    if not (target / ENTRY_FILE).is_file():
        return 1
    old = read_object(target / ENTRY_FILE)
    return old.get("version", 1) + (old.get("files") != json.loads(json.dumps(files)))
