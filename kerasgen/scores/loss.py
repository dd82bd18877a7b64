"""The losses that a model's `test_step` tracks, as scores: for models with one loss, on whatever data."""

import contextlib

import keras
import numpy as np

from kerasgen.scores.experts import SAMPLE_SEED
from kerasgen.scores.intervals import with_interval

VALIDATION_COUNT = 2000
TEST_COUNT = 10_000
LABELS = {"loss": "lower", "accuracy": "higher"}


def validate_loss(fields, modality):
    """Returns a `validate` function: the tracked numbers of these fields, with the same random numbers each time.

    Args:
        fields: The fields that make a batch.
        modality: The `Modality` of the data, which knows how models take them.
    """

    def validate(model, splits):
        arrays = modality.examples(splits["validation"], fields, VALIDATION_COUNT)
        with fixed_randomness(model):
            found = model.evaluate(*arrays, batch_size=100, verbose=0, return_dict=True)
        return {name: float(value) for name, value in found.items()}

    return validate


def score_loss(fields, modality):
    """Returns a `score` function: the loss, and the accuracy where there is one, with intervals from blocks of examples.

    Arguments are those of `validate_loss`.
    """

    def score(model, splits, full=True):
        arrays = modality.examples(splits["test"], fields, TEST_COUNT)
        count = len(arrays[0])
        size = min(100, count // 2)
        starts = range(0, count, size)
        with fixed_randomness(model):
            blocks = [
                model.evaluate(*(a[i : i + size] for a in arrays), batch_size=size, verbose=0, return_dict=True) for i in starts
            ]
        weights = np.array([min(size, count - i) for i in starts], "float64")
        scores = {}
        for name in (name for name in LABELS if name in model.tracked):
            sums = np.stack([weights * [block[name] for block in blocks], weights], axis=1)  # (blocks, 2)
            scores[name] = with_interval(
                lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()),
                sums,
                count=count,
                protocol=f"test part, what evaluate gives, in blocks of {size}",
                label=name,
                better=LABELS[name],
                leading=True,
            )
        return scores

    return score


@contextlib.contextmanager
def fixed_randomness(model):
    """Random numbers of a fixed seed inside the block; afterwards training's continue as if nothing had been drawn."""
    states = model.random_states()
    before = [keras.ops.convert_to_numpy(state.value) for state in states]
    for i, state in enumerate(states):
        state.assign(keras.random.SeedGenerator(SAMPLE_SEED + i).state.value)
    try:
        yield
    finally:
        for state, value in zip(states, before, strict=True):
            state.assign(value)
