"""Networks for other programs: what they compute is what the model's verbs compute, also after a training."""

import importlib.util

import keras
import numpy as np
import pytest
import tiny

from kerasgen import exports
from kerasgen.zoo import export as exporting

ON_TENSORFLOW = pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="these formats are written on TensorFlow")


def trained(name):
    """A tiny model whose averaged weights differ from those in training."""
    model = tiny.compiled(name)
    tiny.fit(model, *tiny.batch(name))
    return model


def exported(name, folder, format):
    """What `export` says of a tiny model; the test is skipped if packages are absent."""
    if absent := [package for package in exporting.PACKAGES.get(format, ()) if importlib.util.find_spec(package) is None]:
        pytest.skip(f'no {", ".join(absent)}: pip install "kerasgen[export]"')
    return exporting.export(trained(name), folder, format)


@pytest.mark.parametrize("name", ["dcgan", "cgan", "judge", "lstm"])
def test_keras_files_hold_the_averaged_networks(tmp_path, eager, name):
    differences = exported(name, tmp_path / "out", "keras")
    assert list(differences) == list(tiny.build(name).networks()) and max(differences.values()) < 1e-5
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {f"{network}.keras" for network in differences} | ({"tokenizer.json"} if name == "lstm" else set())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_weights_in_training_are_not_what_is_exported(tmp_path, eager):
    model, z = trained("dcgan"), np.random.default_rng(0).standard_normal((4, 4)).astype("float32")
    model.export(tmp_path / "a.keras", format="keras")
    found = keras.ops.convert_to_numpy(keras.saving.load_model(tmp_path / "a.keras")(z))
    assert np.abs(found - model.decode(z)).max() < 1e-5
    assert np.abs(found - keras.ops.convert_to_numpy(model.generator(z))).max() > 1e-3


FIRST = ("dcgan", "judge", "lstm", "vae")  # one of each kind of network


@ON_TENSORFLOW
@pytest.mark.parametrize("format", exporting.FORMATS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in FIRST else pytest.mark.release) for name in tiny.TRAINED]
)
def test_every_format_computes_what_every_model_does(tmp_path, name, format):
    if tiny.family(tiny.MODELS[name].model) == "toys":
        pytest.skip("a toy of the tests")
    differences = exported(name, tmp_path / "out", format)
    assert list(differences) == list(tiny.build(name).networks()) and max(differences.values()) < 1e-4


@pytest.mark.slow
@ON_TENSORFLOW
def test_keras_own_way_of_calling_export(tmp_path):
    import tensorflow as tf

    model, z = trained("dcgan"), np.random.default_rng(0).standard_normal((4, 4)).astype("float32")
    model.export(str(tmp_path / "plain"), verbose=False)
    spec = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    model.export(tmp_path / "signed", "tf_saved_model", False, input_signature=spec)
    for name in ("plain", "signed"):
        loaded = tf.saved_model.load(str(tmp_path / name))
        assert np.abs(loaded.serve(z).numpy() - model.decode(z)).max() < 1e-5
    plain = tf.saved_model.load(str(tmp_path / "plain"))
    assert set(plain.signatures) == {"serve", "decode", "serving_default"}
    assert list(plain.signatures["serving_default"].structured_input_signature[1]) == ["latents"]


@pytest.mark.slow
@ON_TENSORFLOW
def test_a_step_in_a_loop_is_the_whole_text(tmp_path):
    import tensorflow as tf

    model, tokens = trained("lstm"), tiny.tokens()
    model.export(tmp_path / "step", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "step"))
    state = {f"{part}_{i}": np.zeros((len(tokens), 6), "float32") for i in range(2) for part in "hc"}
    before, log_probs = np.full(len(tokens), 5, "int32"), []
    for column in tokens.T:
        out = loaded.serve({"tokens": tf.constant(before), **{key: tf.constant(value) for key, value in state.items()}})
        log_probs.append(np.take_along_axis(tf.nn.log_softmax(out["logits"]).numpy(), column[:, None], axis=1)[:, 0])
        before, state = column, {key: out[f"next_{key}"].numpy() for key in state}
    np.testing.assert_allclose(np.stack(log_probs, axis=1), model.token_log_probs(tokens), atol=1e-5)


# Refusals


def test_what_cannot_be_exported_is_told_before_anything_is_written(tmp_path, monkeypatch):
    model = tiny.build("dcgan")
    with pytest.raises(ValueError, match=r"network must be one of .*decode.*; received 'encode'"):
        model.export(tmp_path / "a", network="encode")
    with pytest.raises(ValueError, match=r"format must be one of .*'keras'.*; received 'h5'"):
        model.export(tmp_path / "a", format="h5")
    with pytest.raises(ValueError, match="PatternCounts cannot be exported: none of its verbs"):
        tiny.compiled("pattern_counts").export(tmp_path / "a")
    with pytest.raises(ValueError, match=r"format must be one of .*'litert'"):
        exporting.export(model, tmp_path / "a", "tflite")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'needs onnx, tf2onnx, which is not installed: pip install "kerasgen\[export\]"'):
        exports.require("onnx", exports.PACKAGES["onnx"])
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(
        ValueError, match="'onnx' is written on TensorFlow; this process runs on jax: set KERAS_BACKEND=tensorf"
    ):
        exporting.export(model, tmp_path / "a", "onnx")
    with pytest.raises(ImportError, match="needs tensorflow, which is not installed: pip install tensorflow"):
        exporting.export(model, tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"must be a new or an empty directory; received .* which holds files"):
        exporting.export(tiny.build("dcgan"), tmp_path, "keras")
    with pytest.raises(ValueError, match="must be a directory; received the file"):
        exporting.export(tiny.build("dcgan"), tmp_path / "mine.txt", "keras")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_that_computes_something_else_is_not_kept(tmp_path, monkeypatch, eager):
    run = exports.run_keras
    monkeypatch.setitem(exports.RUN, "keras", lambda *given: {key: value + 0.01 for key, value in run(*given).items()})
    with pytest.raises(FloatingPointError, match=r"written as keras differs from the model \(decode by 1\.0e-02\)"):
        exporting.export(tiny.build("dcgan"), tmp_path / "out", "keras")
    assert not list(tmp_path.iterdir())
