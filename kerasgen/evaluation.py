"""Published numbers, computed again: scores, and the checks of `kerasgen verify`."""

import dataclasses
import pathlib

from kerasgen import zoo
from kerasgen.paths import zoo_folder

SCORE_TOLERANCE = 0.02  # relative, where a score has no interval of its own


@dataclasses.dataclass(frozen=True)
class Check:
    """One comparison of what is with what was published."""

    name: str
    passed: bool
    detail: str


def evaluate(name, full=False):
    """Computes a model's scores again by the recipe that trained it, on the test split of its data.

    Those of a fine-tuned model come from the source that it was fine-tuned on, which must still be where it was.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        full: Also the scores that take long (a classification accuracy score trains a classifier). Without them an image
            model takes one to three minutes on two cores.

    Returns:
        {metric: {"value": ..., "count": ..., "protocol": ..., ...}}, as in the manifest.

    Raises:
        ValueError: Unknown name, or the recipe or the source of a model of your own is not at hand.
        OSError: The data set is not here and cannot be fetched.
    """
    entry = zoo.info(name)  # a wrong name is told before anything heavy is imported
    from kerasgen import data

    if "finetuned" in entry:
        from kerasgen import finetuning

        return finetuning.evaluate(entry, zoo.load(name), full)
    recipe = find_recipe(entry)
    splits = data.load(recipe.data)
    return recipe.score(zoo.load(name), splits, full)


def find_recipe(entry):
    """The recipe of a manifest entry: the zoo's, or that of a file of the user's which is already imported."""
    import sys

    from kerasgen.recipe import Recipe, load_recipe

    if (zoo_folder() / "recipes" / entry["recipe"]["file"]).is_file():
        return load_recipe(pathlib.Path(entry["recipe"]["file"]).stem)[0]
    for module in list(sys.modules.values()):
        recipe = getattr(module, "recipe", None)
        if isinstance(recipe, Recipe) and recipe.name == entry["name"]:
            return recipe
    raise ValueError(
        f"The scores of {entry['name']!r} are defined by its recipe {entry['recipe']['file']}, which is not loaded. Import "
        f"that file first; on the command line: kerasgen --import {entry['recipe']['file']} ..."
    )


def verify(name, scores=False):
    """Compares a model with its entry.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        scores: Also compute the quick scores again and hold them against the published ones.

    Returns:
        A list of `Check`: size and sha256 of the weights, architecture, probe, card, and scores if asked for.
    """
    from kerasgen import card, fetch, weights
    from kerasgen.paths import checkpoints_folder
    from kerasgen.probe import probe_error

    entry, folder = zoo.find(name)
    try:
        endings = [".weights.h5", zoo.TOKENIZER] if zoo.has_tokenizer(entry) else [".weights.h5"]
        paths = [zoo.locate(entry, folder, ending) for ending in endings]
        sizes = ", ".join(f"{path.name}: {path.stat().st_size:,} bytes" for path in paths)
        checks = [Check("files", True, f"{sizes}, sha256 as published")]
    except (fetch.WeightsUnavailable, fetch.WeightsCorrupt) as error:
        return [Check("files", False, str(error))]
    model = zoo.build(entry)
    found = weights.fingerprint(model)
    checks.append(Check("architecture", found == entry["fingerprint"], f"fingerprint {found[:12]}"))
    if not checks[-1].passed:
        return checks
    model = zoo.load(name)
    error = probe_error(model, entry["probe"])
    detail = f"largest difference {error:.1e}, allowed {entry['probe']['tolerance']:.0e}"
    checks.append(Check("probe", error <= entry["probe"]["tolerance"], detail))
    card_path = (folder or checkpoints_folder() / entry["name"]) / "card.md"
    if card_path.exists():
        same = card_path.read_text(encoding="utf-8") == card.render(entry)
        checks.append(Check("card", same, "says what the entry says" if same else "differs from the entry"))
    if scores:
        checks += [_compare(key, new, entry["metrics"].get(key)) for key, new in evaluate(name).items()]
    return checks


def _compare(key, new, old):
    if old is None:
        return Check(key, False, "is not published")
    low, high = (old["low"], old["high"]) if "low" in old else (old["value"], old["value"])
    slack = SCORE_TOLERANCE * abs(old["value"]) + 1e-4
    passed = low - slack <= new["value"] <= high + slack
    return Check(key, passed, f"{new['value']:.4g}, published {old['value']:.4g}")
