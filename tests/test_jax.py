"""JAX beside TensorFlow: the same numbers from the same weights, and the same tests."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tiny

TESTS = pathlib.Path(__file__).parent
FAMILIES = sorted({tiny.family(each.model) for each in tiny.ALL.values()})
# A model or two of each family, for every change; all of them before a release.
EXAMPLES = ["cvae,dcgan,diffusion,gaussian_mixture,judge", "cgan,coupling_flow,crf,gru,made,pattern_counts,simclr"]
NEUTRAL = ["test_steps.py", "test_optimizers.py", "test_guards.py", "layers", "losses", "samplers", "callbacks"]

pytestmark = [
    pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="compares TensorFlow with JAX"),
    pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs JAX"),
]


QUICKLY = {  # most of these minutes are XLA's compiling of programs that run once
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return {**QUICKLY, "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled"))}


@pytest.mark.slow
def test_models_compute_the_same(run_python, tmp_path, compiled):
    for name in tiny.NAMES:
        model = tiny.compiled(name)
        tiny.fit(model, *tiny.batch(name))
        model.save_weights(tmp_path / f"{name}.weights.h5")
        np.save(tmp_path / f"{name}.npy", tiny.use(name, model))
    code = """
        import sys, pathlib, numpy as np, tiny
        for name in tiny.NAMES:
            model = tiny.compiled(name)
            model.load_weights(pathlib.Path(sys.argv[1]) / f"{name}.weights.h5")
            expected = np.load(pathlib.Path(sys.argv[1]) / f"{name}.npy")
            np.testing.assert_allclose(tiny.use(name, model), expected, rtol=1e-5, atol=1e-4, err_msg=name)
        print(tiny.BACKEND)
    """
    assert run_python(code, tmp_path, KERAS_BACKEND="jax", **compiled).split() == ["jax"]


@pytest.mark.slow
def test_two_players_take_the_same_steps(run_python, tmp_path):
    model = tiny.Duel()
    model.compile(tiny.adams(model))
    history = tiny.fit(model, tiny.points(), epochs=5)
    code = """
        import sys, json, numpy as np, tiny
        model = tiny.Duel()
        model.compile(tiny.adams(model))
        history = tiny.fit(model, tiny.points(), epochs=5)
        np.savez(sys.argv[1], *tiny.values([*model.weights, *model.optimizer.variables]))
        print(json.dumps([tiny.BACKEND, history]))
    """
    backend, losses = json.loads(run_python(code, tmp_path / "jax.npz", KERAS_BACKEND="jax"))
    assert backend == "jax"
    assert losses == {name: pytest.approx(values, rel=1e-5) for name, values in history.items()}
    with np.load(tmp_path / "jax.npz") as file:
        values = [file[key] for key in file.files]
    for ours, theirs in zip(tiny.values([*model.weights, *model.optimizer.variables]), values, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def run_on_jax(paths, **environment):
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not release", *map(str, paths)]
    environment = {**os.environ, "KERAS_BACKEND": "jax", **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("names", EXAMPLES)
def test_the_contract_holds(names, compiled):
    run_on_jax([TESTS / "test_contract.py"], TINY_ONLY=names, **compiled)


def test_there_is_an_example_of_every_family():
    names = {name for names in EXAMPLES for name in names.split(",")}
    assert {tiny.family(tiny.ALL[name].model) for name in names} == set(FAMILIES)


@pytest.mark.release
@pytest.mark.parametrize("family", FAMILIES)
def test_the_contract_of_a_family_holds(family, compiled):
    run_on_jax([TESTS / "test_contract.py"], TINY_ONLY=family, **compiled)


@pytest.mark.release  # before a change lands, `test_models_compute_the_same` and the contract have to do
@pytest.mark.parametrize("family", [family for family in FAMILIES if (TESTS / "models" / family).is_dir()])
def test_what_is_special_to_a_family_holds(family, compiled):
    run_on_jax([TESTS / "models" / family], TINY_ONLY=family, **compiled)


@pytest.mark.slow
def test_what_models_share_holds(compiled):
    run_on_jax([TESTS / part for part in NEUTRAL], **compiled)
