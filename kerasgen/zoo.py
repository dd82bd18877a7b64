"""The zoo: from a name to a model with verified weights, and what is known of every model without loading it."""

import copy
import fnmatch
import functools
import importlib
import json
import os
import pathlib
import re

from kerasgen.paths import zoo_folder
from kerasgen.suggest import unknown_name

SCHEMA = 1
ENTRY_FILE = "entry.json"
TOKENIZER = "tokenizer.json"


def list_models(pattern=None, family=None, data=None, modality=None, can=None, max_params=None):
    """Returns the names of the zoo's models, sorted naturally.

    Args:
        pattern: Shell-style pattern for the name, such as "dcgan*"; None for all.
        family: Only this family, such as "gan".
        data: Only models trained on this data set, such as "mnist".
        modality: Only "image", "text", ...
        can: Only models that offer this verb, such as "sample" or "log_prob".
        max_params: Only models with at most so many parameters.

    Raises:
        ValueError: `max_params` is no positive number.
    """
    if max_params is not None and not (isinstance(max_params, (int, float)) and max_params > 0):
        raise ValueError(f"max_params must be a positive number; received {max_params!r}.")
    wanted = {"family": family, "modality": modality}
    chosen = []
    for name, entry in manifest()["models"].items():
        fits = (
            (pattern is None or fnmatch.fnmatch(name, pattern))
            and all(value is None or entry[key] == value for key, value in wanted.items())
            and (data is None or entry["data"]["name"] == data)
            and (can is None or can in entry["capabilities"])
            and (max_params is None or entry["parameters"] <= max_params)
        )
        if fits:
            chosen.append(name)
    return sorted(chosen, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)])


def info(name):
    """Returns the manifest entry of a model as a dictionary: config, files, data, scores, licence, limits ...

    Args:
        name: A name of the zoo, or a directory that a training wrote.

    Raises:
        ValueError: There is no such model; the message names the three nearest.
    """
    return json.loads(json.dumps(find(name)[0]))  # a copy


def load(name, dtype=None):
    """Returns a model with its pretrained weights, compiled as it was trained.

    Args:
        name: A name of the zoo, such as "dcgan-mnist", or a directory that a training wrote.
        dtype: Keras dtype policy such as "mixed_bfloat16"; None for float32.

    Returns:
        A `GenerativeModel`; `sample`, `fit` and its other verbs work at once.

    Raises:
        ValueError: Unknown name, or weights that do not belong to this architecture.
        OSError: The weights are not here and cannot be fetched, or are damaged.
    """
    entry, folder = find(name)
    path = locate(entry, folder)
    tokenizer_path = locate(entry, folder, TOKENIZER) if has_tokenizer(entry) else None
    model = build(entry, dtype)
    from kerasgen import weights

    weights.load_weights(model, path, entry["fingerprint"])
    if tokenizer_path is not None:
        from kerasgen.tokenizers import load_tokenizer

        model.tokenizer = load_tokenizer(tokenizer_path)
    compile_as_trained(model, entry)
    return model


def has_tokenizer(entry):
    return any(file["path"].endswith(TOKENIZER) for file in entry["files"])


def locate(entry, folder=None, ending=".weights.h5"):
    """Returns the path of an entry's weights, or other file, after size and sha256 have been compared with the entry's."""
    from kerasgen import fetch

    (file,) = [file for file in entry["files"] if file["path"].endswith(ending)]
    if folder is None:
        return fetch.fetch(file, mirrors=manifest()["mirrors"])
    return fetch.verified(pathlib.Path(folder) / pathlib.PurePosixPath(file["path"]).name, file)


def build(entry, dtype=None):
    """Returns the untrained, uncompiled model of a manifest entry."""
    from kerasgen.precision import built_in

    model_class = find_class(entry["model"])
    with built_in(dtype or "float32"):
        return model_class(**entry["config"])


def compile_as_trained(model, entry):
    """Compiles with the optimizers of the training, their schedules at the start."""
    import keras

    import kerasgen.optimizers  # noqa: F401  (registers OptimizerGroup)

    if entry.get("compile"):
        optimizer = copy.deepcopy(entry["compile"]["optimizer"])  # Keras puts objects into the configuration it is given
        model.compile(optimizer=keras.saving.deserialize_keras_object(optimizer))


