"""`kerasgen tune`: every trial is a short training of the recipe with other values, by the runner of all recipes."""

import contextlib
import dataclasses
import gc
import json
import logging
import math
import pathlib
import shutil
import sys
import time
import traceback

import keras

from kerasgen import checks, data
from kerasgen.files import checkout, write_atomically
from kerasgen.json_files import read_object
from kerasgen.steps import seeded
from kerasgen.training import runner
from kerasgen.training.recipe import digest, load_recipe
from kerasgen.training.run import Run, held
from kerasgen.tuning import adapter
from kerasgen.tuning.folder import FAILURE, open_folder
from kerasgen.tuning.results import folder_of_results, listed, number, write_results
from kerasgen.tuning.space import TUNERS, complete, find_search


def tune(name_or_path, trials=None, minutes=None, tuner="random", run_folder=None, resume=False, restart=False, smoke=False):
    """Searches the learning rates, batch size, dropout and whatever else a recipe's `Search` names.

    If KERASTUNER_TUNER_ID is set, the process with the id "chief" hands out the trials and writes the results, and all other
    processes train them; all need the same `run_folder`.

    Args:
        name_or_path: A recipe of the zoo, or a Python file that defines `recipe` and may define `search`.
        trials: Most trials to run; None for the number in the `Search` (random, bayesian) or as many as the tuner plans.
        minutes: Time after which no new trial starts; the running one ends with its epoch.
        tuner: "random", "hyperband" (trains the best third longer, again and again), "bayesian" or "grid".
        run_folder: Where the trials keep their state and logs; None for runs/search-<name>.
        resume: Continue the search in that folder; a trial that was cut off continues after its last epoch.
        restart: Discard the search that the folder holds.
        smoke: Two trials of one tiny step on the samples inside the package, to see that everything works.

    Returns:
        Path of the results, <name>.json; None in a worker.

    Raises:
        ValueError: A bad argument or space, a folder that is in use or belongs to another search, or no trial completed.
        OSError: The chief does not answer.
    """
    checks.one_of("tuner", tuner, TUNERS)
    if trials is not None:
        checks.integer("trials", trials, 1, 1_000_000)
    if minutes is not None:
        checks.number("minutes", minutes, 1e-9, 1e9)
    recipe, recipe_path = load_recipe(name_or_path)
    search = complete(find_search(recipe_path), recipe)
    if smoke:
        recipe = dataclasses.replace(recipe, steps_per_epoch=1)
        search, trials = dataclasses.replace(search, epochs=1, examples=None), 2
    if trials is None and tuner in ("random", "bayesian"):
        trials = search.trials
    default = (checkout() or pathlib.Path.cwd()) / "runs" / (f"search-{recipe.name}" + ("-smoke" if smoke else ""))
    folder = pathlib.Path(run_folder or default).resolve()
    settings = {
        "recipe": recipe.name,
        "recipe_digest": digest(recipe_path),
        "tuner": tuner,
        "objective": search.objective,
        "epochs": search.epochs,
        "examples": search.examples,
        "space": {name: choice.describe() for name, choice in search.space.items()},
        "seed": recipe.seed,
        "backend": keras.backend.backend(),
        "smoke": smoke,
    }
    role = adapter.role()
    if role == "worker":
        adapter.wait_for_chief()
    seconds = math.inf if minutes is None else 60 * minutes
    alone = contextlib.nullcontext() if role else held(folder)  # the processes of a chief share their folder
    with alone, seeded(recipe.seed, deterministic=True):
        open_folder(folder, settings, resume or role == "worker", restart and role != "worker")
        trainer = None
        if role != "chief":
            logging.getLogger("tensorflow").addFilter(is_news)
            splits = data.load(recipe.data, smoke=smoke)
            trainer = Trainer(recipe, search, splits, time.monotonic() + seconds, smoke, keep_weights=tuner == "hyperband")
        asked = search.space, search.objective, search.epochs
        most = f"at most {trials} trials" if trials else "as many trials as the tuner plans"
        tell(
            f"Searching {recipe.name} ({tuner}): {most} of up to {search.epochs} epochs, for the "
            f"{'highest' if search.objective[1] == 'max' else 'lowest'} {search.objective[0]}, in {folder}."
        )
        deadline = time.monotonic() + seconds
        found = adapter.search(trainer, folder, tuner, *asked, trials, seconds, recipe.seed)
        if found is None:
            return None
        if why := why_it_ended(found, trials, time.monotonic() >= deadline, minutes):
            tell(why)
        into = folder if smoke else folder_of_results(recipe, recipe_path)
        return write_results(into, recipe, recipe_path, search, tuner, [with_failure(trial) for trial in found])


def tell(line):
    print(line, file=sys.stderr, flush=True)


def why_it_ended(found, trials, is_over_time, minutes):
    """Why a search has run fewer trials than it might have, in words; "" if it has not."""
    if trials is not None and len(found) >= trials:
        return ""
    asked = "" if trials is None else f" of {trials}"
    if is_over_time:
        return (
            f"The {minutes:g} minutes are over after {len(found)}{asked} trials; the last one may have ended before its last "
            "epoch. The same command with --resume runs more."
        )
    if trials is not None:
        return f"The search ended after {len(found)}{asked} trials: the tuner found no further values that it has not tried."
    return ""


def is_news(record):
    """Whether a message of TensorFlow's log is more than the advice to reuse graphs: every trial has a new model."""
    return "retracing" not in record.getMessage()


