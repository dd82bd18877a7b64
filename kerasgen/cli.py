"""The command line: `kerasgen`, or `python -m kerasgen`.

What is slow to import is imported inside the command that needs it: `list`, `info` and every --help answer before
TensorFlow would have begun to load. Results go to standard output, everything else to standard error.
"""

import json
import os
import pathlib
import shutil
import sys
import traceback
import warnings
from typing import Annotated

import typer
from typer.core import TyperGroup

import kerasgen

EXPECTED = (ValueError, OSError, NotImplementedError, FloatingPointError, ImportError)  # a message, no traceback
ARRAYS = (".npy", ".npz")
MAX_IN_GRID = 10_000  # images in one PNG
RICH_WIDTH = 80  # columns of a terminal from which on tables fold their cells; a narrower one folds the lines itself

EPILOG = """\b
Examples:
  kerasgen list "*-mnist" --can sample
  kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png
  kerasgen verify --all
  kerasgen train my_recipe.py --smoke
  kerasgen --import my_recipe.py sample my-model

\b
Exit codes:
  0    done; a list may be empty
  1    an error, or a failed check of `verify`
  2    the command line is wrong
  130  interrupted by Ctrl-C
  141  the program that reads the output has ended

\b
Environment:
  KERASGEN_IMPORT   files to import first, like --import; several are separated as in PATH
  KERASGEN_HOME     folder for downloaded weights
  KERASGEN_DATA     folder of data sets
  KERASGEN_OFFLINE  1 forbids downloads
  KERASGEN_MIRROR   URL of a server of weights
  KERAS_BACKEND     tensorflow or jax
"""


class Commands(TyperGroup):
    """Turns what commands raise into messages and exit codes."""

    def make_context(self, *args, **kwargs):
        try:
            return super().make_context(*args, **kwargs)  # prints the help, too
        except BrokenPipeError:
            raise reader_has_gone() from None

    def invoke(self, ctx):
        try:
            result = super().invoke(ctx)
            print(end="", flush=True)  # a closed pipe shows here at the latest
            return result
        except BrokenPipeError:
            raise reader_has_gone() from None
        except KeyboardInterrupt:
            note("Interrupted.")
            raise typer.Exit(130) from None
        except EXPECTED as error:
            if ctx.params["debug"]:
                raise
            note(f"Error: {explain(error)}")
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: quick, never framed, never cut
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A zoo of generative models for Keras 3, with pretrained weights.",
    epilog=EPILOG,
)


def main():
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a letter that the terminal lacks is no reason to fail
    warnings.formatwarning = lambda message, *_, **__: f"Warning: {message}\n"
    app(prog_name="kerasgen")


# Options


def flag(name, text, **more):
    return Annotated[bool, typer.Option(name, help=text, **more)]


def option(kind, *names, text, **more):
    return Annotated[kind | None, typer.Option(*names, help=text, **more)]


