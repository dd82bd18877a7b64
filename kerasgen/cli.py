"""The command line: `kerasgen`, or `python -m kerasgen`.

Results go to standard output, all else to standard error. What is slow to import waits until a command needs it.
"""

import inspect
import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.core import TyperGroup

from kerasgen import __version__, card, evaluation, zoo
from kerasgen.console import plain, print_json, print_scores, print_table
from kerasgen.recipe import import_file, load_recipe, recipe_names

EXPECTED = (ValueError, OSError, NotImplementedError, FloatingPointError, ImportError)  # a message, no traceback
MAX_IN_GRID = 10_000  # images in one PNG
RESUME = " The same command with --resume goes on after the last finished epoch."

EPILOG = """\b
Examples:
  kerasgen list "*-mnist" --can sample
  kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png
  kerasgen --import my_recipe.py sample my-model
  kerasgen train my_recipe.py --smoke
  kerasgen finetune dcgan-mnist --data my_images/ --minutes 10 -o my-model

Exit codes: 0 done (a list may be empty), 1 an error or a failed check of `verify`, 2 a wrong command line,
130 interrupted by Ctrl-C, 141 the program that reads the output has ended.

Environment: KERASGEN_IMPORT (files to import first, separated as in PATH), KERASGEN_HOME (folder of downloads),
KERASGEN_DATA (folder of data sets), KERASGEN_OFFLINE=1 (no downloads), KERASGEN_MIRROR (URL of a server of weights),
KERAS_BACKEND (tensorflow or jax).
"""


def start_keras(name=None):
    """Imports Keras if that model exists, without the greetings that TensorFlow writes whatever its log level."""
    if name is not None:
        zoo.find(name)
    kept = os.dup(2)
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "3":
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(kept, 2)


class Commands(TyperGroup):
    """Turns what commands raise into messages and exit codes."""

    def invoke(self, ctx):
        try:
            super().invoke(ctx)
            print(end="", flush=True)  # a closed pipe shows here at the latest
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still has to write at exit
            raise typer.Exit(141) from None
        except KeyboardInterrupt:
            print("Interrupted." + (RESUME if ctx.invoked_subcommand in ("train", "finetune", "tune") else ""), file=sys.stderr)
            raise typer.Exit(130) from None
        except EXPECTED as error:
            if ctx.params["debug"]:
                raise
            print(f"Error: {str(error) or repr(error)}", file=sys.stderr)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    help="A zoo of generative models for Keras 3, with pretrained weights.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: quick, never framed, never cut
    pretty_exceptions_enable=False,
)


def main():
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a letter that the terminal lacks is no reason to fail
    warnings.formatwarning = lambda message, *_, **__: f"Warning: {message}\n"
    app(prog_name="kerasgen")


def flag(name, text, **more):
    return Annotated[bool, typer.Option(name, help=text, **more)]


def option(kind, text, *names, **more):
    return Annotated[kind | None, typer.Option(*names, help=text, **more)]


def show_version(wanted):
    if wanted:
        print(f"kerasgen {__version__}")
        raise typer.Exit


NAME = typer.Argument(metavar="NAME", help="A name of the zoo, or a directory that a training wrote.")
RECIPE = typer.Argument(metavar="NAME_OR_FILE", help="A recipe of the zoo, or a Python file that defines `recipe`.")
PATTERN = typer.Argument(metavar="PATTERN", help='Pattern for the whole name, such as "dcgan*"; quote it.')
IMPORT = "Run this Python file first, so that its models, data sets and recipes are known; may be repeated."
FILE = {"metavar": "FILE", "envvar": "KERASGEN_IMPORT", "show_envvar": False, "exists": True, "dir_okay": False}
SAMPLES = "Images: .png for a grid, .npy or .npz for the array; NAME.png if not given. Texts: .txt; printed if not given."
RESULT = "Folder for the result; the recipe's name if not given. A recipe of a checkout's zoo becomes an entry there."
SOURCE = "A data set, a folder of images, an .npz, or a .txt file; fitted to the model, split 8:1:1 if it has no parts."
FREEZE = "Layers that stay as they are, such as 'discriminator/conv*'; may be repeated."
LEARNING_RATE = "Of every optimizer, constant; a third of the highest of the model's training if not given."
FULL = "All scores, or only those that take minutes; those of image models then take up to half an hour on two cores."
SCORES = "Also compute the quick scores again: one to three minutes a model on two cores."
Json = flag("--json", "Print JSON instead of text.")


