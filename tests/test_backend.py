"""Which backends are accepted, decided before Keras is imported."""

import os
import subprocess
import sys

import pytest


def run(code, **environment):
    clean = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**clean, **environment}, timeout=300
    )


def test_importing_kerasgen_imports_no_framework():
    done = run("import sys, kerasgen; print([m for m in ('keras', 'tensorflow', 'jax', 'numpy') if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


def test_torch_is_refused_clearly():
    done = run("import kerasgen", KERAS_BACKEND="torch")
    assert done.returncode != 0 and "tensorflow and jax; KERAS_BACKEND is 'torch'" in done.stderr


@pytest.mark.parametrize(("version", "accepted"), [("3.15.0", False), ("3.9.2", False), ("3.15.1", True), ("3.20.0rc1", True)])
def test_old_keras_is_refused(monkeypatch, version, accepted):
    from kerasgen import backend

    monkeypatch.setattr(backend.importlib.metadata, "version", lambda name: version)
    if accepted:
        backend.choose()
    else:
        with pytest.raises(ImportError, match=rf"needs keras>=3\.15\.1; keras {version} is installed"):
            backend.choose()


def test_jax_is_chosen_where_tensorflow_is_absent():
    hide = (
        "import importlib.util as u, os; find = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'tensorflow' else (object() if name == 'jax' else find(name, *a));"
        "import kerasgen; print(os.environ.get('KERAS_BACKEND'))"
    )
    assert run(hide).stdout.strip() == "jax"
