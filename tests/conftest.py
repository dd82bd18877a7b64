"""The same start for every test, and Python in a process of its own."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TESTS = pathlib.Path(__file__).parent


def pytest_configure(config):
    # Keras 3.15 with NumPy 2.4, at every conversion of a TensorFlow variable
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(autouse=True)
def same_start():
    """Seeds and float32, whatever the test before did; tests without Keras do not pay for its import."""
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.set_random_seed(0)
        keras.config.set_dtype_policy("float32")


@pytest.fixture
def real_data():
    """A function (name) that loads a data set of this machine; a test that needs one that is not here is skipped."""

    def load(name):
        from kerasgen import data

        try:
            return data.load(name)
        except OSError as error:
            pytest.skip(f"no {name} (TFDS_DATA_DIR, KERASGEN_DATA): {error}")

    return load


@pytest.fixture
def run_python():
    """A function (code, *arguments, **environment) that runs `code` in a fresh Python, and returns what it printed."""

    def run(code, *arguments, expect=0, **environment):
        paths = [str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
            capture_output=True,
            text=True,
            timeout=800,
        )
        assert done.returncode == expect, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
