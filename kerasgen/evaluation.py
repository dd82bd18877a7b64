"""Published numbers, computed again: scores, and the checks of `kerasgen verify`."""

import dataclasses
import pathlib
import sys

from kerasgen import zoo
from kerasgen.files import checkout, checkpoints_folder, zoo_folder
from kerasgen.zoo import card
from kerasgen.zoo.entries import TOKENIZER, WEIGHTS, has_tokenizer

SCORE_TOLERANCE = 0.02  # relative, where a score has no interval of its own


@dataclasses.dataclass(frozen=True)
class Check:
    """One comparison of what is found with what was published.

    Args:
        name: What was compared.
        passed: Whether it is as published; None if there is nothing on this machine to compare.
        detail: The result, in words.
    """

    name: str
    passed: bool | None
    detail: str


def evaluate(name, full=False):
    """Computes a model's scores again by the recipe that trained it, on the test split of its data.

    For a fine-tuned model, the data are the source that it was fine-tuned on, which must still be where it was.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        full: Also the scores that take long (a classification accuracy score trains a classifier). Without them an image
            model takes one to three minutes on two cores.

    Returns:
        {name: `kerasgen.Score`}, named as in the entry.

    Raises:
        ValueError: Unknown name, or the recipe or the source of a model of your own is not available, or has changed.
        OSError: The data set is not on this machine and cannot be fetched.
    """
    entry = zoo.info(name)  # a wrong name is reported before anything heavy is imported
    from kerasgen import data
    from kerasgen.score import checked

    if "saved" in entry:
        raise ValueError(f"{entry['name']} has no scores: it was written by kerasgen.save, without the data to measure on.")
    if "finetuned" in entry:
        from kerasgen.training import finetuning

        return finetuning.evaluate(entry, zoo.load(name), full)
    recipe = find_recipe(entry)
    splits = data.load(recipe.data)
    return checked(recipe.score(zoo.load(name), splits, full), f"score of the recipe {recipe.name}")


def find_recipe(entry):
    """The recipe that trained the model of an entry: the zoo's, or one from a file of the user's that is already imported.

    Raises:
        ValueError: It is not available, or has been changed since.
    """
    from kerasgen.training.recipe import Recipe, digest, load_recipe

    if "recipe" not in entry:
        raise ValueError(f"The entry of {entry['name']!r} names no recipe, which would define its scores.")
    file, wanted, changed = entry["recipe"]["file"], entry["recipe"]["digest"], []
    for module in list(sys.modules.values()):  # first what the user has imported, maybe a copy of a file of the zoo
        recipe = getattr(module, "recipe", None)
        if isinstance(recipe, Recipe) and recipe.name == entry["name"] and getattr(module, "__file__", None):
            if digest(module.__file__) == wanted:
                return recipe
            changed.append(str(module.__file__))
    path = zoo_folder() / "recipes" / pathlib.PurePath(file).name
    if path.is_file() and digest(path) == wanted:
        return load_recipe(path.stem)[0]
    if path.is_file() and path.stem == entry["name"]:
        changed.append(str(path))
    if changed:
        raise ValueError(
            f"The model {entry['name']!r} was trained by another recipe than {', '.join(sorted(set(changed)))} is now: the "
            "scores of a changed recipe would not be those of its card. Restore the recipe, or train the model again."
        )
    raise ValueError(
        f"The scores of {entry['name']!r} are defined by its recipe {file}, which is not loaded. Import that file first; on "
        f"the command line: kerasgen --import {file} ..."
    )


def verify(name, scores=False):
    """Compares a model with its entry.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        scores: Also compute the quick scores again and compare them with the published ones.

    Returns:
        A list of `Check`: size and sha256 of the weights, architecture, probe, card, and scores if asked for.
    """
    from kerasgen import download, modalities
    from kerasgen.zoo import weights
    from kerasgen.zoo.loading import locate
    from kerasgen.zoo.probe import probe_error

    entry, folder = zoo.find(name)
    try:
        endings = [WEIGHTS, TOKENIZER] if has_tokenizer(entry) else [WEIGHTS]
        paths = [locate(entry, folder, ending) for ending in endings]
        sizes = ", ".join(f"{path.name}: {path.stat().st_size:,} bytes" for path in paths)
        checks = [Check("files", True, f"{sizes}, sha256 as published")]
    except (download.FileUnavailable, download.FileCorrupt) as error:
        return [Check("files", False, str(error))]
    model = zoo.build(entry)
    found = weights.fingerprint(model)
    checks.append(Check("architecture", found == entry["fingerprint"], f"fingerprint {found[:12]}"))
    if not checks[-1].passed:
        return checks
    if (probe := entry.get("probe")) is None:
        checks.append(Check("probe", False, "the entry has none"))
    else:
        error = probe_error(zoo.load(name), modalities.get(entry["modality"]), probe)
        detail = f"largest difference {error:.1e}, allowed {probe['tolerance']:.0e}"
        checks.append(Check("probe", error <= probe["tolerance"], detail))
    card_path = (folder or checkpoints_folder() / entry["name"]) / "card.md"
    if card_path.is_file():
        same = card_path.read_bytes() == card.render(entry).encode()
        checks.append(Check("card", same, "says what the entry says" if same else "differs from the entry"))
    if scores:
        published = card.scores_of(entry)
        checks += [compare(key, new, published.get(key)) for key, new in evaluate(name).items()]
    return checks


def verify_all(scores=False):
    """Yields (name, `verify(name)`) for each of the zoo's models; an error in one does not stop the rest.

    Outside a checkout, weights that neither travelled with the package nor have been fetched are not a failure: they give a
    single `Check` whose `passed` is None.
    """
    from kerasgen.zoo import fetch

    for name in zoo.list_models():
        files = zoo.info(name)["files"]
        if checkout() is None and not all(map(fetch.is_here, files)):
            size = sum(file["bytes"] for file in files) / 1e6
            yield name, [Check("files", None, f"not on this machine; `kerasgen.load` fetches {size:.2f} MB")]
            continue
        try:
            yield name, verify(name, scores=scores)
        except (ValueError, OSError, NotImplementedError, FloatingPointError, ImportError) as error:
            yield name, [Check("error", False, str(error))]


def compare(key, new, old):
    """The `Check` of a recomputed score against the published one, which is None if there is none."""
    if old is None:
        return Check(key, False, "is not published")
    low, high = (old.value, old.value) if old.low is None else (old.low, old.high)
    slack = SCORE_TOLERANCE * abs(old.value) + 1e-4
    passed = low - slack <= new.value <= high + slack
    return Check(key, passed, f"{new.value:.4g}, published {old.value:.4g}")
