"""Whole models in .keras files, opened by a process that knows nothing but `import kerasgen`."""

import importlib
import sys

import keras
import pytest

from kerasgen import serialization

WRITE = """
    import pathlib, sys
    import numpy as np, tiny
    for name in tiny.NAMES:
        model = tiny.compiled(name)
        tiny.fit(model, *tiny.batch(name))
        own = tiny.family(tiny.MODELS[name].model) == "toys"
        model.save(f"{sys.argv[1]}/{name}.{'own' if own else 'ours'}.keras")
        used = tiny.use(name, model)
        tiny.fit(model, *tiny.batch(name))
        np.savez(f"{sys.argv[1]}/{name}.npz", used, *tiny.learned(model))
    print("written")
"""
READ = """
    import pathlib, sys
    import kerasgen
    assert not {"keras", "tensorflow", "jax"} & set(sys.modules)
    import keras
    folder = pathlib.Path(sys.argv[1])
    assert "kerasgen.model" not in sys.modules
    models = {path.name.split(".")[0]: keras.saving.load_model(path) for path in sorted(folder.glob("*.ours.keras"))}
    import numpy as np, tiny
    models |= {path.name.split(".")[0]: keras.saving.load_model(path) for path in sorted(folder.glob("*.own.keras"))}
    assert sorted(models) == sorted(tiny.NAMES)
    for name, model in models.items():
        used, *learned = np.load(folder / f"{name}.npz").values()
        assert np.allclose(tiny.use(name, model), used, atol=1e-5), name
        tiny.fit(model, *tiny.batch(name))
        found = tiny.learned(model)
        assert len(found) == len(learned) and all(np.allclose(a, b, atol=1e-4) for a, b in zip(found, learned)), name
    print(len(models), "models")
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_every_model_comes_back_from_a_keras_file_in_a_new_process_and_learns_on(run_python, tmp_path, backend):
    pytest.importorskip(backend)
    quickly = {"XLA_FLAGS": "--xla_backend_optimization_level=0"} if backend == "jax" else {}  # its programs run once or twice
    assert "written" in run_python(WRITE, tmp_path, KERAS_BACKEND=backend, **quickly)
    assert "models" in run_python(READ, tmp_path, KERAS_BACKEND=backend, **quickly)


@pytest.mark.slow
def test_it_does_not_matter_which_of_the_two_is_imported_first(run_python, tmp_path):
    keras.Sequential([keras.Input((2,)), own_layer()]).save(tmp_path / "own.keras")
    for first, second in (("keras", "kerasgen"), ("kerasgen", "keras")):
        code = f"import {first}, {second}, sys; print(keras.saving.load_model(sys.argv[1]).layers[0].units)"
        assert run_python(code, tmp_path / "own.keras") == "3\n"


def own_layer():
    from kerasgen.layers import SpectralDense

    return SpectralDense(3)


def test_every_class_that_is_registered_is_found_in_its_file():
    found = set()
    for registered, module, name in serialization.registered_classes():
        made = getattr(importlib.import_module(module), name)
        assert keras.saving.get_registered_name(made) == f"kerasgen>{registered}" and registered not in found
        found.add(registered)
    known = keras.saving.get_custom_objects()
    ours = {key.removeprefix("kerasgen>") for key in known if key.startswith("kerasgen>")}
    assert ours == found and not any(isinstance(known[f"kerasgen>{name}"], serialization.StandIn) for name in found)


def test_a_stand_in_gives_way_to_the_class(monkeypatch):
    known = keras.saving.get_custom_objects()
    layer = own_layer()
    monkeypatch.setitem(known, "kerasgen>SpectralDense", serialization.StandIn(type(layer).__module__, "SpectralDense"))
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(made) is type(layer) and made.units == 3
    serialization.register()  # leaves alone what is there
    assert isinstance(known["kerasgen>SpectralDense"], serialization.StandIn)


def test_the_hook_leaves_all_other_imports_alone():
    hook = serialization.WithKeras()
    assert hook.find_spec("json") is None and hook.find_spec("keras.layers") is None
    spec = hook.find_spec("keras")
    assert spec.name == "keras" and spec.origin == sys.modules["keras"].__file__
