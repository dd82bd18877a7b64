"""The runner: every recipe's smoke run, and resuming after a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from released import arrays

from kerasgen.files import zoo_folder
from kerasgen.training.recipe import recipe_names

GAN = """
import keras
from kerasgen import OptimizerGroup, Recipe
from kerasgen.models.gan.dcgan import DCGAN

def optimizer(steps):
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    return OptimizerGroup(generator=keras.optimizers.Adam(schedule), discriminator=keras.optimizers.Adam(1e-3))

recipe = Recipe(
    name="tiny-gan", title="A tiny GAN", data="tiny-digits", optimizer=optimizer, batch_size=8, epochs=4, steps_per_epoch=6,
    model=lambda: DCGAN(widths=(8, 8, 8), discriminator_widths=(8, 8, 8), penalty_weight=0.1, seed=3),
    score=lambda model, splits, full: {}, family="gan", seed=3,
)

import kerasgen
@kerasgen.data.register("tiny-digits")
def tiny_digits():
    return kerasgen.data.load("mnist", smoke=True)
"""
COUNTS = """
import time
from kerasgen import Recipe, data
from tiny.pattern_counts import PatternCounts

def validate(model, splits):
    time.sleep(0.2)  # so that the kill comes in time
    return {}

recipe = Recipe(
    name="tiny-counts", title="Counts", data="tiny-digits", epochs=4, model=PatternCounts, validate=validate, seed=3,
    score=lambda model, splits, full: {},
)
data.register("tiny-digits", lambda: data.load("mnist", smoke=True))
"""
RUN = "import sys, kerasgen; _, recipe, out, run, *more = sys.argv; kerasgen.train(recipe, out, run, resume=bool(more))"


def start(recipe, folder, *options):
    command = [sys.executable, "-c", RUN, str(recipe), str(folder / "out"), str(folder / "run"), *options]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("text", [GAN, COUNTS], ids=["steps", "passes"])
def test_a_killed_run_resumes_bit_equal(text, tmp_path):
    recipe = tmp_path / "tiny_recipe.py"
    recipe.write_text(text)
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    assert start(recipe, tmp_path / "whole").wait(timeout=800) == 0

    process = start(recipe, tmp_path / "killed")
    progress = tmp_path / "killed" / "run" / "progress.json"
    deadline = time.monotonic() + 200
    while not (progress.exists() and json.loads(progress.read_text())["history"]):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(json.loads(progress.read_text())["history"]) < 4, "the kill came too late to test anything"
    assert not (tmp_path / "killed" / "out").exists()
    assert start(recipe, tmp_path / "killed").wait(timeout=800) != 0  # without --resume nothing is overwritten
    assert start(recipe, tmp_path / "killed", "--resume").wait(timeout=800) == 0

    for file in ("run/state-00004.weights.h5", "out/model.weights.h5"):
        whole, resumed = arrays(tmp_path / "whole" / file), arrays(tmp_path / "killed" / file)
        assert whole.keys() == resumed.keys()
        for name in whole:
            np.testing.assert_array_equal(whole[name], resumed[name], err_msg=name)


def first_of_each_model():
    """One recipe of each model class: all run before a release, these before every change lands."""
    chosen = {}
    for name in sorted(recipe_names(), key=lambda name: (not name.endswith("mnist"), name)):
        text = (zoo_folder() / "recipes" / f"{name}.py").read_text(encoding="utf-8")
        chosen.setdefault(re.search(r"^from kerasgen\.models\.\S+ import (.+)$", text, re.MULTILINE).group(1), name)
    return sorted(chosen.values())


def shards(names, size=4):
    return [names[i : i + size] for i in range(0, len(names), size)]


CHOSEN = first_of_each_model()
SHARDS = [
    *(pytest.param(names, marks=pytest.mark.slow, id=names[0]) for names in shards(CHOSEN)),
    *(
        pytest.param(names, marks=pytest.mark.release, id=names[0])
        for names in shards([name for name in recipe_names() if name not in CHOSEN])
    ),
]
SMOKE = """
import pathlib, sys
import kerasgen
folder, *names = sys.argv[1:]
for name in names:
    kerasgen.train(name, smoke=True, run_folder=pathlib.Path(folder) / name)
"""


@pytest.mark.parametrize("names", SHARDS)
def test_smoke(names, run_python, tmp_path):
    """Two tiny steps of every recipe on the samples inside the package; a process takes several."""
    run_python(SMOKE, tmp_path, *names)
    for name in names:
        run = tmp_path / name
        entry = json.loads((run / "result" / "entry.json").read_text())
        for file in ("model.weights.h5", "entry.json", "card.md", entry["samples"]):
            assert (run / "result" / file).stat().st_size > 0
        assert entry["metrics"] and all(np.isfinite(score["value"]) for score in entry["metrics"].values())
        assert (run / "history.csv").read_text().count("\n") == 3  # a head and two epochs
        assert list((run / "tensorboard").rglob("events*"))
