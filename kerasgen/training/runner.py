"""The one runner of all recipes: trains, keeps checkpoints that survive being killed, and hands the result over for release."""

import dataclasses
import math
import pathlib
import sys
import time

import keras

from kerasgen import data, modalities
from kerasgen.callbacks.progress import ProgressBar
from kerasgen.callbacks.run_log import RunLog
from kerasgen.exact import ExactModel
from kerasgen.files import checkout, zoo_folder
from kerasgen.precision import dtype_policy
from kerasgen.steps import seeded
from kerasgen.training.recipe import digest
from kerasgen.training.release import check_output, check_publishable, publish
from kerasgen.training.run import Run, held, tell_size
from kerasgen.zoo.entries import check_name


def train_recipe(recipe, recipe_path, output=None, run_folder=None, resume=False, restart=False, smoke=False, full=True):
    """Trains a `Recipe` that was read from a file; arguments, result and errors are those of `kerasgen.train`."""
    if smoke:
        recipe = dataclasses.replace(recipe, epochs=2, steps_per_epoch=1, batch_size=min(recipe.batch_size, 16))
    check_name(recipe.name, f"{recipe_path}: name of the recipe")
    base = checkout() or pathlib.Path.cwd()
    run = Run(run_folder or base / "runs" / (recipe.name + ("-smoke" if smoke else "")))
    into_zoo = output is None and not smoke and checkout() and recipe_path.is_relative_to(zoo_folder())
    if output is None and not into_zoo:
        output = run.folder / "result" if smoke else pathlib.Path.cwd() / recipe.name
    if output is not None:
        output = check_output(output)
    with held(run.folder), seeded(recipe.seed, deterministic=True):
        splits = data.load(recipe.data, smoke=smoke)
        model, batches = prepare(recipe, splits)
        if into_zoo:
            check_publishable(recipe, model)
        run.open({**settings(recipe, model), "smoke": smoke}, resume=resume, restart=restart)
        steps = 1 if isinstance(model, ExactModel) else len(batches)
        print(f"Training {recipe.name}: {recipe.epochs} epochs of {steps} steps, in {run.folder}.", file=sys.stderr, flush=True)
        go_on(recipe, model, batches, splits, run)
        require_selected(recipe, run)
        run.restore_selected(model)
        if recipe.finish is not None:
            recipe.finish(model, splits)
        origin = {"recipe": {"file": recipe_path.name, "digest": digest(recipe_path)}}
        folder = publish(recipe, origin, model, splits, run, output=output, full=full and not smoke)
        tell_size(run.folder)
        return folder


def require_selected(recipe, run):
    """Raises a FloatingPointError if the validation number that selects, or without one every one, was never finite."""
    numbers = [value for row in run.history for key, value in row.items() if key.startswith("val_")]
    if run.progress["best"] is None and (recipe.select is not None or (numbers and not any(map(math.isfinite, numbers)))):
        what = recipe.select[0] if recipe.select is not None else "Every number"
        raise FloatingPointError(
            f"{what} on the validation split was not a finite number in any of {run.epoch} epochs: nothing is released. The "
            f"run stays in {run.folder}."
        )


def prepare(recipe, splits):
    """Returns the model of a recipe, in the precision of its training and compiled, and what its `fit` takes."""
    modality = modalities.get(recipe.modality)  # an unknown one is told before anything is built
    with dtype_policy(recipe.precision):
        model = recipe.model()
    if recipe.optimizer is None and not isinstance(model, ExactModel):
        raise ValueError(f"Recipe {recipe.name} must have an optimizer: a {type(model).__name__} learns by gradients.")
    if recipe.tokenizer is not None:
        model.tokenizer = recipe.tokenizer(splits)
    if recipe.batches is not None:
        batches = recipe.batches(recipe, splits)
    elif missing := [field for field in recipe.fields if field not in splits["train"]]:
        known = ", ".join(map(repr, splits["train"]))
        raise ValueError(f"fields of the recipe {recipe.name} must be some of {known}; received also {missing[0]!r}.")
    else:
        batches = modality.batches(recipe, splits, model)
    if recipe.optimizer is not None:
        model.compile(recipe.optimizer(recipe.epochs * len(batches)), **recipe.penalties)
    return model, batches


