"""The command line: `kerasgen`, or `python -m kerasgen`.

Results go to standard output, all else to standard error. What is slow to import waits until a command needs it.
"""

import inspect
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from kerasgen import __version__, card, evaluation, zoo
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
            print("Interrupted." + (RESUME if ctx.invoked_subcommand == "train" else ""), file=sys.stderr)
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
):
    """Train a recipe, score the model and write it to a folder."""
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other.")
    if recipe in recipe_names() or Path(recipe).is_file():
        start_keras()
    load_recipe(recipe)  # an unknown one is told before TensorFlow is imported
    from kerasgen import training

    folder = training.train(recipe, output, run_folder, resume, restart, smoke, full=not quick)
    print(folder)
    stands_alone = (folder / zoo.ENTRY_FILE).exists()  # else it is in the manifest
    print(f"In Python: model = kerasgen.load({str(folder) if stands_alone else folder.name!r})", file=sys.stderr)


@app.command(epilog="Example: kerasgen evaluate dcgan-mnist --json")
def evaluate(name: Annotated[str, NAME], full: flag("--full/--quick", FULL) = False, as_json: Json = False):
    """Compute a model's scores again, on the test split of its data.

    Takes one to three minutes on two cores (--quick, unless --full is given); with --full up to half an hour for image models.
    """
    start_keras(name)
    started = time.monotonic()
    scores = evaluation.evaluate(name, full=full)
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


def print_scores(scores):
    rows = []
    for key, score in scores.items():
        interval = f"{number(score, 'low')} to {number(score, 'high')}" if "low" in score else "-"
        more = (number(score, "beside"), score.get("better", "-"), score.get("protocol", "-"))
        rows.append((card.LABELS.get(key, key), number(score), interval, *more))
    print_table(("metric", "value", "95% interval", "real data", "better", "protocol"), rows)


def number(score, key="value"):
    return card.number(score[key]) if key in score else "-"


def print_table(header, rows):
    """Aligned columns, folded into a terminal; elsewhere each row stands whole on one line."""
    from rich.console import Console
    from rich.table import Column, Table

    columns = [Column(t, overflow="fold", justify="right" if t in ("parameters", "size") else "left") for t in header]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(plain, row))
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(80, console.width) if sys.stdout.isatty() else 1_000_000  # a narrower terminal folds lines
    with console.capture() as text:
        console.print(table)
    print("\n".join(line.rstrip() for line in text.get().splitlines()))


def print_json(value):
    print(json.dumps(value, indent=2, default=float))


def plain(text):
    """One line without control characters: entries may come from elsewhere."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(str(text).split()))