@app.callback()
def prepare(
    own_files: option(list[Path], IMPORT, "--import", **FILE) = None,
    debug: flag("--debug", "Show the traceback of an error.") = False,
    version: flag("--version", "Show the version and exit.", callback=show_version, is_eager=True) = False,
):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it when it is first imported
    for path in own_files or ():
        if path.suffix != ".py":
            raise typer.BadParameter(f"--import takes Python files (.py); received {str(path)!r}.")
        start_keras()
        try:
            import_file(path)
        except Exception as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path.resolve())]
            where = f"{path}, line {lines[-1]}" if lines else path
            raise ImportError(f"{where}: {type(error).__name__}: {error}") from error


@app.command("list", epilog='Example: kerasgen list "dcgan*" --data mnist --max-params 1e6')
def list_models(
    pattern: Annotated[str | None, PATTERN] = None,
    family: option(str, 'Only this family, such as "gan".') = None,
    data: option(str, 'Only models trained on this data set, such as "mnist".') = None,
    modality: option(str, 'Only this kind of data, such as "image".') = None,
    can: option(str, 'Only models that offer this verb, such as "sample".') = None,
    max_params: option(float, "Only models with at most so many parameters.", min=1) = None,
    as_json: Json = False,
):
    """List the models with their leading scores."""
    names = zoo.list_models(pattern, family, data, modality, can, max_params)
    models = zoo.manifest()["models"]
    if as_json:
        print_json([models[name] for name in names])
    elif names:
        rows = [(name, *card.summary(models[name])) for name in names]
        print_table(("name", "what", "parameters", "size", "scores (real data)"), rows)
    if not names:
        near = zoo.list_models(f"*{pattern}*") if pattern and not zoo.list_models(pattern) else ()
        hint = f" A pattern must fit the whole name: '*{pattern}*' finds {', '.join(near)}." if near else ""
        print(f"No model of the zoo fits.{hint}" if models else "The zoo holds no models.", file=sys.stderr)


@app.command(epilog="Example: kerasgen info dcgan-mnist --json")
def info(name: Annotated[str, NAME], as_json: Json = False):
    """Show a model's configuration, data, training, scores, limits."""
    entry = zoo.info(name)
    if as_json:
        return print_json(entry)
    entry["files"] = [f"{file['path']}, {file['bytes']:,} bytes" for file in entry["files"]]
    for key, value in entry.items():
        if isinstance(value, dict):
            value = "; ".join(f"{k}: {v}" for k, v in value.items() if not k.endswith("sha256"))
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        if key not in ("compile", "fingerprint", "probe", "metrics") and value:
            print(f"{plain(key):14}{plain(value)}")
    print(f"{'in Python':14}model = kerasgen.load({name!r})")
    if entry.get("metrics"):
        print()
        print_scores(entry["metrics"])


@app.command(epilog="Example: kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png")
def sample(
    name: Annotated[str, NAME],
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 16,
    seed: Annotated[int, typer.Option(help="The same seed draws the same samples.")] = 0,
    label: option(int, "Class to draw, for models that take one.") = None,
    output: option(Path, SAMPLES, "-o", "--output") = None,
):
    """Draw samples into a file, whose path is printed; or print texts."""
    from kerasgen import checks

    entry, _ = zoo.find(name)
    is_text = entry["modality"] == "text"
    suffixes = (".txt",) if is_text else (".png", ".npy", ".npz")
    is_picture = not is_text and (output is None or output.suffix == ".png")
    try:
        checks.count(count)
        checks.seed(seed)
        if output is not None and (output.is_dir() or output.suffix not in suffixes):
            allowed = " or ".join(", ".join(suffixes).rsplit(", ", 1))
            raise ValueError(f"--output must be a file named {allowed}; received {str(output)!r}.")
        if is_picture and count > MAX_IN_GRID:
            raise ValueError(f"A PNG shows at most {MAX_IN_GRID} images; received --count {count}: write a .npy file.")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if is_picture and entry["modality"] != "image":
        raise ValueError(f"{name} makes {entry['modality']}, not images: --output must name a .npy or .npz file.")
    start_keras()
    conditions = {} if label is None else {"label": label}
    if conditions and "sample" in entry["capabilities"]:
        check_label(entry, label)
    samples = zoo.load(name).sample(count, seed=seed, **conditions)  # a model that cannot sample says so itself
    if is_text and output is None:
        return print(f"\n\n{'-' * 60}\n".join(samples))
    output = output or Path(Path(entry["name"]).name + ".png")
    write_samples(samples, output)
    print(output)