def checked(check):
    """A callback that reports a value which kerasgen.checks refuses as a wrong command line."""

    def callback(value):
        from kerasgen import checks

        try:
            return getattr(checks, check)(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return callback


def show_version(wanted):
    if wanted:
        print(f"kerasgen {kerasgen.__version__}")
        raise typer.Exit


NAME = typer.Argument(metavar="NAME", help="A name of the zoo, or a directory that a training wrote.")
NAME_OR_FILE = typer.Argument(
    metavar="NAME_OR_FILE", help="A recipe of the zoo, or a Python file that defines `recipe`."
)
PATTERN = typer.Argument(metavar="PATTERN", help='Pattern for the whole name, such as "dcgan*"; quote it.')
FILE = {"metavar": "FILE", "envvar": "KERASGEN_IMPORT", "show_envvar": False, "exists": True, "dir_okay": False}
IMPORT = "Run this Python file first, so that its models, data sets and recipes are known; may be repeated."
COUNT = typer.Option("-n", "--count", callback=checked("count"), help="How many.")
SEED = typer.Option(callback=checked("seed"), help="The same seed draws the same samples.")
SAMPLES = "A .png file for a grid of images, or .npy or .npz for the float32 array; NAME.png if not given."
RESULT = "Folder for the result; the recipe's name if not given. A recipe of a checkout's zoo becomes an entry there."
FULL = "Also the scores that take long: one draws 50,000 samples and trains a classifier on them."
SCORES = "Also compute the quick scores again: one to three minutes a model on two cores."
Json = flag("--json", "Print JSON instead of text.")
Path = pathlib.Path


# Commands


@app.callback()
def prepare(
    import_files: option(list[Path], "--import", text=IMPORT, **FILE) = None,
    debug: flag("--debug", "Show the traceback of an error.") = False,
    version: flag("--version", "Show the version and exit.", callback=show_version, is_eager=True) = False,
):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it when it is first imported
    for path in import_files or ():
        import_own(path)


@app.command("list", epilog='Example: kerasgen list "dcgan*" --data mnist --max-params 1e6')
def list_models(
    pattern: Annotated[str | None, PATTERN] = None,
    family: option(str, text='Only this family, such as "gan".') = None,
    data: option(str, text='Only models trained on this data set, such as "mnist".') = None,
    modality: option(str, text='Only this kind of data, such as "image".') = None,
    can: option(str, text='Only models that offer this verb, such as "sample".') = None,
    max_params: option(float, min=1, text="Only models with at most so many parameters.") = None,
    as_json: Json = False,
):
    """List the models with their leading scores.

    In parentheses stands the same score for real data. With --json, the whole entries.
    """
    from kerasgen import card, zoo

    names = zoo.list_models(pattern, family, data, modality, can, max_params)
    models = zoo.manifest()["models"]
    if as_json:
        print_json([models[name] for name in names])
    elif names:
        rows = []
        for name in names:
            entry = models[name]
            scores = [f"{card.LABELS[key]} {with_real(score)}" for key, score in headlines(entry)]
            rows.append(
                (name, entry.get("title", "-"), f"{entry['parameters']:,}", megabytes(entry), ", ".join(scores))
            )
        print_table(("name", "what", "parameters", "size", "scores (real data)"), rows, right=(2, 3))
    if not names:
        near = zoo.list_models(f"*{pattern}*") if pattern and not zoo.list_models(pattern) else ()
        hint = f" A pattern must fit the whole name: '*{pattern}*' finds {', '.join(near)}." if near else ""
        note(f"No model of the zoo fits.{hint}" if models else "The zoo holds no models.")


@app.command(epilog="Example: kerasgen info dcgan-mnist --json")
def info(name: Annotated[str, NAME], as_json: Json = False):
    """Show what is known of a model.

    Its configuration, data, training, scores and limits.
    """
    from kerasgen import zoo

    entry = zoo.info(name)
    if as_json:
        print_json(entry)
        return
    data, training = entry["data"], entry.get("training", {})
    facts = {
        "family": f"{entry['family']}, {entry['modality']}",
        "verbs": ", ".join(entry["capabilities"]),
        "parameters": f"{entry['parameters']:,} in {megabytes(entry)}, version {entry.get('version', 1)}",
        "class": entry["model"],
        "config": ", ".join(f"{key}={value}" for key, value in entry["config"].items()),
        "data": ", ".join(f"{key} {data[key]}" for key in ("name", "train_count", "licence") if key in data),
        "training": ", ".join(f"{key} {value}" for key, value in training.items()),
        "recipe": entry.get("recipe", {}).get("file"),
        "paper": entry.get("paper"),
        "notes": entry.get("notes"),
    }
    print(plain(f"{entry['name']}: {entry.get('title', '')}") + "\n")
    for key, value in facts.items():
        if value:
            print(f"{key:12}{plain(value)}")
    if entry.get("metrics"):
        print()
        print_scores(entry["metrics"])
    print(f"\nIn Python: model = kerasgen.load({name!r})")


@app.command(epilog="Example: kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png")
def sample(
    name: Annotated[str, NAME],
    count: Annotated[int, COUNT] = 16,
    seed: Annotated[int, SEED] = 0,
    label: option(int, text="Class to draw, for models that take one.") = None,
    output: option(Path, "-o", "--output", text=SAMPLES) = None,
):
    """Draw samples and write them to a file.

    Its path is printed. Missing folders are made.
    """
    if output is not None and (output.is_dir() or output.suffix.lower() not in (".png", *ARRAYS)):
        raise typer.BadParameter(f"{str(output)!r} must be a file named .png, .npy or .npz.", param_hint="--output")
    is_picture = output is None or output.suffix.lower() == ".png"
    if is_picture and count > MAX_IN_GRID:
        raise typer.BadParameter(f"a PNG shows at most {MAX_IN_GRID} images; name a .npy file.", param_hint="--output")
    from kerasgen import zoo

    entry, _ = zoo.find(name)
    output = output or Path(pathlib.PurePath(entry["name"]).name + ".png")
    if is_picture and entry["modality"] != "image":
        raise ValueError(f"{name} makes {entry['modality']}, not images: --output must name a .npy or .npz file.")
    conditions = {}
    if label is not None and "sample" in entry["capabilities"]:
        check_label(entry, label)
        conditions["label"] = label
    samples = zoo.load(name).sample(count, seed=seed, **conditions)  # a model that cannot sample says so itself
    write_samples(samples, output)
    print(output)


@app.command(epilog="Example: kerasgen train my_recipe.py --smoke")
def train(
    recipe: Annotated[str, NAME_OR_FILE],
    output: option(Path, "-o", "--output", metavar="DIR", text=RESULT) = None,
    run_folder: option(Path, metavar="DIR", text="Folder for checkpoints and logs; runs/<name> if not given.") = None,
    resume: flag("--resume", "Go on from the last checkpoint.") = False,
    restart: flag("--restart", "Throw away an earlier run in the same folder.") = False,
    smoke: flag("--smoke", "Take two tiny steps, to see that everything works.") = False,
    quick: flag("--quick", "Leave out the scores that take long.") = False,
):
    """Train a recipe, score the model and write it to a folder.

    The folder holds weights, card, samples and entry; its path is printed.
    """
    if resume and restart:
        raise typer.BadParameter("give one of them, not both.", param_hint="--resume / --restart")
    from kerasgen.recipe import load_recipe

    load_recipe(recipe)  # an unknown name is told before the training, and with it TensorFlow, is imported
    from kerasgen import training, zoo

    try:
        folder = training.train(recipe, output, run_folder, resume, restart, smoke, full=not quick)
    except KeyboardInterrupt:
        note("Stopped. The same command with --resume goes on after the last finished epoch.")
        raise
    print(folder)
    stands_alone = (folder / zoo.ENTRY_FILE).exists()  # else it is in the manifest
    note(f"In Python: model = kerasgen.load({str(folder) if stands_alone else folder.name!r})")


@app.command(epilog="Example: kerasgen evaluate dcgan-mnist --json")
def evaluate(name: Annotated[str, NAME], full: flag("--full", FULL) = False, as_json: Json = False):
    """Compute a model's scores again, on the test split of its data.

    Takes one to three minutes on two cores for a model of images; with --full, several times as long.
    """
    from kerasgen import evaluation

    scores = evaluation.evaluate(name, full=full)
    print_json(scores) if as_json else print_scores(scores)


@app.command(epilog="Example: kerasgen verify --all")
def verify(
    name: Annotated[str | None, NAME] = None,
    every: flag("--all", "Verify every model of the zoo.") = False,
    scores: flag("--scores", SCORES) = False,
    as_json: Json = False,
):
    """Compare a model with what its entry promises.

    Weights, architecture, a few outputs, card. The exit code is 1 if anything differs.
    """
    if every == (name is not None):
        raise typer.BadParameter("give either a name or --all.", param_hint="NAME / --all")
    from kerasgen import evaluation, zoo

    names = zoo.list_models() if every else [name]
    width = max(map(len, names), default=0)
    results = {}
    for each in names:
        try:
            results[each] = evaluation.verify(each, scores=scores)
        except EXPECTED as error:
            if not every:
                raise
            results[each] = [evaluation.Check("error", False, explain(error))]  # the others are still looked at
        for check in () if as_json else results[each]:
            mark = "ok" if check.passed else "FAILED"
            print(f"{mark:8}{each:{width}}  {check.name:14}{plain(check.detail)}", flush=True)
    if as_json:
        print_json({each: [vars(check) for check in checks] for each, checks in results.items()})
    if not names:
        note("The zoo holds no models.")
    if not all(check.passed for checks in results.values() for check in checks):
        raise typer.Exit(1)


# What the commands are made of


def import_own(path):
    """Runs a file of the user's; an error in it is told with its line."""
    from kerasgen.recipe import import_file

    if path.suffix != ".py":
        raise typer.BadParameter(f"{str(path)!r} is no Python file (.py).", param_hint="--import")
    try:
        import_file(path)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path.resolve())]
        where = f"{path}, line {lines[-1]}" if lines else path
        raise ImportError(f"{where}: {type(error).__name__}: {plain(error)}") from error


