"""Rows of bits: read from .npz files as a model learns from them, batched and probed."""

import types

import numpy as np
import pytest
import tiny

from kerasgen import modalities
from kerasgen.models.sequence.ntm import NTM

BITS = modalities.get("bits")


def fields(count=30, seed=0, most=3, **more):
    random = np.random.default_rng(seed)
    lengths = random.integers(1, most + 1, count)
    return {"length": lengths, "row": random.integers(0, 2, (lengths.sum(), 3), "uint8"), **more}


def test_a_file_becomes_what_fit_takes(tmp_path):
    model, path = tiny.build("ntm"), tmp_path / "own.npz"
    np.savez(path, **fields())
    about, notes = BITS.read(path, model)
    splits = about.read()
    assert notes == [] and {part: len(each["answer"]) for part, each in splits.items()} == {
        "train": 24,
        "validation": 3,
        "test": 3,
    }
    assert BITS.fields(model, splits) == ("question", "answer")
    asked = sum(int((each["answer"] >= 0).sum()) for each in splits.values())
    assert asked == fields()["row"].size
    recipe = types.SimpleNamespace(fields=("question", "answer"), batch_size=4, seed=0, steps_per_epoch=2)
    x, y = BITS.batches(recipe, splits, model)[0]
    assert len(x) == len(y) == 4 and x.dtype == np.float32


def test_batches_of_a_recipe_are_questions_of_like_lengths_short_ones_first():
    model, train = tiny.build("ntm"), fields(200, most=30)
    recipe = types.SimpleNamespace(batch_size=4, seed=0, steps_per_epoch=5000)
    batches, again = (BITS.batches(recipe, {"train": train}, model) for _ in range(2))
    lengths = [batches[index][0].shape[1] for index in (0, 1, 4, 4000, 4009)]
    assert lengths[0] == lengths[2] == lengths[3] == 8 and lengths[1] == lengths[4] == 64
    for x, y in (batches[0], batches[4005]):
        assert np.array_equal(x[..., :3].sum(axis=(1, 2)), np.where(y < 0, 0, y).sum(axis=(1, 2)))
    assert np.array_equal(again[7][0], batches[7][0]) and not np.array_equal(batches[4][0], batches[8][0])


@pytest.mark.parametrize("task", ["copy", "repeat-copy", "recall", "sort"])
def test_every_task_has_a_probe_and_a_snippet(task):
    model = NTM(task, units=3, slots=4, width=2, seed=0)
    found = BITS.probe(model, "probabilities", 1)
    assert found.ndim == 2 and np.all((found > 0) & (found < 1))
    assert np.array_equal(found, BITS.probe(model, "probabilities", 1))
    known = {"model": model}
    exec(BITS.snippet({"config": {"task": task}}), known)
    assert known["answer"].shape[1] == 8


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"row": np.zeros((40, 3), "uint8")}, "has no field 'length'"),
        (fields() | {"length": np.ones(7, int)}, "arrays must hold 7 examples or 7 steps"),
        (fields(repeats=np.ones(30, int)), "repeats must be None for this task"),
        (fields(8), "must hold at least 20 sequences"),
        ({**fields(), "row": np.full((fields()["row"].shape), 2)}, "must be 0 and 1"),
    ],
)
def test_files_that_it_cannot_use_are_refused(content, message, tmp_path):
    np.savez(tmp_path / "broken.npz", **content)
    with pytest.raises(ValueError, match=message):
        BITS.read(tmp_path / "broken.npz", tiny.build("ntm"))
