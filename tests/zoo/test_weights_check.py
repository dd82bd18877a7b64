"""What a weights file must be before it is loaded, shown on files that are not; and fingerprints of architectures."""

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
from networks import Pair, refused, small

from kerasgen import files
from kerasgen.zoo import weights, weights_check

KERNEL = "layers/dense/vars/0"
HUGE = (1 << 17, 1 << 17)  # 64 GiB of float32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.weights.h5"


@pytest.fixture
def model():
    return small()


def test_fingerprint_does_not_depend_on_what_was_built_before():
    assert weights_check.variable_table(Pair()) == weights_check.variable_table(Pair())
    assert weights_check.fingerprint(small()) == weights_check.fingerprint(small(name="mine"))


@pytest.mark.slow
def test_fingerprint_is_the_same_in_another_process_and_backend(model):
    backend = "jax" if importlib.util.find_spec("jax") else "tensorflow"
    code = "import keras\nfrom keras import layers\nfrom kerasgen.zoo import weights_check\n" + inspect.getsource(small)
    code += "small(5)\nprint(weights_check.fingerprint(small()))"
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(files.PACKAGE.parent)}
    child = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True)
    assert child.stdout.strip() == weights_check.fingerprint(model)


def test_variable_table():
    table = weights_check.variable_table(Pair(name="anything"))  # the name does not count
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
    assert len({weights_check.fingerprint(keras.Sequential([keras.Input((4,)), *net])) for net in nets}) == len(nets)


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
        (lambda file, folder: file.create_group("/".join(["a"] * 60)), "levels deep"),
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


def test_groups_that_the_model_lacks(model, path):
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        file.create_group("layers/dense_9/vars")
    refused(model, path, "is an empty group, which this model does not have")


def test_size_that_lies(model, path, monkeypatch):
    """Arrays that lie upon each other can pass one by one, and still declare more than the file holds."""
    model.save_weights(path)
    monkeypatch.setattr(weights_check, "_unsafe", lambda array: "")
    with h5py.File(path, "a") as file:
        del file[KERNEL]
        dataset(HUGE)(file, path.parent)
    refused(model, path, "68719", "more than its own size")


def test_other_architecture_with_the_same_shapes(model, path):
    net = [keras.Input((4,)), layers.Dense(3, name="first"), layers.BatchNormalization(), layers.Dense(2)]
    other = keras.Sequential(net)
    other.save_weights(path)
    expected = weights_check.fingerprint(other)
    refused(model, path, "another architecture", error=weights_check.WeightsMismatch, expected_fingerprint=expected)
    weights.save_release(other, path)  # a release knows what it is made for
    refused(model, path, "another architecture", expected[:16], error=weights_check.WeightsMismatch)


def test_wrong_shapes_missing_and_extra_layers(model, path):
    wide = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(2)])
    wide.save_weights(path)
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/1"]
        file["layers/dense/vars/1"] = np.zeros(3, "int32")
    lines = refused(model, path, "does not fit", error=weights_check.WeightsMismatch).splitlines()
    rows = [tuple(part.strip() for part in line.split("  ") if part) for line in lines[1:]]
    assert rows[0] == ("array", "expected", "got")
    assert ("layers/batch_normalization/vars/0", "(3,) float", "missing") in rows
    assert ("layers/dense/vars/0", "(4, 3) float", "(4, 5) float") in rows
    assert ("layers/dense/vars/1", "(3,) float", "(3,) integer") in rows
    model.save_weights(path)
    refused(wide, path, "nothing", error=weights_check.WeightsMismatch)
    deep = keras.Sequential([keras.Input((4,)), *[layers.Dense(5) for _ in range(20)]])
    refused(deep, path, "and 36 more", error=weights_check.WeightsMismatch)
