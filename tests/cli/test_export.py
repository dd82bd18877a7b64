"""export: what is written, said and refused."""

import importlib.util

import numpy as np
import pytest
from command_line import run

from kerasgen import zoo


def test_export_writes_a_new_folder_and_says_how_near_it_is(released, at, tmp_path):
    import keras

    at(released)
    result = run("export", "tiny-2", "--format", "keras")
    assert result.stdout == "tiny-2-keras\n" and "decode: largest difference to the model " in result.stderr
    network = keras.saving.load_model("tiny-2-keras/decode.keras")
    z = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
    assert np.abs(keras.ops.convert_to_numpy(network(z)) - zoo.load("tiny-2").decode(z)).max() < 1e-5
    assert "must be a new or an empty directory" in run("export", "tiny-2", "--format", "keras", code=1).stderr


def test_refusals_come_before_weights_are_loaded(listed, monkeypatch, tmp_path):
    monkeypatch.setattr(zoo, "load", lambda *_: pytest.fail("weights were loaded"))
    assert "There is no model named 'tiny-3'" in run("export", "tiny-3", code=1).stderr
    assert "'h5' is not one of" in run("export", "tiny-2", "--format", "h5", code=2).stderr
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if "onnx" in name else find(name))
    stderr = run("export", "tiny-2", "--format", "onnx", code=1).stderr
    assert 'pip install "kerasgen[export]"' in stderr or "set KERAS_BACKEND=tensorflow" in stderr
    assert list((tmp_path / "here").iterdir()) == []
