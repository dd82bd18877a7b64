"""The results of a search: JSON that `kerasgen train NAME --from-search` reads, a table, a picture."""

import dataclasses
import json
import math
import pathlib
import sys

from kerasgen.files import checkout, write_atomically, zoo_folder
from kerasgen.json_files import check_fields, plain, read_object
from kerasgen.rates import RATE
from kerasgen.training.recipe import digest
from kerasgen.tuning.space import find_search

NUMBER, NOTHING = (int, float), type(None)
KINDS = {
    "recipe": {"name": str, "file": str},
    "tuner": str,
    "objective": {"name": str, "direction": str},
    "epochs": int,
    "space": dict,
    "best": {"trial": int, "score": NUMBER, "values": dict},
    "trials": [
        {
            **{"trial": int, "values": dict, "status": str, "score": (*NUMBER, NOTHING), "epochs": (int, NOTHING)},
            **{"seconds": (*NUMBER, NOTHING), "error": (str, NOTHING)},
        }
    ],
}


def folder_of_results(recipe, recipe_path):
    """zoo/searches for a recipe of a checkout's zoo; runs/search-<name> for any other."""
    if checkout() and recipe_path.is_relative_to(zoo_folder()):
        return zoo_folder() / "searches"
    return (checkout() or pathlib.Path.cwd()) / "runs" / f"search-{recipe.name}"


def best_trial(trials, direction):
    """The completed trial with the best finite score, the earliest of equals; None if there is none."""
    scored = [trial for trial in trials if trial["status"] == "completed" and math.isfinite(trial["score"])]
    sign = -1 if direction == "max" else 1
    return min(scored, key=lambda trial: (sign * trial["score"], trial["trial"]), default=None)


