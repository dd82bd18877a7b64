"""Weights in and out: loaded entirely or not at all, and what a release holds."""

import os

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from networks import Pair, refused, same, small, values

from kerasgen.download import FileCorrupt
from kerasgen.zoo import weights


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.weights.h5"


@pytest.fixture
def model():
    return small()


def test_optimizer_state_is_welcome_and_not_needed(model, path, recwarn):
    trained = small()
    trained.compile("adam", "mse")
    trained.fit(np.ones((4, 4)), np.ones((4, 2)), verbose=0)
    trained.save_weights(path)
    weights.load_weights(model, path, weights.fingerprint(trained))
    assert same(values(model), [variable.numpy() for variable in trained.weights])
    weights.save_release(trained, path)
    weights.load_weights(trained, path)
    assert not [warning for warning in recwarn if "Skipping variable" in str(warning.message)]


def test_own_loaders_decide_about_their_arrays(path):
    fitted, fresh = Pair(), Pair()
    fitted.counts = np.array([5, 6, 70_001])
    fitted.steps.assign(70_001)
    weights.save_release(fitted, path)
    weights.load_weights(fresh, path)
    assert fresh.counts.tolist() == [5, 6, 70_001]  # integers are not rounded to float16
    assert int(fresh.steps.numpy()) == 70_001
    fresh.average.mean.assign([1.0, 2.0])
    weights.load_weights(fresh, path)  # a file without an average, a model with one
    assert not fresh.average.mean.numpy().any()
    fitted.average.mean.assign([1.0, 2.0])
    weights.save_release(fitted, path)
    weights.load_weights(fresh, path)  # and the reverse
    assert fresh.average.mean.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.weights.json", "model.npz", "model.pkl"])
def test_other_formats(model, tmp_path, name):
    message = refused(model, tmp_path / name, "arrays and nothing that could run", error=ValueError)
    assert message.endswith("objects for Keras to build." if name == "model.keras" else "could run.")
    with pytest.raises(ValueError, match="refused"):
        weights.save_release(model, tmp_path / name)


def test_nothing_to_load_or_to_load_into(model, path):
    refused(model, path, error=FileNotFoundError)
    path.write_bytes(b"")
    refused(keras.Sequential([layers.Dense(2)]), path, "build the model first", error=ValueError)


def test_damaged_anywhere_is_refused_or_loaded_but_never_half(model, path):
    """Flips every 151st byte in turn: a file that passes is loaded, any other leaves the model as it was."""
    weights.save_release(model, path)
    content = path.read_bytes()
    for i in range(0, len(content), 151):
        path.write_bytes(content[:i] + bytes([content[i] ^ 255]) + content[i + 1 :])
        before = values(model)
        try:
            weights.load_weights(model, path)
        except (FileCorrupt, weights.WeightsMismatch):
            assert same(before, values(model))


def test_not_finite(model, path):
    broken = small()
    broken.layers[2].bias.assign([np.nan, np.inf])
    broken.save_weights(path)
    refused(model, path, "layers/dense_1/vars/1 holds NaN or infinity")
    with pytest.raises(ValueError, match="layers/dense_1/vars/1"):
        weights.save_release(broken, path)


def test_not_finite_in_the_optimizer(model, path):
    model.compile("adam", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, 2)), verbose=0)
    model.optimizer.variables[-1].assign(np.full(model.optimizer.variables[-1].shape, np.nan))
    model.save_weights(path)
    refused(small(), path, "optimizer/", "holds NaN or infinity")


def test_failure_inside_keras_restores_everything(path):
    bad, pair = Pair(), Pair()
    bad.counts, pair.counts = np.array([-1]), np.array([3, 4])
    bad.save_weights(path)
    refused(pair, path, "the model is as before", "cannot be negative", error=weights.WeightsMismatch)
    assert pair.counts.tolist() == [3, 4]


def test_release_is_half_the_size_and_opens_in_keras_alone(path):
    model, other = (keras.Sequential([keras.Input((100,)), layers.Dense(400), layers.Dense(10)]) for _ in range(2))
    model.compile("adam", "mse")
    model.fit(np.ones((4, 100)), np.ones((4, 10)), verbose=0)
    record = weights.save_release(model, path)
    assert record == weights.save_release(model, path)  # byte for byte
    assert record["bytes"] == path.stat().st_size < 2 * model.count_params() + 14_000
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    other.load_weights(path)
    for stored, value in zip(other.get_weights(), model.get_weights(), strict=True):
        assert stored.dtype == "float32"
        assert np.array_equal(stored, value.astype("float16").astype("float32"))
    with h5py.File(path) as file:
        assert "optimizer" not in file
        assert file["layers/dense/vars"].attrs["name"] == model.layers[0].name


def test_release_refuses_what_float16_cannot_hold(model, path):
    model.layers[0].bias.assign([0.0, 1e5, 0.0])
    with pytest.raises(ValueError, match=r"layers/dense/vars/1 .* not finite in float16"):
        weights.save_release(model, path)
    weights.save_release(model, path, dtype="float32")
    with pytest.raises(ValueError, match="'float16', 'float32' or None; got 'int8'"):
        weights.save_release(model, path, dtype="int8")


def test_release_leaves_types_alone_where_asked_to(path):
    pair = Pair()
    pair.counts = np.array([1 / 3, 2.0**60 + 2**10])
    weights.save_release(pair, path, dtype=None)
    fresh = Pair()
    weights.load_weights(fresh, path)
    assert fresh.counts.dtype == "float64" and fresh.counts.tolist() == pair.counts.tolist()
    assert same([v.numpy() for v in fresh.weights], [v.numpy() for v in pair.weights])


def test_bfloat16(path):
    half = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="bfloat16")])
    full = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    for save in (half.save_weights, lambda path: weights.save_release(half, path)):
        save(path)
        weights.load_weights(full, path)
        assert np.allclose(full.get_weights()[0], half.get_weights()[0].astype("float32"), atol=1e-3)


def test_interrupted_release_leaves_the_old_one(model, path, monkeypatch):
    weights.save_release(model, path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", None)  # calling it fails
    with pytest.raises(TypeError):
        weights.save_release(small(5), path)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]
