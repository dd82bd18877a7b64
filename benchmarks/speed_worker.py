"""The processes in which `speed.py` times: each prepares its subject, checks it, and answers with seconds."""

import functools
import json
import os
import pathlib
import sys
import time

import numpy as np
from timing import serve, timed

COUNT = 256  # images drawn in one measurement, whatever the batch size
CHECKED_STEPS = 3
SCHEDULE_STEPS = 10_000  # what the recipes' learning rates are planned for
OURS, LOOP, TORCH = "kerasgen, fit", "hand-written tf.GradientTape loop", "PyTorch, eager"


def tensorflow_steps(name, precision, folder):
    """Blocks of training steps by kerasgen and by the hand-written loop; `folder` gets what PyTorch needs to do the same."""
    import keras
    import tensorflow as tf
    from peers import gradient_tape

    from kerasgen.optimizers import OptimizerGroup
    from kerasgen.precision import dtype_policy
    from kerasgen.training.recipe import load_recipe

    recipe, _ = load_recipe(name)
    batches = some_batches(recipe)
    dataset = tf.data.Dataset.from_tensor_slices(np.stack(batches)).repeat()

    def build():
        keras.utils.set_random_seed(recipe.seed)
        with dtype_policy(precision):
            return recipe.model(), recipe.optimizer(SCHEDULE_STEPS)

    class StepTimer(keras.callbacks.Callback):
        """Seconds from the beginning of the first step of `fit` to the end of the last, with everything in between."""

        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                self.start = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            self.seconds = time.perf_counter() - self.start
            if batch == 0:
                self.first = {key: float(value) for key, value in logs.items()}

    def fit(model, count):
        timer = StepTimer()
        model.fit(dataset, steps_per_epoch=count, shuffle=False, verbose=0, callbacks=[timer])
        return timer

    ours, optimizer = build()
    initial = [v.numpy() for v in ours.trainable_variables]
    ours.compile(optimizer)
    first = fit(ours, CHECKED_STEPS).first

    twin, optimizer = build()
    random = {
        kind.__name__: functools.partial(kind, seed=twin.seed_generator) for kind in (keras.random.normal, keras.random.uniform)
    }
    members = dict(optimizer.members) if isinstance(optimizer, OptimizerGroup) else optimizer
    step, average = gradient_tape.LOOPS[name](twin, members, **random)
    iterator = iter(dataset)
    twin_first = {key: float(value) for key, value in step(next(iterator)).items()}
    for _ in range(CHECKED_STEPS - 1):
        step(next(iterator))
    refused = differences(initial, ours, twin, average, first, twin_first)

    free, optimizer = build()  # timed with TensorFlow's own random numbers
    members = dict(optimizer.members) if isinstance(optimizer, OptimizerGroup) else optimizer
    step, _ = gradient_tape.LOOPS[name](free, members, tf.random.normal, tf.random.uniform)

    optimizers = members if isinstance(members, dict) else {"model": members}
    settings = {
        "config": ours.get_config(),
        "optimizers": {player: member.get_config() for player, member in optimizers.items()},
    }
    np.savez(pathlib.Path(folder) / "batches.npz", *batches)
    (pathlib.Path(folder) / "settings.json").write_text(json.dumps(settings, default=float))
    facts = {
        "parameters": sum(int(np.prod(v.shape)) for v in ours.trainable_variables),
        "first": first,
        "refused": {LOOP: refused} if refused else {},
    }
    return {OURS: lambda count: fit(ours, count).seconds, LOOP: lambda count: timed(lambda: step(next(iterator)), count)}, facts


def some_batches(recipe):
    """Four training batches of the recipe, of the small samples inside the package, repeated as often as needed."""
    from kerasgen import data, modalities

    splits = data.load(recipe.data, smoke=True)
    longer = {part: {field: np.concatenate([array] * 40) for field, array in fields.items()} for part, fields in splits.items()}
    if recipe.batches is not None:
        batches = recipe.batches(recipe, longer)
    else:
        batches = modalities.get(recipe.modality).batches(recipe, longer, recipe.model())
    return [batches[i % len(batches)] for i in range(4)]


def differences(initial, ours, twin, average, our_logs, twin_logs):
    """How two trainings from the same start differ, in words; None if they do not.

    Compares how far weights have moved from the start, since the weights themselves change little in a few steps.
    """
    wrong = [
        f"{key} {ours_value:.6g} and {twin_logs[key]:.6g} in the first step"
        for key, ours_value in our_logs.items()
        if abs(ours_value - twin_logs[key]) > 0.01 * abs(ours_value) + 0.01
    ]
    way = distance(initial, [v.numpy() for v in ours.trainable_variables])
    apart = distance(*[[v.numpy() for v in model.trainable_variables] for model in (ours, twin)])
    if not apart <= 0.02 * way:
        wrong.append(f"weights {apart / way:.2g} of their way apart after {CHECKED_STEPS} steps")
    averages = [v for layer in ours.layers if hasattr(layer, "slow") for v in layer.slow]
    apart = distance([v.numpy() for v in averages], [v.numpy() for v in average.averages])
    if not apart <= 0.02 * way:
        wrong.append(f"averages of the weights {apart / way:.2g} of that way apart")
    return "not the same training: " + "; ".join(wrong) if wrong else None


def distance(first, second):
    return float(np.sqrt(sum(np.sum(np.square(a - b), dtype="float64") for a, b in zip(first, second, strict=True))))


def torch_steps(name, precision, folder):
    import torch
    from peers.pytorch import Training

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    settings = json.loads((pathlib.Path(folder) / "settings.json").read_text())
    with np.load(pathlib.Path(folder) / "batches.npz") as stored:
        batches = list(stored.values())
    training = Training(name, settings["config"], settings["optimizers"], batches, precision)
    first = {key: float(value) for key, value in training.step().items()}
    return {TORCH: functools.partial(timed, training.step)}, {"parameters": training.parameters(), "first": first}


def drawing(name):
    import kerasgen

    model = kerasgen.load(name)
    sizes = (1, 4, 16, 64, 256)
    return {
        f"batch size {n}": functools.partial(timed, functools.partial(model.sample, COUNT, batch_size=n)) for n in sizes
    }, {}


def writing(name):
    import kerasgen

    model = kerasgen.load(name)
    one = {f"1 text of {n} characters": functools.partial(model.sample, 1, length=n) for n in (100, 400, 1600)}
    many = {f"{n} texts of 400 characters": functools.partial(model.sample, n, length=400) for n in (16, 64)}
    return {case: functools.partial(timed, write) for case, write in {**one, **many}.items()}, {}


if __name__ == "__main__":
    part, *arguments = sys.argv[1:]
    prepare = {"tensorflow": tensorflow_steps, "torch": torch_steps, "samples": drawing, "generation": writing}[part]
    serve(lambda: prepare(*arguments))