def check_label(entry, label):
    """Raises unless the model draws that class; no weights are loaded for this."""
    import inspect

    from kerasgen import checks, zoo

    def takes_label(entry):
        return "label" in inspect.signature(zoo.find_class(entry["model"]).sample).parameters

    if not takes_label(entry):
        others = [name for name in zoo.list_models(can="sample") if takes_label(zoo.info(name))]
        takers = f"These do: {', '.join(others)}." if others else "No model of the zoo does yet."
        raise ValueError(f"{entry['name']} takes no label. {takers}")
    checks.integer("label", label, 0, entry["config"].get("num_classes", 2**31) - 1)


def write_samples(samples, path):
    """Writes a grid of images that are large enough to see, or the array."""
    import io

    import numpy as np

    from kerasgen.files import write_atomically
    from kerasgen.plots import save_grid

    if path.suffix.lower() not in ARRAYS:
        pixels = max(samples.shape[1:3])
        save_grid(samples, path, scale=max(1, min(112 // pixels, 2048 // int(pixels * len(samples) ** 0.5))))
        return
    content = io.BytesIO()
    np.save(content, samples) if path.suffix.lower() == ".npy" else np.savez_compressed(content, samples=samples)
    write_atomically(path, content.getvalue())


def headlines(entry):
    from kerasgen import card

    return [(key, entry["metrics"][key]) for key in card.HEADLINES if key in entry.get("metrics", {})]


def with_real(score):
    from kerasgen import card

    return card.number(score["value"]) + (f" ({card.number(score['beside'])})" if "beside" in score else "")


def megabytes(entry):
    return f"{sum(file['bytes'] for file in entry['files']) / 1e6:.2f} MB"


def print_scores(scores):
    from kerasgen import card

    rows = []
    for key, score in scores.items():
        interval = f"{card.number(score['low'])} to {card.number(score['high'])}" if "low" in score else "-"
        beside = card.number(score["beside"]) if "beside" in score else "-"
        more = (score.get("better", "-"), score.get("protocol", "-"))
        rows.append((card.LABELS.get(key, key), card.number(score["value"]), interval, beside, *more))
    print_table(("metric", "value", "95% interval", "real data", "better", "protocol"), rows, right=(1, 3))


def print_table(header, rows, right=()):
    """Aligned columns: folded into a wide enough terminal, else each row whole on one line."""
    rows = [[plain(cell) for cell in row] for row in rows]
    if sys.stdout.isatty() and shutil.get_terminal_size().columns >= RICH_WIDTH:
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for i, title in enumerate(header):
            table.add_column(title, justify="right" if i in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        Console(markup=False, highlight=False, emoji=False).print(table)
        return
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [f"{row[i]:{'>' if i in right else '<'}{width}}" for i, width in enumerate(widths)]
        print("  ".join(cells).rstrip())


def print_json(value):
    print(json.dumps(value, indent=2, default=float))


def note(text):
    print(text, file=sys.stderr, flush=True)


def plain(text):
    """One line without control characters: entries may come from elsewhere."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(str(text).split()))


def explain(error):
    """The message of an error, shortened where it is not kerasgen's own."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or pathlib.Path(kerasgen.__file__).parent in pathlib.Path(frames[-1].filename).parents:
        return str(error).strip() or type(error).__name__
    return f"{type(error).__name__}: {plain(error)[:300]}\n`kerasgen --debug ...` shows where this comes from."


def reader_has_gone():
    """Sends what is still buffered nowhere, so that Python ends silently, too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return typer.Exit(141)
