"""The same start for every test, a limit on what a fast one may cost, and Python in a process of its own."""

import os
import pathlib
import subprocess
import sys
import textwrap
import time
import warnings

import pytest

TESTS = pathlib.Path(__file__).parent
SECONDS = 3.0  # of processor time that a fast test may take
FAR_TOO_MUCH = 20.0  # what fails it: a machine may be six times as slow, or busy
IMPORTS = {"keras": 5.0, "sklearn": 2.0, "matplotlib": 1.0}  # seconds that the first import of a library is taken to cost

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores: threads of each would only get into each other's way
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def pytest_configure(config):
    # Keras 3.15 with NumPy 2.4, at every conversion of a TensorFlow variable
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Notes what a fast test costs, and fails one that takes far too much: it is to be made smaller, or marked slow."""
    before, known = time.process_time(), set(sys.modules)
    result = yield
    compiles = os.environ.get("KERAS_BACKEND") == "jax"  # the same tests there are slow ones: every step is compiled first
    if not compiles and item.get_closest_marker("slow") is None and item.get_closest_marker("release") is None:
        imports = sum(more for library, more in IMPORTS.items() if library in sys.modules and library not in known)
        seconds = time.process_time() - before - imports
        item.user_properties.append(("processor_seconds", seconds))
        if seconds > FAR_TOO_MUCH:
            pytest.fail(f"took {seconds:.1f} s of processor time, of {SECONDS:g} s allowed: make it smaller, or mark it slow")
    return result


def pytest_terminal_summary(terminalreporter):
    """Names the fast tests that took more processor time than they may."""
    reports = [
        report for reports in terminalreporter.stats.values() for report in reports if hasattr(report, "user_properties")
    ]
    costs = {(r.nodeid, dict(r.user_properties).get("processor_seconds", 0.0)) for r in reports}
    over = sorted((cost for cost in costs if cost[1] > SECONDS), key=lambda cost: -cost[1])
    if over:
        terminalreporter.section(f"fast tests over {SECONDS:g} s of processor time: make them smaller, or mark them slow")
        for name, seconds in over:
            terminalreporter.line(f"{seconds:5.1f} s  {name}")


@pytest.fixture(autouse=True)
def same_start():
    """Seeds and float32, whatever the test before did; tests without Keras do not pay for its import."""
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.set_random_seed(0)
        keras.config.set_dtype_policy("float32")


@pytest.fixture
def eager():
    """Without TensorFlow's graphs, which take longer to make than a few tiny steps."""
    tf = sys.modules.get("tensorflow")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
        if tf is not None:
            tf.config.run_functions_eagerly(True)
        yield
        if tf is not None:
            tf.config.run_functions_eagerly(False)


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
