"""The command line: `kerasgen`, or `python -m kerasgen`. One file for a group of commands.

Results go to standard output, all else to standard error. Slow imports wait until a command needs them.
"""

import os
import pathlib
import sys
import warnings

from kerasgen.cli import browse, draw, learn, check, export  # isort: skip  (commands are listed in this order)
from kerasgen.cli.data import data_app
from kerasgen.cli.options import app
from kerasgen.cli.runs import runs_app

app.add_typer(data_app, name="data")
app.add_typer(runs_app, name="runs")

__all__ = ["app", "browse", "check", "draw", "export", "learn", "main"]


def main():
    """Runs the command line and ends the process with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, pathlib.Path(os.devnull).open("w"))  # noqa: SIM115  (as long as the process)
        getattr(sys, name).reconfigure(errors="backslashreplace")  # a letter that the terminal lacks is no reason to fail
    warnings.formatwarning = lambda message, *_, **__: f"Warning: {message}\n"
    app(prog_name="kerasgen")
