"""What a weights file must be before it is loaded, shown on files that are not, and what a release holds."""

import importlib.util
import inspect
import os
import resource
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from kerasgen import paths, weights
from kerasgen.fetch import WeightsCorrupt

KERNEL = "layers/dense/vars/0"
HUGE = (1 << 17, 1 << 17)  # 64 GiB of float32


def small(width=3, **kwargs):
    net = [keras.Input((4,)), layers.Dense(width), layers.BatchNormalization(), layers.Dense(2)]
    return keras.Sequential(net, **kwargs)


class Average(layers.Layer):
    """Like kerasgen's WeightAverage: saves nothing until it has been started."""

    def __init__(self):
        super().__init__()
        self.mean = self.add_weight(shape=(2,), initializer="zeros")
        self.built = True

    def save_own_variables(self, store):
        if self.mean.numpy().any():
            super().save_own_variables(store)

    def load_own_variables(self, store):
        super().load_own_variables(store) if len(store.keys()) else self.mean.assign([0.0, 0.0])


class Pair(keras.Model):
    """Two networks, an average, variables and random states of its own, and counts whose number follows the data."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second, self.average = small(), small(), Average()
        self.scale = self.add_weight(shape=(2,), name="scale")
        self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)
        self.generator = keras.random.SeedGenerator(1)
        self.counts = np.zeros(0, "int64")
        self.built = True

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["counts"] = self.counts

    def load_own_variables(self, store):
        self.generator.state.assign([7, 7])
        super().load_own_variables({key: store[key] for key in store.keys() - {"counts"}})
        self.counts = store["counts"]
        if self.counts.sum() < 0:
            raise ValueError(f"Counts cannot be negative: {list(range(1000))}")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.weights.h5"


@pytest.fixture
def model():
    return small()


def values(model):
    return [variable.numpy() for variable in model.variables]


def same(left, right):
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def refused(model, path, *words, error=WeightsCorrupt, **kwargs):
    """Expects `error` with the file's name and all `words`, and an untouched model; returns the message."""
    before = values(model)
    with pytest.raises(error) as caught:
        weights.load_weights(model, path, **kwargs)
    message = str(caught.value)
    assert all(word in message for word in (path.name, *words)), message
    assert len(message) < 1000  # no dumps of arrays
    assert same(before, values(model))
    return message


def test_fingerprint_does_not_depend_on_what_was_built_before():
    assert weights.variable_table(Pair()) == weights.variable_table(Pair())
    assert weights.fingerprint(small()) == weights.fingerprint(small(name="mine"))


def test_fingerprint_is_the_same_in_another_process_and_backend(model):
    backend = "jax" if importlib.util.find_spec("jax") else "tensorflow"
    code = "import keras\nfrom keras import layers\nfrom kerasgen import weights\n" + inspect.getsource(small)
    code += "small(5)\nprint(weights.fingerprint(small()))"
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(paths.PACKAGE.parent)}
    child = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True)
    assert child.stdout.strip() == weights.fingerprint(model)


def test_variable_table():
    table = weights.variable_table(Pair(name="anything"))  # the name does not count
    assert table[:2] == [("model/scale", (2,)), ("model/variable", ())]
    assert [shape for name, shape in table if name.endswith("kernel")] == [(4, 3), (3, 2), (4, 3), (3, 2)]
    assert len({name for name, _ in table}) == len(table)
    assert "seed" not in str(table)


def test_fingerprint_tells_architectures_apart():
    dense, norm, einsum = layers.Dense, layers.BatchNormalization, layers.EinsumDense
    nets = [
        [dense(4), dense(4)],
        [dense(4), dense(4, name="other")],
        [dense(4), einsum("bi,io->bo", 4, bias_axes="o")],
        [norm(), dense(4)],
        [dense(4), norm()],
        [dense(5)],
    ]
    assert len({weights.fingerprint(keras.Sequential([keras.Input((4,)), *net])) for net in nets}) == len(nets)


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


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "file signature not found"),
        (b"<!DOCTYPE html><html>", "looks like HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "run git lfs pull"),
        (None, "truncated file"),
    ],
)
def test_no_weights_at_all(model, path, content, words):
    model.save_weights(path)
    path.write_bytes(path.read_bytes()[:9000] if content is None else content)
    refused(model, path, "not a readable weights file", words)


def test_damaged_anywhere_is_refused_or_loaded_but_never_half(model, path):
    """Flips every 151st byte in turn: a file that passes is loaded, any other leaves the model as it was."""
    weights.save_release(model, path)
    content = path.read_bytes()
    for i in range(0, len(content), 151):
        path.write_bytes(content[:i] + bytes([content[i] ^ 255]) + content[i + 1 :])
        before = values(model)
        try:
            weights.load_weights(model, path)
        except (WeightsCorrupt, weights.WeightsMismatch):
            assert same(before, values(model))


