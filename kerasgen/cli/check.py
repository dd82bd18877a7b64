"""Checking: evaluate, verify, index."""

import sys
import time
from typing import Annotated

import typer

from kerasgen import evaluation
from kerasgen.cli.console import print_json, print_scores
from kerasgen.cli.options import NAME, Json, app, flag, start_keras
from kerasgen.json_files import plain

FULL = "All scores (up to half an hour on two cores for image models), or only the quick ones (minutes)."
SCORES = "Also compute the quick scores again: one to three minutes per model on two cores."
WORDS = {True: "ok     ", False: "FAILED ", None: "absent "}


@app.command(epilog="Example: kerasgen evaluate dcgan-mnist --json")
def evaluate(
    name: Annotated[str, NAME],
    full: flag("--full/--quick", FULL) = False,
    record: flag("--record", "Write the scores into the model's entry and card.") = False,
    as_json: Json = False,
):
    """Compute a model's scores again, on the test split of its data.

    On two cores, --quick (the default) takes one to three minutes, and --full up to half an hour for image models.
    """
    start_keras(name)
    from kerasgen.training import release

    if record:
        release.check_recordable(name)
    started = time.monotonic()
    scores = evaluation.evaluate(name, full=full)
    if record:
        release.record_scores(name, scores)
    print_json({key: score.to_dict() for key, score in scores.items()}) if as_json else print_scores(scores)
    print(f"{'All' if full else 'Quick'} scores took {time.monotonic() - started:.0f} seconds.", file=sys.stderr)


@app.command(epilog="Example: kerasgen verify --all. The exit code is 1 if a check failed.")
def verify(
    name: Annotated[str | None, NAME] = None,
    every: flag("--all", "Verify every model of the zoo that is on this machine.") = False,
    scores: flag("--scores", SCORES) = False,
    as_json: Json = False,
):
    """Compare a model with its entry: weights, outputs, card."""
    if every == (name is not None):
        raise typer.BadParameter("Give either a name or --all.")
    start_keras(name)
    results = {}
    for each, checks in evaluation.verify_all(scores) if every else [(name, evaluation.verify(name, scores=scores))]:
        results[each] = checks
        for check in () if as_json else checks:
            print(WORDS[check.passed], f"{each}  {check.name:15}  {plain(check.detail)}", flush=True)
    if as_json:
        print_json({each: [vars(check) for check in checks] for each, checks in results.items()})
    if not results:
        print("The zoo holds no models.", file=sys.stderr)
    if any(check.passed is False for checks in results.values() for check in checks):
        raise typer.Exit(1)


@app.command(epilog="Example: kerasgen index --check")
def index(check: flag("--check", "Write nothing; the exit code is 1 if something is stale.") = False):
    """Generate manifest, cards and tables from entries.

    Works in a checkout only. Also updates the lists in setup.cfg of the packages and checkpoints that go into the wheel.
    Prints each file that it writes.
    """
    from kerasgen.zoo import index as pages

    paths = list(pages.stale()) if check else pages.write()
    print("\n".join(paths), end="\n" if paths else "")
    if check and paths:
        raise typer.Exit(1)