def find_class(path):
    """Returns the model class of an entry: one of kerasgen.models, or a subclass that the user's own code has defined.

    Nothing but kerasgen's own modules is imported: a directory from elsewhere runs no code.

    Raises:
        ValueError: The class is not defined in this process.
    """
    from kerasgen.model import GenerativeModel

    module, _, name = path.rpartition(".")
    if module.startswith("kerasgen.models."):
        return getattr(importlib.import_module(module), name)
    for candidate in _subclasses(GenerativeModel):
        if candidate.__name__ == name and candidate.__module__.rpartition(".")[2] in (module.rpartition(".")[2], "__main__"):
            return candidate
    raise ValueError(
        f"This model is a {name!r} of your own module {module!r}, which is not loaded. Import the file that defines it first; "
        f"on the command line: kerasgen --import {module}.py ..."
    )


def class_path(model):
    return f"{type(model).__module__}.{type(model).__qualname__}"


def _subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def manifest():
    """Returns the manifest: {"schema": 1, "mirrors": [...], "models": {name: entry}}.

    Raises:
        ValueError: The file is broken or of a newer schema; the message says where.
    """
    path = zoo_folder() / "manifest.json"
    if not path.exists():
        return {"schema": SCHEMA, "mirrors": [], "models": {}}
    stat = path.stat()
    return _read_manifest(path, (stat.st_mtime_ns, stat.st_size))


@functools.lru_cache(maxsize=4)
def _read_manifest(path, _stamp):
    found = _read_json(path)
    if found.get("schema") != SCHEMA:
        raise ValueError(f"{path}: field 'schema' is {found.get('schema')!r}, this kerasgen reads {SCHEMA}: update kerasgen.")
    for field, kind in (("mirrors", list), ("models", dict)):
        if not isinstance(found.get(field), kind):
            raise ValueError(f"{path}: field {field!r} must be a {kind.__name__}; found {found.get(field)!r:.60}.")
    for name, entry in found["models"].items():
        _check_entry(entry, f"{path}: models.{name}")
    return found


REQUIRED = ("name", "model", "config", "files", "fingerprint", "parameters", "data", "family", "modality", "capabilities")


def _check_entry(entry, where):
    missing = [field for field in REQUIRED if field not in entry]
    if missing:
        raise ValueError(f"{where}: field {missing[0]!r} is missing.")
    for number, file in enumerate(entry["files"]):
        if not {"path", "sha256", "bytes"} <= set(file):
            raise ValueError(f"{where}: files[{number}] must have path, sha256 and bytes; found {sorted(file)}.")


def _read_json(path):
    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{path}: the name {twice!r} stands twice.")
        return dict(pairs)

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: broken in line {error.lineno}, column {error.colno}: {error.msg}.") from error


def find(name):
    """Returns (entry, folder) of a model; the folder is None for the zoo's own."""
    if isinstance(name, os.PathLike) or (
        isinstance(name, str) and "\0" not in name and (pathlib.Path(name) / ENTRY_FILE).is_file()
    ):
        folder = pathlib.Path(name)
        if not (folder / ENTRY_FILE).is_file():
            raise ValueError(f"The directory {str(folder)!r} holds no {ENTRY_FILE}: it was not written by a kerasgen training.")
        entry = _read_json(folder / ENTRY_FILE)
        _check_entry(entry, str(folder / ENTRY_FILE))
        return entry, folder
    models = manifest()["models"]
    aliases = {alias: entry["name"] for entry in models.values() for alias in entry.get("aliases", ())}
    name = aliases.get(name, name) if isinstance(name, str) else name
    if not isinstance(name, str) or name not in models:
        if name == "" or (isinstance(name, str) and re.search(r"[\\/\0]|\.\.", name)):
            raise ValueError(f"{name!r} is neither a name of the zoo nor a directory with an {ENTRY_FILE}.")
        raise unknown_name("model", name, [*models, *aliases], hint="`kerasgen list` shows them all")
    return models[name], None
