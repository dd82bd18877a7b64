"""The one runner of all recipes: trains, keeps checkpoints that survive being killed, and hands the result over for release."""

import dataclasses
import pathlib
import time

import keras
import numpy as np

from kerasgen import data
from kerasgen.callbacks.progress import ProgressBar
from kerasgen.callbacks.run_log import RunLog
from kerasgen.paths import checkout, zoo_folder
from kerasgen.precision import built_in
from kerasgen.recipe import file_hash, load_recipe
from kerasgen.release import publish, save_samples
from kerasgen.run import Run
from kerasgen.steps import make_deterministic
from kerasgen.tuning.results import with_best_values


def train(name_or_path, output=None, run_folder=None, resume=False, restart=False, smoke=False, full=True, from_search=False):
    """Trains a recipe, scores the model and writes checkpoint, card, samples and entry.

    Args:
        name_or_path: A recipe of the zoo, or a Python file that defines `recipe`.
        output: Directory for the result. None: a recipe of the zoo, run in a checkout, becomes its zoo entry; anything
            else goes to a directory named after the recipe.
        run_folder: Where the run keeps its state, history and logs; None for runs/<name>.
        resume: Go on from the last checkpoint of that folder, bit-equal to a run that was never stopped (on one machine).
        restart: Throw away what that folder holds.
        smoke: Two tiny steps on the samples inside the package, to see that everything works; never becomes a zoo entry.
        full: Compute the scores that take long, too.
        from_search: Take the values that `kerasgen tune` found best.

    Returns:
        Path of the directory that `kerasgen.load` opens.

    Raises:
        ValueError: Unknown recipe, a run folder in use, or one that belongs to other settings; no search to take values from.
        FloatingPointError: A loss became NaN; the last good checkpoint is kept.
    """
    recipe, recipe_path = load_recipe(name_or_path)
    if from_search:
        recipe = with_best_values(recipe, recipe_path)
    if smoke:
        recipe = dataclasses.replace(recipe, epochs=2, steps_per_epoch=1, batch_size=min(recipe.batch_size, 16))
    base = checkout() or pathlib.Path.cwd()
    run = Run(run_folder or base / "runs" / (recipe.name + ("-smoke" if smoke else "")))
    into_zoo = output is None and not smoke and checkout() and recipe_path.is_relative_to(zoo_folder())
    if output is None and not into_zoo:
        output = run.folder / "result" if smoke else pathlib.Path.cwd() / recipe.name

    splits = data.load(recipe.data, smoke=smoke)
    make_deterministic()
    keras.utils.set_random_seed(recipe.seed)
    model, batches = prepare(recipe, splits)
    run.open(settings(recipe, model), resume=resume, restart=restart or smoke)
    run.restore(model)
    batches.epoch = run.epoch
    if run.epoch < recipe.epochs:
        fit(recipe, model, batches, splits, run)
    run.restore_selected(model)
    origin = {"recipe": {"file": recipe_path.name, "sha256": file_hash(recipe_path)}}
    return publish(recipe, origin, model, splits, run, output=output, full=full and not smoke)


def prepare(recipe, splits):
    """Returns the compiled model of a recipe, in the precision of its training, and its batches."""
    batches = (recipe.batches or shuffled_examples)(recipe, splits)
    with built_in(recipe.precision):
        model = recipe.model()
    model.compile(recipe.optimizer(recipe.epochs * len(batches)))
    return model, batches


def shuffled_examples(recipe, splits):
    """Batches of the recipe's fields of the training split; images become floats in [-1, 1]."""
    arrays = tuple(splits["train"][field] for field in recipe.fields)
    prepare_images = data.to_float_images if arrays[0].dtype == np.uint8 else None
    return data.Batches(
        arrays, recipe.batch_size, seed=recipe.seed, steps_per_epoch=recipe.steps_per_epoch, prepare=prepare_images
    )


def settings(recipe, model):
    """What a resumed run must agree on with the run that it resumes."""
    return {
        "recipe": recipe.name,
        "data": data.describe(recipe.data).name,
        "fields": list(recipe.fields),
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "steps_per_epoch": recipe.steps_per_epoch,
        "seed": recipe.seed,
        "precision": recipe.precision,
        "backend": keras.backend.backend(),
        "model": model.get_config(),
        "optimizer": keras.optimizers.serialize(model.optimizer),
    }


def fit(recipe, model, batches, splits, run, *more_callbacks, lines=True, budget=None):
    """Trains from the run's epoch to the recipe's last, or until a `Budget` is spent, recording each epoch.

    Each epoch also leaves a line on the terminal, unless `lines` is false.
    """
    record, logs = Record(recipe, splits, run), RunLog.callbacks(run.folder)
    bar = ProgressBar(len(batches), recipe.epochs, lines, budget)
    model.fit(
        batches,
        epochs=recipe.epochs,
        initial_epoch=run.epoch,
        verbose=0,
        shuffle=False,
        callbacks=[record, *logs, *([budget] if budget else []), bar, *more_callbacks],
    )


class Record(keras.callbacks.Callback):
    """After each epoch: the validation numbers into the logs, a picture, and a checkpoint that a killed run goes on from."""

    def __init__(self, recipe, splits, run):
        super().__init__()
        self.recipe, self.splits, self.run = recipe, splits, run
        self.started = time.monotonic()
        self.seconds_before = run.seconds

    def on_epoch_end(self, epoch, logs=None):
        if self.recipe.validate is not None:
            logs.update({f"val_{name}": value for name, value in self.recipe.validate(self.model, self.splits).items()})
        if "sample" in self.model.capabilities:
            save_samples(self.model, self.recipe.modality, self.run.folder / "samples" / f"epoch-{epoch + 1:04d}")
        logs["seconds"] = self.seconds_before + time.monotonic() - self.started
        best = None
        if self.recipe.select is not None:
            name, direction = self.recipe.select
            best = (logs[f"val_{name}"], direction)
        self.run.save(self.model, epoch + 1, {name: float(value) for name, value in logs.items()}, best)