class Trainer:
    """Trains trials: called as `adapter.search` describes.

    Args:
        recipe: The recipe to change.
        search: The complete `Search`.
        splits: The recipe's data set.
        deadline: Value of `time.monotonic()` after which a trial ends with its epoch.
        smoke: Keep batches small enough for the samples inside the package.
        keep_weights: Leave the last state of each trial, from which another may go on.
    """

    def __init__(self, recipe, search, splits, deadline=math.inf, smoke=False, keep_weights=False):
        self.recipe, self.search, self.splits = recipe, search, splits
        self.deadline, self.smoke, self.keep_weights = deadline, smoke, keep_weights

    def __call__(self, trial, values, folder, epochs, earlier=None):
        """Returns {objective: best validation number, "epochs", "seconds"}.

        Raises:
            FailedTrialError: The trial failed: out of memory, a number that is not finite, or any other error.
            FatalValueError: The objective is not a validation number: all trials would fail.
        """
        folder, started = pathlib.Path(folder), time.monotonic()
        (folder / FAILURE).unlink(missing_ok=True)
        keras.backend.clear_session()  # names are counted anew, so that a trial that goes on finds the names it began with
        gc.collect()
        tell(f"trial {trial} begins: {listed(values)}")
        try:
            run = self.train(values, folder, epochs, earlier)
            score = self.score(run.history)
        except adapter.FatalValueError:
            raise
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())[:400]
            failure = {"error": words, "seconds": round(time.monotonic() - started, 1), "traceback": traceback.format_exc()}
            write_atomically(folder / FAILURE, json.dumps(failure, indent=1).encode())
            self.end(folder, f"trial {trial}  failed: {words}  {listed(values)}")
            raise adapter.FailedTrialError(words) from error
        name = self.search.objective[0]
        self.end(folder, f"trial {trial}  {name} {number(score)}  {listed(values)}  {run.seconds:.0f} s")
        return {name: score, "epochs": run.epoch, "seconds": round(run.seconds, 1)}

    def train(self, values, folder, epochs, earlier):
        """Trains until `epochs`, from the state in `folder`, else in `earlier`, else from the start; returns the run."""
        recipe = self.search.apply(self.recipe, values)
        batch_size = min(recipe.batch_size, 16) if self.smoke else recipe.batch_size
        recipe = dataclasses.replace(recipe, epochs=self.search.epochs, batch_size=batch_size, select=None)
        if self.search.examples is not None:
            recipe = dataclasses.replace(recipe, steps_per_epoch=max(1, self.search.examples // batch_size))
        keras.utils.set_random_seed(recipe.seed)
        model, batches = runner.prepare(recipe, self.splits)
        run = Run(folder, shared=True)
        if earlier is not None and not run.exists():
            go_on_from(pathlib.Path(earlier), folder)
        run.open(runner.settings(recipe, model), resume=True)
        callbacks = [EndAt(self.deadline), *hparams_log(folder, values)]
        runner.go_on(recipe, model, batches, self.splits, run, *callbacks, lines=False, until=epochs)
        return run

    def score(self, history):
        """The best number of the objective over the epochs.

        Raises:
            FatalValueError: There is no such number.
            FloatingPointError: One is NaN or infinite.
        """
        name, direction = self.search.objective
        key = f"val_{name}"
        if key not in history[-1]:
            known = ", ".join(sorted(each.removeprefix("val_") for each in history[-1] if each.startswith("val_")))
            raise adapter.FatalValueError(
                f"objective of the search for {self.recipe.name} must be one of its validation numbers, {known}; "
                f"received {name!r}."
            )
        numbers = [float(logs[key]) for logs in history]
        if not all(map(math.isfinite, numbers)):
            raise FloatingPointError(f"{name} on the validation split became {', '.join(map(number, numbers))}.")
        return max(numbers) if direction == "max" else min(numbers)

    def end(self, folder, line):
        tell(line)
        if not self.keep_weights:
            for path in [*folder.glob("*.weights.h5"), Run(folder).progress_path]:
                path.unlink(missing_ok=True)  # they fill the disk; history.csv stays


class EndAt(keras.callbacks.Callback):
    """Ends a training with the epoch in which `time.monotonic()` reaches `deadline`."""

    def __init__(self, deadline):
        super().__init__()
        self.deadline = deadline

    def on_epoch_end(self, epoch, logs=None):
        if time.monotonic() >= self.deadline:
            self.model.stop_training = True


def go_on_from(earlier, folder):
    """Copies the state of an earlier trial.

    Raises:
        OSError: It is not there.
    """
    run = Run(earlier)
    if not run.exists():
        raise OSError(
            f"The state of {earlier.name} is not in {earlier.parent}: hyperband on several machines needs a folder they share."
        )
    for path in [*earlier.glob("*.weights.h5"), run.progress_path]:  # last what makes it a run
        shutil.copyfile(path, folder / path.name)


def hparams_log(folder, values):
    """The callbacks that show a trial's values in TensorBoard beside its numbers; none unless the backend is TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return []
    from tensorboard.plugins.hparams import api

    return [api.KerasCallback(str(folder / "tensorboard"), values, trial_id=folder.name)]


def with_failure(trial):
    """A trial as it is written: without its folder, and with the error that ended it, or None."""
    path = pathlib.Path(trial.pop("folder")) / FAILURE
    failure = read_object(path) if path.is_file() else {}
    if trial["status"] != "failed":
        return {**trial, "error": None}
    seconds = failure.get("seconds", trial["seconds"])
    return {**trial, "seconds": seconds, "error": failure.get("error", "its worker told the error")}