def external_link(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["x"] = np.zeros((4, 3), "float32")
    file[KERNEL] = h5py.ExternalLink(str(folder / "other.h5"), "x")


def virtual(file, folder):
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource(folder / "other.h5", "x", (4, 3))
    file.create_virtual_dataset(KERNEL, layout)


def external_storage(file, folder):
    (folder / "passwords").write_bytes(bytes(48))
    file.create_dataset(KERNEL, (4, 3), "float32", external=[(str(folder / "passwords"), 0, 48)])


def dataset(shape, data=None, dtype="float32", **kwargs):
    return lambda file, folder: file.create_dataset(KERNEL, shape, dtype, data, **kwargs)


@pytest.mark.parametrize(
    "craft, words",
    [
        (external_link, "ExternalLink"),
        (lambda file, folder: file.update({KERNEL: h5py.SoftLink("/layers/dense_1/vars/0")}), "SoftLink"),
        (lambda file, folder: file.update({KERNEL: file["layers"]}), "second name"),
        (virtual, "virtual"),
        (external_storage, "another file"),
        (dataset((4, 3), np.zeros((4, 3)), compression="gzip"), "compressed"),
        (dataset(HUGE, compression="gzip", chunks=(1 << 12, 1 << 12)), "compressed"),
        (dataset((4, 3), compression="gzip", chunks=(1 << 15, 1 << 14), maxshape=(None, None)), "compressed"),
        (dataset(HUGE), "without its data"),
        (dataset(None, ["text"] * 12, None), "type object"),
        (lambda file, folder: file.update({KERNEL: h5py.Empty("f")}), "type float32"),
        (lambda file, folder: file.update({KERNEL: np.dtype("f4")}), "neither group nor array"),
    ],
)
def test_hostile_file(model, path, craft, words):
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        del file[KERNEL]
        craft(file, path.parent)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(model, path, "is refused", words)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_size_that_lies(model, path, monkeypatch):
    """Arrays that lie upon each other can pass one by one, and still declare more than the file holds."""
    model.save_weights(path)
    monkeypatch.setattr(weights, "_unsafe", lambda array: "")
    with h5py.File(path, "a") as file:
        del file[KERNEL]
        dataset(HUGE)(file, path.parent)
    refused(model, path, "68719", "more than its own size")


def test_other_architecture_with_the_same_shapes(model, path):
    net = [keras.Input((4,)), layers.Dense(3, name="first"), layers.BatchNormalization(), layers.Dense(2)]
    other = keras.Sequential(net)
    other.save_weights(path)
    expected = weights.fingerprint(other)
    refused(model, path, "another architecture", error=weights.WeightsMismatch, expected_fingerprint=expected)
    weights.save_release(other, path)  # a release knows what it is made for
    refused(model, path, "another architecture", expected[:16], error=weights.WeightsMismatch)


def test_wrong_shapes_missing_and_extra_layers(model, path):
    wide = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(2)])
    wide.save_weights(path)
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/1"]
        file["layers/dense/vars/1"] = np.zeros(3, "int32")
    lines = refused(model, path, "does not fit", error=weights.WeightsMismatch).splitlines()
    rows = [tuple(part.strip() for part in line.split("  ") if part) for line in lines[1:]]
    assert rows[0] == ("array", "expected", "got")
    assert ("layers/batch_normalization/vars/0", "(3,) float", "missing") in rows
    assert ("layers/dense/vars/0", "(4, 3) float", "(4, 5) float") in rows
    assert ("layers/dense/vars/1", "(3,) float", "(3,) integer") in rows
    model.save_weights(path)
    refused(wide, path, "nothing", error=weights.WeightsMismatch)
    deep = keras.Sequential([keras.Input((4,)), *[layers.Dense(5) for _ in range(20)]])
    refused(deep, path, "and 36 more", error=weights.WeightsMismatch)


def test_not_finite(model, path):
    broken = small()
    broken.layers[2].bias.assign([np.nan, np.inf])
    broken.save_weights(path)
    refused(model, path, "layers/dense_1/vars/1 holds NaN or infinity")
    with pytest.raises(ValueError, match="layers/dense_1/vars/1"):
        weights.save_release(broken, path)


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
    with pytest.raises(ValueError, match="'float16' or 'float32'"):
        weights.save_release(model, path, dtype="int8")


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
