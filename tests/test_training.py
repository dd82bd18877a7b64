"""The runner: every recipe's smoke run, resuming after a kill, refusals."""

import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from kerasgen.recipe import Recipe, load_recipe, recipe_names

RECIPE = """
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
RUN = "import sys, kerasgen; _, recipe, out, run, *more = sys.argv; kerasgen.train(recipe, out, run, resume=bool(more))"


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def start(recipe, folder, *options):
    command = [sys.executable, "-c", RUN, str(recipe), str(folder / "out"), str(folder / "run"), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, text=True)


@pytest.mark.slow
def test_a_killed_run_resumes_bit_equal(tmp_path):
    recipe = tmp_path / "tiny_gan.py"
    recipe.write_text(RECIPE)
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


@pytest.mark.slow
@pytest.mark.parametrize("name", recipe_names())
def test_smoke(name, tmp_path):
    """Two tiny steps of every recipe, in a process of its own, on the samples inside the package."""
    command = [sys.executable, "-m", "kerasgen", "train", name, "--smoke", "--run-folder", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=800)
    assert done.returncode == 0, done.stderr
    result = tmp_path / "run" / "result"
    samples = "samples.txt" if load_recipe(name)[0].modality == "text" else "samples.png"
    for file in ("model.weights.h5", "entry.json", "card.md", samples):
        assert (result / file).stat().st_size > 0
    entry = json.loads((result / "entry.json").read_text())
    assert entry["metrics"] and all(np.isfinite(score["value"]) for score in entry["metrics"].values())
    assert (tmp_path / "run" / "history.csv").read_text().count("\n") == 3  # a head and two epochs
    assert list((tmp_path / "run" / "tensorboard").rglob("events*"))


def test_unknown_recipe_gets_suggestions():
    with pytest.raises(ValueError, match=r"no recipe named 'dcgan_mnist'.*dcgan-mnist"):
        load_recipe("dcgan_mnist")


def test_a_file_without_recipe_is_refused(tmp_path):
    (tmp_path / "nothing_here.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"must define `recipe = kerasgen.Recipe"):
        load_recipe(str(tmp_path / "nothing_here.py"))
    with pytest.raises(ValueError, match="no recipe file"):
        load_recipe(str(tmp_path / "absent.py"))


@pytest.mark.parametrize("name", recipe_names())
def test_recipes_are_short_and_complete(name):
    recipe, path = load_recipe(name)
    assert isinstance(recipe, Recipe) and recipe.name == name == path.stem
    assert len(path.read_text().splitlines()) <= 70
    assert recipe.title and recipe.paper and recipe.family != "other" and recipe.minutes > 0
