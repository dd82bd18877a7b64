"""What is known of every model without loading it: the manifest, and entries that a training wrote elsewhere.

Entries live in `checkpoints/<name>/entry.json`; `kerasgen index` copies them all into zoo/manifest.json, so that an installed
package also knows the models whose weights did not travel with it.
"""

import difflib
import fnmatch
import functools
import json
import os
import pathlib
import re
import warnings

from kerasgen import files
from kerasgen.download import inside
from kerasgen.files import zoo_folder
from kerasgen.json_files import check_fields, plain, read_object

SCHEMA = 2
ENTRY_FILE = "entry.json"
WEIGHTS = "model.weights.h5"
TOKENIZER = "tokenizer.json"
NAME = re.compile(r"[^\W_][\w .()+-]{0,199}")  # no separator, no leading dot, nothing that a terminal obeys
RECORD = {"path": str, "sha256": str, "bytes": int}
NUMBER, NOTHING = (int, float), type(None)
FIELDS = {
    "name": str,
    "model": str,
    "config": dict,
    "files": [RECORD],
    "fingerprint": str,
    "parameters": int,
    "data": {
        **{"name": str, "licence?": str, "source?": str, "splits?": str, "train_count?": int},
        **{"train_sha256?": str, "test_sha256?": str},
    },
    "family": str,
    "modality": str,
    "capabilities": [str],
    "version?": int,
    "title?": str,
    "title_zh?": str,
    "aliases?": [str],
    "compile?": (dict, NOTHING),
    "licence?": str,
    "paper?": str,
    "notes?": str,
    "samples?": str,
    "caption?": str,
    "example?": str,
    "metrics?": dict,
    "recipe?": {"file": str, "digest": str},
    "finetuned?": {
        **{"from": str, "sha256": str, "source": str, "drop_unknown?": bool, "prepared?": [str], "frozen?": [str]},
        **{"learning_rate?": dict, "steps_per_epoch?": int},
        "validation": {"what": str, "before": (*NUMBER, NOTHING), "after": NUMBER},
    },
    "saved?": {"from?": str, "version?": int, "sha256?": str, "steps?": (int, NOTHING), "software?": str},
    "probe?": {"input": {"verb": str, "seed": int}, "expected": [NUMBER], "tolerance": NUMBER},
    "training?": {
        **{"seed?": int, "batch_size?": int, "epochs?": int, "selected_epoch?": int, "steps?": (int, NOTHING)},
        **{"precision?": str, "seconds?": NUMBER, "hardware?": str, "software?": str},
    },
}


def list_models(pattern=None, family=None, data=None, modality=None, can=None, max_params=None):
    """Returns the names of the zoo's models, sorted naturally (tiny-2 before tiny-10). Case is ignored.

    Args:
        pattern: Shell-style pattern for the name, such as "dcgan*"; None for all.
        family: Only this family, such as "gan".
        data: Only models trained on this data set, such as "mnist".
        modality: Only "image", "text", ...
        can: Only models that offer this verb, such as "sample" or "log_prob".
        max_params: Only models with at most this many parameters.

    Raises:
        ValueError: `max_params` is no positive number, or no model of the zoo has this family, data set, modality or verb; the
            message lists those that there are.
    """
    if max_params is not None and not (isinstance(max_params, (int, float)) and max_params > 0):
        raise ValueError(f"max_params must be a positive number; received {max_params!r}.")
    models = manifest()["models"]
    wanted = {"family": family, "data": data, "modality": modality, "can": can}
    wanted = {trait: chosen(trait, value, models) for trait, value in wanted.items() if value is not None}
    return natural_order(
        name
        for name, entry in models.items()
        if (pattern is None or fnmatch.fnmatchcase(name.lower(), pattern.lower()))
        and all(value in TRAITS[trait](entry) for trait, value in wanted.items())
        and (max_params is None or entry["parameters"] <= max_params)
    )


TRAITS = {  # filter of `list_models`: what an entry has of it
    "family": lambda entry: [entry["family"]],
    "data": lambda entry: [entry["data"]["name"]],
    "modality": lambda entry: [entry["modality"]],
    "can": lambda entry: entry["capabilities"],
}
LACKING = {
    "family": "is of the family",
    "data": "was trained on the data set",
    "modality": "is of the modality",
    "can": "offers the verb",
}


def chosen(trait, value, models):
    """The value of a filter as entries spell it.

    Raises:
        ValueError: No model has it; the message lists what there is.
    """
    known = sorted({each for entry in models.values() for each in TRAITS[trait](entry)})
    found = [each for each in known if isinstance(value, str) and each.lower() == value.lower()]
    if not found:
        raise ValueError(
            f"{trait}: no model of the zoo {LACKING[trait]} {value!r}; there are {', '.join(known) or 'none yet'}."
        )
    return found[0]


def natural_order(names):
    """Names sorted as people would: tiny-2 before tiny-10."""
    return sorted(names, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)])


def info(name):
    """Returns the manifest entry of a model as a dictionary: config, files, data, scores, licence, limits ...

    Args:
        name: A name of the zoo, or a directory that a training wrote.

    Raises:
        ValueError: There is no such model; the message names the three nearest.
    """
    return json.loads(json.dumps(find(name)[0]))  # a copy


