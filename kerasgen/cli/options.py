"""What the commands share: the application, its options, and errors that become messages."""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from kerasgen import __version__, zoo
from kerasgen.json_files import clean

EXPECTED = (ValueError, OSError, NotImplementedError, FloatingPointError, ImportError)  # a message, no traceback
RESUME = " The same command with --resume continues after the last finished epoch."

EPILOG = """\b
Examples:
  kerasgen list "*-mnist" --can sample
  kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png
  kerasgen --import my_recipe.py sample my-model
  kerasgen train my_recipe.py --smoke
  kerasgen finetune dcgan-mnist --data my_images/ --minutes 10 -o my-model

Exit codes: 0 done (a list may be empty), 1 an error or a failed check of `verify`, 2 a wrong command line,
130 interrupted by Ctrl-C, 141 the program reading the output has ended.

Environment: KERASGEN_IMPORT (files to import first, separated as in PATH), KERASGEN_HOME (folder of downloads),
KERASGEN_DATA (folder of data sets), KERASGEN_OFFLINE=1 (no downloads), KERASGEN_MIRROR (URL of a server of weights),
KERAS_BACKEND (tensorflow or jax).
"""


def start_keras(name=None):
    """Imports Keras if that model exists, without the greeting that TensorFlow prints at any log level."""
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
        except KeyboardInterrupt as error:
            usual = "Interrupted." + (RESUME if ctx.invoked_subcommand in ("train", "finetune", "tune") else "")
            print(clean(str(error)) if str(error).startswith("Interrupted") else usual, file=sys.stderr)
            raise typer.Exit(130) from None
        except EXPECTED as error:
            if ctx.params["debug"]:
                raise
            print(f"Error: {clean(str(error) or repr(error))}", file=sys.stderr)
            raise typer.Exit(1) from None


def flag(name, text, **more):
    return Annotated[bool, typer.Option(name, help=text, **more)]


def option(kind, text, *names, **more):
    return Annotated[kind | None, typer.Option(*names, help=text, **more)]


def show_version(wanted):
    if wanted:
        print(f"kerasgen {__version__}")
        raise typer.Exit


def model_names(incomplete: str):
    """Names for the shell to complete: those of the zoo, and other ones that they are known by."""
    models = zoo.manifest()["models"]
    aliases = [alias for entry in models.values() for alias in entry.get("aliases", ())]
    return [name for name in [*zoo.list_models(), *aliases] if name.startswith(incomplete)]


def recipe_names(incomplete: str):
    from kerasgen.training import recipe

    return [name for name in recipe.recipe_names() if name.startswith(incomplete)]


NAME = typer.Argument(
    metavar="NAME", help="A model of the zoo, or a directory that a training wrote.", autocompletion=model_names
)
RECIPE = typer.Argument(
    metavar="NAME_OR_FILE", help="A recipe of the zoo, or a Python file that defines `recipe`.", autocompletion=recipe_names
)
IMPORT = "Run this Python file first, so that its models, data sets and recipes are known; may be repeated."
FILE = {"metavar": "FILE", "envvar": "KERASGEN_IMPORT", "show_envvar": False, "exists": True, "dir_okay": False}
Json = flag("--json", "Print JSON instead of text.")

app = typer.Typer(
    cls=Commands,
    help="A zoo of generative models for Keras 3, with pretrained weights.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: quick, never framed, never cut
    pretty_exceptions_enable=False,
)


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
        from kerasgen.training.recipe import import_file

        try:
            import_file(path)
        except Exception as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path.resolve())]
            where = f"{path}, line {lines[-1]}" if lines else path
            raise ImportError(f"{where}: {type(error).__name__}: {error}") from error
