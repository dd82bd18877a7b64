"""Training: train, finetune, tune."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from kerasgen.cli.console import print_scores, print_table
from kerasgen.cli.options import NAME, RECIPE, app, flag, option, start_keras

RESULT = "Folder for the result; the recipe's name if not given. A recipe of a checkout's zoo becomes an entry there."
SOURCE = "A data set, a folder of images, an .npz, or a .txt file; fitted to the model. Data without splits are split 8:1:1."
FREEZE = "Layers to leave unchanged, such as 'discriminator/conv*'; may be repeated."
LEARNING_RATE = "Constant rate of every optimizer; a third of the highest of the model's training if not given."


@app.command(epilog="Example: kerasgen train my_recipe.py --smoke")
def train(
    recipe: Annotated[str, RECIPE],
    output: option(Path, RESULT, "-o", "--output", metavar="DIR") = None,
    run_folder: option(Path, "Folder for checkpoints and logs; runs/<name> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Continue from the last checkpoint.") = False,
    restart: flag("--restart", "Discard an earlier run in the same folder.") = False,
    smoke: flag("--smoke", "Take two tiny steps, to see that everything works.") = False,
    quick: flag("--quick", "Leave out the scores that take long.") = False,
    from_search: flag("--from-search", "Use the values that `kerasgen tune` found best.") = False,
):
    """Train a recipe, score the model and write it to a folder."""
    start_training(recipe, resume, restart)
    from kerasgen import workflow
    from kerasgen.files import checkout, checkpoints_folder

    folder = workflow.train(recipe, output, run_folder, resume, restart, smoke, full=not quick, from_search=from_search)
    print(folder)
    show_scores(folder)
    is_published = checkout() is not None and folder == checkpoints_folder() / folder.name
    print(f"In Python: model = kerasgen.load({folder.name if is_published else str(folder)!r})", file=sys.stderr)


@app.command(epilog="Example: kerasgen finetune dcgan-mnist --data my_images/ --minutes 10 -o my-model")
def finetune(
    name: Annotated[str, NAME],
    source: Annotated[str, typer.Option("--data", help=SOURCE, metavar="SOURCE")],
    steps: option(int, "Steps to train; 1000 if neither steps nor minutes are given.") = None,
    minutes: option(float, "Minutes to train, including validation but not the final scores.") = None,
    freeze: option(list[str], FREEZE, metavar="PATTERN") = None,
    learning_rate: option(float, LEARNING_RATE) = None,
    output: option(Path, "Folder for the result; NAME-finetuned if not given.", "-o", "--output", metavar="DIR") = None,
    run_folder: option(Path, "Folder for checkpoints and logs; runs/finetune/<output> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Continue from the last checkpoint; more steps or minutes may be given than before.") = False,
    restart: flag("--restart", "Discard an earlier run in the same folder.") = False,
    seed: Annotated[int, typer.Option(help="Seed of the order of the data and of its split.")] = 0,
    every: Annotated[int, typer.Option(help="Steps between validations, each with samples and a checkpoint.")] = 100,
    drop_unknown: flag("--drop-unknown", "Leave out the characters of a text that the model does not know.") = False,
    extend_vocabulary: flag("--extend-vocabulary", "Have a model of characters learn those that it does not know.") = False,
    skip_broken: flag("--skip-broken", "Leave out the images of a folder that cannot be read.") = False,
    keep_worse: flag("--keep-worse", "Write the result even if it is worse on validation than the model was before.") = False,
):
    """Train a model further, on other data.

    The checkpoint that is best on validation becomes a model of its own, with weights, card and samples.
    """
    if steps is not None and minutes is not None:
        raise typer.BadParameter("--steps and --minutes exclude each other.")
    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other.")
    if drop_unknown and extend_vocabulary:
        raise typer.BadParameter("--drop-unknown and --extend-vocabulary exclude each other.")
    start_keras(name)
    from kerasgen.training.finetuning import finetune as run

    chosen = {"steps": steps, "minutes": minutes, "freeze": freeze or (), "learning_rate": learning_rate, "output": output}
    how = {"run_folder": run_folder, "resume": resume, "restart": restart, "seed": seed, "every": every}
    more = {"drop_unknown": drop_unknown, "skip_broken": skip_broken, "keep_worse": keep_worse}
    folder = run(name, source, **chosen, **how, **more, extend_vocabulary=extend_vocabulary)
    print(folder)
    show_scores(folder)
    print(f"In Python: model = kerasgen.load({str(folder)!r})", file=sys.stderr)


@app.command(epilog="Example: kerasgen tune dcgan-mnist --tuner bayesian --minutes 120")
def tune(
    recipe: Annotated[str, RECIPE],
    trials: option(int, "Most trials to run; 20 if not given (random, bayesian).", min=1) = None,
    minutes: option(float, "Start no trial after this many minutes; the running one ends with its epoch.", min=0.01) = None,
    tuner: Annotated[
        Literal["random", "hyperband", "bayesian", "grid"], typer.Option(help="What chooses the values.")
    ] = "random",
    run_folder: option(Path, "Folder for the trials; runs/search-<name> if not given.", metavar="DIR") = None,
    resume: flag("--resume", "Continue the search in that folder.") = False,
    restart: flag("--restart", "Discard an earlier search in that folder.") = False,
    smoke: flag("--smoke", "Run two trials of one tiny step, to see that everything works.") = False,
):
    """Search learning rates, batch size, dropout of a recipe.

    Every trial is a short training; `kerasgen train NAME --from-search` uses the values with the best validation score.
    """
    start_training(recipe, resume, restart)
    from kerasgen.tuning import results, search

    path = search.tune(recipe, trials, minutes, tuner, run_folder, resume, restart, smoke)
    if path is None:
        return print("The chief writes the results.", file=sys.stderr)
    print_table(*results.table(results.read_results(path)))
    print(f"Written: {path}, {path.stem}.md, {path.stem}.png", file=sys.stderr)


def show_scores(folder):
    """Prints the scores of a finished model to standard error, which all but the folder goes to."""
    import contextlib

    from kerasgen import zoo
    from kerasgen.zoo import card

    if scores := card.scores_of(zoo.info(folder)):
        with contextlib.redirect_stdout(sys.stderr):
            print_scores(scores)


def start_training(recipe, resume, restart):
    """Imports Keras if the recipe exists, so that an unknown one is reported at once."""
    from kerasgen.training.recipe import load_recipe, recipe_names

    if resume and restart:
        raise typer.BadParameter("--resume and --restart exclude each other.")
    if recipe in recipe_names() or Path(recipe).is_file():
        start_keras()
    load_recipe(recipe)