def manifest():
    """Returns the manifest: {"schema": 2, "mirrors": [...], "models": {name: entry}}.

    In a checkout, the entries beside the weights count: a training that was killed before `kerasgen index` leaves a manifest
    that does not know them.

    Raises:
        ValueError: The file, or an entry, is broken or of a newer schema; the message says where.
    """
    path, root = zoo_folder() / "manifest.json", files.checkout()
    found = _read_manifest(path, _stamp(path)) if path.exists() else {"schema": SCHEMA, "mirrors": [], "models": {}}
    if root is None:
        return found
    models = {**found["models"], **entries_in(root / "checkpoints")}
    return {**found, "models": {name: models[name] for name in natural_order(models)}}


def entries_in(folder):
    """{name: entry} of the models in the folders of a folder, in the order of `kerasgen list`.

    Raises:
        ValueError: An entry is broken, or has another name than its folder.
    """
    files.put_all_back(folder)
    found = {path.parent.name: path for path in folder.glob(f"[!.]*/{ENTRY_FILE}")}
    return {name: _read_own(found[name], _stamp(found[name])) for name in natural_order(found)}


@functools.lru_cache(maxsize=1024)
def _read_own(path, _stamp):
    entry, name = read_entry(path.parent), path.parent.name
    if entry["name"] != name:
        raise ValueError(f"{path}: field 'name' must be {name!r}; found {entry['name']!r}.")
    return entry


def _stamp(path):
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@functools.lru_cache(maxsize=4)
def _read_manifest(path, _stamp):
    found = read_object(path)
    if found.get("schema") != SCHEMA:
        raise ValueError(f"{path}: field 'schema' is {found.get('schema')!r}, this kerasgen reads {SCHEMA}: update kerasgen.")
    check_fields(found, {"mirrors": [str], "models": dict}, str(path))
    for name, entry in found["models"].items():
        check_entry(entry, f"{path}: models.{plain(name):.80}")
    return found


def check_name(name, where):
    """Raises a ValueError unless this is a valid name for a model; the message begins with `where`."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.strip():
        allowed = "up to 200 letters, digits, spaces and -_.()+, the first a letter or a digit"
        raise ValueError(f"{where} must be a name of {allowed}; received {name!r:.80}.")


def check_entry(entry, where):
    """Raises a ValueError that begins with `where` unless an entry has the fields, of the types, that everything relies on."""
    check_fields({"entry": entry}, {"entry": dict}, where)
    check_fields(entry, FIELDS, where)
    check_name(entry["name"], f"{where}: name")
    for number, file in enumerate(entry["files"]):
        path = pathlib.PurePosixPath(file["path"])
        if path.is_absolute() or len(path.parts) > 2 or ".." in path.parts or not path.name:
            raise ValueError(f"{where}: files[{number}].path must be a file name, or model/file; found {file['path']!r:.80}.")


def find(name):
    """Returns (entry, folder) of a model; the folder is None for the zoo's own.

    A name of the zoo means the zoo's model, whatever the current folder holds; a `pathlib.Path`, or a str with a separator,
    means a directory.
    """
    models = manifest()["models"]
    aliases = {alias: entry["name"] for entry in models.values() for alias in entry.get("aliases", ())}
    is_path = isinstance(name, os.PathLike)
    known = None if is_path else aliases.get(name, name) if isinstance(name, str) else name
    holds_model = is_path or (isinstance(name, str) and "\0" not in name and _is_model(pathlib.Path(name)))
    if isinstance(known, str) and known in models:
        if holds_model:
            warnings.warn(f"{name} is the zoo's model; the directory of that name is './{name}'.", stacklevel=3)
        return models[known], None
    if holds_model:
        return read_entry(name), pathlib.Path(name)
    if name == "" or (isinstance(name, str) and re.search(r"[\\/\0]|\.\.", name)):
        raise ValueError(f"{name!r:.200} is neither a name of the zoo nor a directory with an {ENTRY_FILE}.")
    from kerasgen.checks import unknown_name  # with NumPy, which tables can do without

    hint = f"`kerasgen list` shows them all{trained_on(name, models)}"
    raise unknown_name("model", name, {**{each: each for each in models}, **aliases}, hint)


def trained_on(name, models):
    """If a name that the zoo lacks, such as "dcgan-cifar10", ends in nothing that its models' names end in: what there is."""
    if not models or not isinstance(name, str):
        return ""
    *_, word = re.split(r"[-_ ]", name.lower())
    if difflib.get_close_matches(word, {each.lower().rpartition("-")[2] for each in models}, n=1):
        return ""
    sets = sorted({entry["data"]["name"] for entry in models.values()})
    lacking = f", none on {word!r}" if word != name.lower() else ""
    return f". They were trained on {', '.join(sets)}{lacking}"


def _is_model(folder):
    files.put_back(folder)
    try:
        return (folder / ENTRY_FILE).is_file()
    except OSError:  # a name that is too long, or a loop of links
        return False


def has_tokenizer(entry):
    return any(file["path"].endswith(TOKENIZER) for file in entry["files"])


def read_entry(folder):
    """The entry of a directory that a training wrote.

    Raises:
        ValueError: There is none, or it is broken.
    """
    files.put_back(pathlib.Path(folder))
    path = inside(pathlib.Path(folder), ENTRY_FILE)
    if not path.is_file():
        raise ValueError(f"The directory {str(folder)!r} holds no {ENTRY_FILE}: it was not written by a kerasgen training.")
    entry = read_object(path)
    check_entry(entry, str(path))
    return entry
