"""The only module that imports KerasTuner: it chooses which values are tried next, by one process or by several.

Corrects what KerasTuner does by itself: it calls a failed trial the best if no other is left, forgets the errors of other
processes, gives up after three failures in a row, and treats seed 0 as no seed.
"""

import contextlib
import io
import math
import os
import socket
import sys
import time

try:
    import keras_tuner
    from keras_tuner.engine.base_tuner import BaseTuner
    from keras_tuner.errors import FailedTrialError, FatalValueError
    from keras_tuner.src import config
except ImportError as error:
    raise ImportError(f"kerasgen tune needs KerasTuner: pip install keras-tuner scikit-learn ({error})") from error

from kerasgen.tuning.space import Choice, LogUniform

__all__ = ["FailedTrialError", "FatalValueError", "role", "search", "wait_for_chief"]

ADDRESS = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": "8437"}  # of the chief, where nothing else is said
config.DEBUG = False  # it would print the traceback of every failed trial
FACTOR = 3  # Hyperband trains the best third of its trials longer


class Trials(BaseTuner):
    """Asks for values, has them trained, reports the score. `train` is described in `search`."""

    def __init__(self, train, epochs, **options):
        super().__init__(**options)
        self.train, self.epochs = train, epochs

    def pre_create_trial(self):
        if role() == "worker":
            time.sleep(0.1)  # a worker that has to wait for others asks again and again

    def run_trial(self, trial):
        given = trial.hyperparameters.values
        values = {name: value for name, value in given.items() if not name.startswith("tuner/")}
        earlier = given.get("tuner/trial_id")  # Hyperband trains on, from there
        return self.train(
            int(trial.trial_id),
            values,
            self.get_trial_dir(trial.trial_id),
            given.get("tuner/epochs", self.epochs),
            self.get_trial_dir(earlier) if earlier else None,
        )


def search(train, folder, tuner, space, objective, epochs, trials=None, seconds=math.inf, seed=0):
    """Searches until the trials, the space or the time are used up, continuing from what the folder holds.

    Args:
        train: Function (number, values, folder, epochs, folder of the trial that it continues, or None) -> {objective:
            number, ...} that trains one trial; it raises `FailedTrialError` for a trial that failed, `FatalValueError` to
            end the search.
        folder: Path where KerasTuner keeps its state; each trial has a folder there.
        tuner: "random", "hyperband", "bayesian" or "grid".
        space: {name: `Choice`, `Linear` or `Log`}.
        objective: (name, "min" or "max").
        epochs: Epochs of a trial.
        trials: Most trials in all; None for as many as the tuner plans.
        seconds: Time after which no new trial starts.
        seed: Seed of the values.

    Returns:
        List of {"trial", "values", "status", "score", "epochs", "seconds", "folder"}, one per trial; None in a worker, since
        the chief keeps the list.

    Raises:
        OSError: The chief's address cannot be used, or the chief is gone.
        ValueError: The state in the folder is damaged.
    """
    oracle = _oracle(tuner, space, objective, epochs, trials, seed)
    oracle.max_trials = trials
    oracle.verbose = 0
    propose, deadline = oracle.populate_space, time.monotonic() + seconds
    oracle.populate_space = lambda id: {"status": "STOPPED"} if oracle.trials and time.monotonic() > deadline else propose(id)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it tells that it goes on
            tasks = Trials(train, epochs, oracle=oracle, directory=str(folder.parent), project_name=folder.name)
    except (ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{folder} cannot be resumed: its files are damaged. Pass --restart to begin anew.") from error
    _search(tasks)
    return [_report(trial, tasks) for trial in sorted(oracle.trials.values(), key=_number)] if role() != "worker" else None


def _search(tasks):
    tasks.save()  # without it a search that is killed in its first trial would not be found again
    if role() is None:
        return tasks.search()
    import grpc

    try:
        tasks.search()
    except grpc.RpcError as error:
        raise OSError(f"The chief at {_address()} no longer answers: {error.code().name}.") from error
    except RuntimeError as error:
        if "bind" not in str(error):
            raise
        raise OSError(f"The chief cannot listen at {_address()}: {error}. Is another one running?") from error


def role():
    """ "chief" or "worker" where KERASTUNER_TUNER_ID makes this process part of a search by several, else None."""
    name = os.environ.get("KERASTUNER_TUNER_ID")
    if not name:
        return None
    for key, value in ADDRESS.items():
        os.environ.setdefault(key, value)
    return "chief" if "chief" in name else "worker"


def wait_for_chief(seconds=300):
    """Returns once the chief answers.

    Raises:
        OSError: It does not.
    """
    host, port = (os.environ[key] for key in ADDRESS)
    deadline, told = time.monotonic() + seconds, False
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=5).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise OSError(
                    f"No chief answers at {_address()}. Start the same command with KERASTUNER_TUNER_ID=chief first, and give "
                    "all processes the same KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT."
                ) from error
            if not told:
                print(f"Waiting for the chief at {_address()}.", file=sys.stderr, flush=True)
            told = True
            time.sleep(0.5)


def _address():
    return ":".join(os.environ.get(key, value) for key, value in ADDRESS.items())


def _oracle(tuner, space, objective, epochs, trials, seed):
    kinds = {
        "random": keras_tuner.oracles.RandomSearchOracle,
        "hyperband": keras_tuner.oracles.HyperbandOracle,
        "bayesian": keras_tuner.oracles.BayesianOptimizationOracle,
        "grid": keras_tuner.oracles.GridSearchOracle,
    }
    options = {}
    if tuner == "hyperband":
        options = {"max_epochs": epochs, "factor": FACTOR, "hyperband_iterations": trials or 1}  # again until they are used up
    return kinds[tuner](
        objective=keras_tuner.Objective(*objective),
        hyperparameters=_hyperparameters(space, tuner),
        seed=seed + 1,  # it takes 0 for none
        max_consecutive_failed_trials=10**9,  # a batch size that does not fit may come up often; the others still count
        **options,
    )


def on_grid(choice):
    """A range as the `Choice` of its ends and its middle."""
    if isinstance(choice, Choice):
        return choice
    middle = math.sqrt(choice.low * choice.high) if isinstance(choice, LogUniform) else (choice.low + choice.high) / 2
    return Choice(float(choice.low), float(f"{middle:.4g}"), float(choice.high))


def _hyperparameters(space, tuner):
    declared = keras_tuner.HyperParameters()
    for name, choice in space.items():
        if tuner == "grid":
            choice = on_grid(choice)
        if isinstance(choice, Choice):
            declared.Choice(name, list(choice.values))
        else:
            declared.Float(name, choice.low, choice.high, sampling="log" if isinstance(choice, LogUniform) else "linear")
    return declared


def _report(trial, tasks):
    metrics = trial.metrics

    def last(name):
        return float(metrics.get_last_value(name)) if metrics.exists(name) else None

    values = {name: value for name, value in trial.hyperparameters.values.items() if not name.startswith("tuner/")}
    return {
        "trial": _number(trial),
        "values": values,
        "status": {"COMPLETED": "completed", "FAILED": "failed"}.get(trial.status, "unfinished"),
        "score": trial.score if trial.status == "COMPLETED" else None,
        "epochs": None if last("epochs") is None else int(last("epochs")),
        "seconds": last("seconds"),
        "folder": tasks.get_trial_dir(trial.trial_id),
    }


def _number(trial):
    return int(trial.trial_id)