@app.command(epilog="Example: kerasgen train my_recipe.py --smoke")
def train(
    recipe: Annotated[str, RECIPE],
    output: option(Path, RESULT, "-o", "--output", metavar="DIR") = None,
    run_folder: option(Path, "Folder for checkpoints and logs; runs/<name> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Go on from the last checkpoint.") = False,
    restart: flag("--restart", "Throw away an earlier run in the same folder.") = False,
    smoke: flag("--smoke", "Take two tiny steps, to see that everything works.") = False,
    quick: flag("--quick", "Leave out the scores that take long.") = False,
    from_search: flag("--from-search", "Take the values that `kerasgen tune` found best.") = False,
):
    """Train a recipe, score the model and write it to a folder."""
    start_training(recipe, resume, restart)
    from kerasgen import training

    folder = training.train(recipe, output, run_folder, resume, restart, smoke, full=not quick, from_search=from_search)
    print(folder)
    stands_alone = (folder / zoo.ENTRY_FILE).exists()  # else it is in the manifest
    print(f"In Python: model = kerasgen.load({str(folder) if stands_alone else folder.name!r})", file=sys.stderr)


@app.command(epilog="Example: kerasgen finetune dcgan-mnist --data my_images/ --freeze 'discriminator/conv*' -o my-model")
def finetune(
    name: Annotated[str, NAME],
    source: Annotated[str, typer.Option("--data", help=SOURCE, metavar="SOURCE")],
    steps: option(int, "Steps to train; 1000 if neither steps nor minutes are given.") = None,
    minutes: option(float, "Minutes to train, validation included; the final scores come on top.") = None,
    freeze: option(list[str], FREEZE, metavar="PATTERN") = None,
    learning_rate: option(float, LEARNING_RATE) = None,
    output: option(Path, "Folder for the result; NAME-finetuned if not given.", "-o", "--output", metavar="DIR") = None,
    run_folder: option(Path, "Folder for checkpoints and logs; runs/finetune/<output> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Go on from the last checkpoint; more steps or minutes may be given than before.") = False,
    restart: flag("--restart", "Throw away an earlier run in the same folder.") = False,
    seed: Annotated[int, typer.Option(help="Seed of the order and of the parts of the data.")] = 0,
    every: Annotated[int, typer.Option(help="Steps between validations, each with samples and a checkpoint.")] = 100,
    drop_unknown: flag("--drop-unknown", "Leave out the characters of a text that the model does not know.") = False,
):
    """Train a model further, on other data.

    What is best on validation becomes a model of its own, with weights, card and samples.
    """
    if steps is not None and minutes is not None:
        raise typer.BadParameter("--steps and --minutes exclude each other.")
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other.")
    start_keras(name)
    from kerasgen.finetuning import finetune as run

    chosen = {"steps": steps, "minutes": minutes, "freeze": freeze or (), "learning_rate": learning_rate, "output": output}
    how = {"run_folder": run_folder, "resume": resume, "restart": restart, "seed": seed, "every": every}
    folder = run(name, source, **chosen, **how, drop_unknown=drop_unknown)
    print(folder)
    print(f"In Python: model = kerasgen.load({str(folder)!r})", file=sys.stderr)