def write_results(folder, recipe, recipe_path, search, tuner, trials):
    """Writes <name>.json, the table <name>.md and the picture <name>.png; returns the path of the JSON.

    Args:
        folder: The folder to write to.
        recipe, recipe_path: The recipe as it was given, and its file.
        search: The complete `Search`.
        tuner: Name of the tuner that chose the values.
        trials: List of {"trial", "values", "status", "score", "epochs", "seconds", "error"}.

    Raises:
        ValueError: No trial has a score; the message quotes the error of the first.
    """
    name, direction = search.objective
    if (best := best_trial(trials, direction)) is None:
        error = next((trial["error"] for trial in trials if trial["error"]), "none was begun")
        raise ValueError(f"No trial of the search for {recipe.name} completed. The first error: {error}")
    results = {
        "recipe": {"name": recipe.name, "file": recipe_path.name, "digest": digest(recipe_path)},
        "tuner": tuner,
        "objective": {"name": name, "direction": direction},
        "epochs": search.epochs,
        "space": {name: choice.describe() for name, choice in search.space.items()},
        "best": {key: best[key] for key in ("trial", "score", "epochs", "values")},
        "trials": trials,
    }
    path = folder / f"{recipe.name}.json"
    write_atomically(path, (json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())
    write_atomically(path.with_suffix(".md"), markdown(results).encode())
    draw(results, path.with_suffix(".png"))
    return path


def read_results(path):
    """Returns what `write_results` wrote.

    Raises:
        ValueError: The file is broken, or is not one of search results.
    """
    try:
        results = read_object(path)
        check_fields(results, KINDS, "its content")
        for name, choice in results["space"].items():
            if (
                not isinstance(choice, dict)
                or len(choice) != 1
                or not all(isinstance(v, list) and len(v) > 1 for v in choice.values())
            ):
                raise ValueError(f"space.{plain(name):.80} must be a kind and a list of values; found {choice!r:.80}.")
            is_rate = name.endswith((RATE, "batch_size")) or "choice" not in choice
            kinds = {f"{name}?": NUMBER if is_rate else (int, float, str, bool, NOTHING)}
            for values in (results["best"]["values"], *(trial["values"] for trial in results["trials"])):
                check_fields(values, kinds, "values of a trial")
    except ValueError as error:
        raise ValueError(f"{path} holds no results of a search: {error}") from error
    return results


def with_best_values(recipe, recipe_path):
    """Returns the recipe with the values of its search's best trial, which standard error and the recipe's notes report.

    A search of your own in runs/ takes precedence over one that travels with the package.

    Raises:
        ValueError: There are no results of a search.
    """
    folders = [folder_of_results(recipe, recipe_path)]
    if recipe_path.is_relative_to(zoo_folder()):
        folders.append(zoo_folder() / "searches")
    paths = [folder / f"{recipe.name}.json" for folder in dict.fromkeys(folders)]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        looked = " and ".join(map(str, paths))
        raise ValueError(f"{recipe.name} has not been searched: there is no {looked}. Run `kerasgen tune` first.")
    results = read_results(path)
    best, objective = results["best"], results["objective"]["name"]
    told = f"trial {best['trial']} of a search ({objective} {number(best['score'])}): {listed(best['values'])}"
    print(f"Values of {told}", file=sys.stderr)
    recipe = find_search(recipe_path).apply(recipe, best["values"])
    return dataclasses.replace(recipe, notes=f"{recipe.notes} Trained with the values of {told}.".strip())


def table(results):
    """(header, rows) of the trials as words, best first, those without a score last."""
    sign = -1 if results["objective"]["direction"] == "max" else 1
    names = list(results["space"])
    header = ("trial", results["objective"]["name"], *names, "epochs", "seconds", "status")
    rows = [
        (
            trial["trial"],
            number(trial["score"]),
            *(number(trial["values"].get(name)) for name in names),
            number(trial["epochs"]),
            number(trial["seconds"]),
            trial["error"] or trial["status"],
        )
        for trial in sorted(results["trials"], key=lambda t: (t["score"] is None, sign * (t["score"] or 0), t["trial"]))
    ]
    return header, [tuple(map(str, row)) for row in rows]


def number(value):
    """A value for tables: four digits of a float, "-" for none."""
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def listed(values):
    """A trial's values in one line."""
    return ", ".join(f"{name} {number(value)}" for name, value in values.items())


def markdown(results):
    """The page of a search: what was searched, the trials, the picture."""
    header, rows = table(results)
    objective, best, recipe = results["objective"], results["best"], results["recipe"]
    given = recipe["name"] if recipe["file"] == f"{recipe['name']}.py" else recipe["file"]
    plain = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = [
        f"# Search of {recipe['name']}",
        "",
        f"{len(rows)} trials of at most {results['epochs']} epochs, chosen by {results['tuner']} search; the best has the "
        f"{'highest' if objective['direction'] == 'max' else 'lowest'} {objective['name']} on the validation split: trial "
        f"{best['trial']}. `kerasgen train {given} --from-search` takes its values.",
        "",
        *[f"- `{name}`: {_words(choice)}" for name, choice in results["space"].items()],
        "",
        f"![The trials as lines, coloured by {objective['name']}]({recipe['name']}.png)",
        "",
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *["| " + " | ".join(row) + " |" for row in plain],
        "",
    ]
    return "\n".join(lines)


def _words(choice):
    ((kind, values),) = choice.items()
    if kind == "choice":
        return ", ".join(map(number, values))
    return f"{number(values[0])} to {number(values[1])}" + (", logarithmic" if kind == "log" else "")


def draw(results, path):
    """Writes the picture: an axis for each value and for the score, a line for each trial."""
    from kerasgen.plots import Axis, save_parallel_coordinates

    trials = results["trials"]
    axes = []
    for name, choice in results["space"].items():
        ((kind, values),) = choice.items()
        axes.append(Axis(name, [trial["values"].get(name) for trial in trials], kind, values))
    scores = [trial["score"] for trial in trials]
    known = [score for score in scores if score is not None]
    kind = "log" if min(known) > 0 and max(known) > 20 * min(known) else "linear"  # one that diverged hides the others
    axes.append(Axis(results["objective"]["name"], scores, kind, [min(known), max(known)]))
    save_parallel_coordinates(
        axes,
        path,
        best=[trial["trial"] for trial in trials].index(results["best"]["trial"]),
        low_is_good=results["objective"]["direction"] == "min",
        title=f"{results['recipe']['name']}: {len(trials)} trials (red: the best, dark: good, dotted: failed)",
    )