def settings(recipe, model):
    """What a resumed run must have in common with the run that it resumes."""
    optimizer = getattr(model, "optimizer", None)
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
        "optimizer": optimizer and keras.optimizers.serialize(optimizer),
        **recipe.penalties,
    }


def go_on(recipe, model, batches, splits, run, *more_callbacks, lines=True, budget=None, until=None):
    """Continues an open run, recording each epoch, to the recipe's last epoch or until a `Budget` is spent.

    Args:
        recipe, model, batches, splits: As `prepare` took and returned them.
        run: The `Run`, opened.
        *more_callbacks: Callbacks in addition to those of every training.
        lines: Whether each epoch also leaves a line on the terminal.
        budget: Function from the restored model to a `Budget`; nothing is trained if it is spent. None for no limit.
        until: Last epoch, if it is earlier than the recipe's.
    """
    run.restore(model)
    if hasattr(batches, "epoch"):
        batches.epoch = run.epoch
    epochs, budget = until or recipe.epochs, budget and budget(model)
    spent = budget and budget.is_spent and run.progress["best"] is not None  # a damaged checkpoint may have taken it along
    if run.epoch >= epochs or spent:
        return
    steps = 1 if isinstance(model, ExactModel) else len(batches)
    record, logs = Record(recipe, splits, run), RunLog.callbacks(run.folder)
    bar = ProgressBar(steps, epochs, lines, budget)
    try:
        model.fit(
            batches,
            epochs=epochs,
            initial_epoch=run.epoch,
            verbose=0,
            shuffle=False,
            callbacks=[record, *logs, *([budget] if budget else []), bar, *more_callbacks],
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(what_is_lost(run, bar.steps)) from None
    finally:
        bar.stop()


def what_is_lost(run, steps):
    """What an interruption costs, and how to go on, in words; `steps` are those of the unfinished epoch."""
    lost = f"{steps} step{'s' * (steps != 1)} of epoch {run.epoch + 1}"
    are = "is" if steps == 1 else "are"
    if run.epoch == 0:
        return f"Interrupted after {lost}: no epoch was finished, so nothing is kept. --resume (resume=True) begins again."
    kept = f"epoch 1 is kept in {run.folder}" if run.epoch == 1 else f"epochs 1 to {run.epoch} are kept in {run.folder}"
    return f"Interrupted: {lost} {are} lost, {kept}. The same command with --resume (resume=True) goes on from there."


class Record(keras.callbacks.Callback):
    """After each epoch: writes the validation numbers, samples, and a checkpoint from which a killed run can continue."""

    def __init__(self, recipe, splits, run):
        super().__init__()
        self.recipe, self.splits, self.run = recipe, splits, run
        self.started = time.monotonic()
        self.seconds_before = run.seconds

    def on_epoch_end(self, epoch, logs=None):
        if self.recipe.validate is not None:
            logs.update({f"val_{name}": value for name, value in self.recipe.validate(self.model, self.splits).items()})
        if "sample" in self.model.capabilities:
            path = self.run.folder / "samples" / f"epoch-{epoch + 1:04d}"
            modalities.get(self.recipe.modality).save_samples(self.model, path)
        logs["seconds"] = self.seconds_before + time.monotonic() - self.started
        best = None
        if self.recipe.select is not None:
            name, direction = self.recipe.select
            if f"val_{name}" not in logs:
                known = ", ".join(repr(key.removeprefix("val_")) for key in logs if key.startswith("val_")) or "none"
                raise ValueError(
                    f"select of the recipe {self.recipe.name} must name a number of its validate ({known}); received {name!r}."
                )
            best = (logs[f"val_{name}"], direction)
        self.run.save(self.model, epoch + 1, {name: float(value) for name, value in logs.items()}, best)