@app.command(epilog="Example: kerasgen tune dcgan-mnist --tuner bayesian --minutes 120")
def tune(
    recipe: Annotated[str, RECIPE],
    trials: option(int, "At most so many trials; 20 if not given (random, bayesian).", min=1) = None,
    minutes: option(float, "After so many no trial is begun, and the running one ends with its epoch.", min=0.01) = None,
    tuner: Annotated[
        Literal["random", "hyperband", "bayesian", "grid"], typer.Option(help="What chooses the values.")
    ] = "random",
    run_folder: option(Path, "Folder for the trials; runs/search-<name> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Go on with the search in that folder.") = False,
    restart: flag("--restart", "Throw away an earlier search in that folder.") = False,
    smoke: flag("--smoke", "Two trials of one tiny step, to see that everything works.") = False,
):
    """Search learning rates, batch size, dropout of a recipe.

    Every trial is a short training; `kerasgen train NAME --from-search` takes the values with the best validation number.
    """
    start_training(recipe, resume, restart)
    from kerasgen.tuning import results, search

    path = search.tune(recipe, trials, minutes, tuner, run_folder, resume, restart, smoke)
    if path is None:
        return print("The chief writes the results.", file=sys.stderr)
    print_table(*results.table(results.read_results(path)))
    print(f"Written: {path}, {path.stem}.md, {path.stem}.png", file=sys.stderr)


@app.command(epilog="Example: kerasgen evaluate dcgan-mnist --json")
def evaluate(
    name: Annotated[str, NAME],
    full: flag("--full/--quick", FULL) = False,
    record: flag("--record", "Write them into the model's entry and card.") = False,
    as_json: Json = False,
):
    """Compute a model's scores again, on the test split of its data.

    Takes one to three minutes on two cores (--quick, unless --full is given); with --full up to half an hour for image models.
    """
    start_keras(name)
    from kerasgen import release

    if record:
        release.check_recordable(name)
    started = time.monotonic()
    scores = evaluation.evaluate(name, full=full)
    if record:
        release.record_scores(name, scores)
    print_json(scores) if as_json else print_scores(scores)
    print(f"{'All' if full else 'Quick'} scores took {time.monotonic() - started:.0f} seconds.", file=sys.stderr)


@app.command(epilog="Example: kerasgen verify --all. The exit code is 1 if a check failed.")
def verify(
    name: Annotated[str | None, NAME] = None,
    every: flag("--all", "Verify every model of the zoo.") = False,
    scores: flag("--scores", SCORES) = False,
    as_json: Json = False,
):
    """Compare a model with its entry: weights, outputs, card."""
    if every == (name is not None):
        raise typer.BadParameter("Give either a name or --all.")
    start_keras(name)
    results = {}
    for each in zoo.list_models() if every else [name]:
        try:
            results[each] = evaluation.verify(each, scores=scores)
        except EXPECTED as error:
            if not every:
                raise
            results[each] = [evaluation.Check("error", False, str(error))]  # the others are still looked at
        for check in () if as_json else results[each]:
            print("ok     " if check.passed else "FAILED ", f"{each}  {check.name:15}  {plain(check.detail)}", flush=True)
    if as_json:
        print_json({each: [vars(check) for check in checks] for each, checks in results.items()})
    if not results:
        print("The zoo holds no models.", file=sys.stderr)
    if not all(check.passed for checks in results.values() for check in checks):
        raise typer.Exit(1)


def start_training(recipe, resume, restart):
    """Imports Keras if the recipe exists: an unknown one is told before."""
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other.")
    if recipe in recipe_names() or Path(recipe).is_file():
        start_keras()
    load_recipe(recipe)


def check_label(entry, label):
    """Raises unless the model draws that class; no weights are loaded for this."""
    from kerasgen import checks

    def takes_label(entry):
        return "label" in inspect.signature(zoo.find_class(entry["model"]).sample).parameters

    if not takes_label(entry):
        others = [name for name in zoo.list_models(can="sample") if takes_label(zoo.info(name))]
        takers = f"These do: {', '.join(others)}." if others else "No model of the zoo does yet."
        raise ValueError(f"{entry['name']} takes no label. {takers}")
    checks.integer("label", label, 0, entry["config"].get("num_classes", 2**31) - 1)


def write_samples(samples, path):
    """Writes a grid of images that are large enough to see, the array, or texts."""
    import numpy as np

    from kerasgen.files import write_atomically
    from kerasgen.plots import save_grid

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".txt":
        write_atomically(path, ("\n\n".join(samples) + "\n").encode())
    elif path.suffix == ".png":
        pixels = max(samples.shape[1:3])
        save_grid(samples, path, scale=max(1, min(112 // pixels, 2048 // int(pixels * len(samples) ** 0.5))))
    else:
        np.save(path, samples) if path.suffix == ".npy" else np.savez_compressed(path, samples=samples)
