"""An environment with JAX and without TensorFlow: everything but TensorBoard works. Run there by .ci/run."""

import importlib.util

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("tensorflow") is not None, reason="TensorFlow is installed here")


def test_the_backend_is_jax():
    import kerasgen.model  # it imports Keras, once the backend is chosen

    assert kerasgen.model.keras.backend.backend() == "jax"


def test_load_sample_and_verify():
    import kerasgen

    assert kerasgen.load("dcgan-mnist").sample(3, seed=1).shape == (3, 28, 28, 1)
    assert all(check.passed for check in kerasgen.verify("dcgan-mnist"))


def test_training_from_arrays():
    import kerasgen

    model = kerasgen.load("dcgan-mnist")
    before = model.sample(2, seed=1)
    images = np.random.default_rng(0).uniform(-1, 1, (32, 28, 28, 1)).astype("float32")
    history = model.fit(images, batch_size=16, epochs=2, verbose=0)
    assert len(history.history["generator_loss"]) == 2
    assert abs(model.sample(2, seed=1) - before).max() > 1e-4


def test_logs_go_to_csv_and_it_says_so(capsys, tmp_path):
    from kerasgen.callbacks.run_log import RunLog

    assert RunLog.callbacks(tmp_path) == []
    assert "history.csv" in capsys.readouterr().err


def test_data_that_needs_tensorflow_says_so(monkeypatch, tmp_path):
    from kerasgen import data

    monkeypatch.setenv("KERASGEN_DATA", str(tmp_path))
    with pytest.raises(OSError, match=r"mnist\.npz.*TensorFlow, which is not installed"):
        data.load("mnist")
