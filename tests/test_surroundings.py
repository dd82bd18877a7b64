"""What a user's machine may be like: other settings of Keras, no home, closed streams, long names."""

import json
import os
import subprocess
import sys

import pytest

import kerasgen
from kerasgen import files

USE = """
import kerasgen, numpy as np
images = np.random.default_rng(0).uniform(-1, 1, (16, 28, 28, 1)).astype("float32")
for name in ("dcgan-mnist", "judge-mnist", "vae-mnist"):
    assert all(check.passed for check in kerasgen.verify(name)), name
    data = (images, np.arange(16) % 10) if name == "judge-mnist" else (images,)
    assert np.isfinite(sum(kerasgen.load(name).fit(*data, verbose=0, batch_size=8).history.values(), [])).all(), name
import keras
assert keras.config.floatx() == "float16" and keras.config.image_data_format() == "channels_first"
"""


@pytest.mark.slow
def test_models_work_the_same_whatever_keras_json_says(run_python, tmp_path):
    settings = {"floatx": "float16", "epsilon": 1e-7, "backend": "tensorflow", "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    run_python(USE, KERAS_HOME=str(tmp_path))


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_a_backend_that_is_not_one_of_ours_is_refused_with_the_file(tmp_path, backend):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": backend}))
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    command = [sys.executable, "-c", "import kerasgen"]
    environment |= {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(files.PACKAGE.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and f"keras.json says '{backend}'" in done.stderr and "KERAS_BACKEND=tensorflow" in done.stderr


@pytest.mark.parametrize("command", [["-m", "kerasgen"], ["kerasgen"]])
def test_a_backend_that_is_not_one_of_ours_is_one_line_on_the_command_line(tmp_path, command):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
    (tmp_path / "kerasgen").write_text("from kerasgen.cli import main\nmain()\n")  # as pip writes it
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(files.PACKAGE.parent)}
    command = [sys.executable, *command, "list", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("Error: kerasgen runs on the Keras backends") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("home", ["~nobody-of-this-name/kerasgen", None])
def test_no_home_is_told(monkeypatch, home):
    monkeypatch.delenv("KERASGEN_HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("KERASGEN_HOME", home)
    else:
        import pooch

        monkeypatch.setattr(
            pooch, "os_cache", lambda name: (_ for _ in ()).throw(RuntimeError("Could not determine home directory."))
        )
    with pytest.raises(OSError, match="Set KERASGEN_HOME to a folder"):
        files.home()


def test_a_tilde_in_the_home_is_the_users(monkeypatch):
    monkeypatch.setenv("KERASGEN_HOME", "~/somewhere")
    assert files.home() == files.pathlib.Path.home() / "somewhere"


def test_names_longer_than_a_file_may_have_are_unknown_names():
    with pytest.raises(ValueError, match="There is no model named 'aaa"):
        kerasgen.info("a" * 300)


@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream_is_no_reason_to_fail(stream, tmp_path):
    command = f"{sys.executable} -m kerasgen list {stream}>&-"
    environment = {**os.environ, "PYTHONPATH": str(files.PACKAGE.parent)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0 and "Traceback" not in done.stderr
