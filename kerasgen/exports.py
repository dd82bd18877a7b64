"""Networks of a model as files for other programs: written by Keras, and run by those programs."""

import importlib.util

import keras

from kerasgen import checks

KERAS_FORMATS = ("tf_saved_model", "litert", "onnx", "openvino", "torch")
PACKAGES = {"tf_saved_model": ("tensorflow",), "onnx": ("onnx", "tf2onnx")}  # what writes a format, beside Keras


def write(networks, filepath, format="tf_saved_model", verbose=None, input_signature=None, network=None, **options):
    """Writes one of several Keras models, or all of them into a SavedModel.

    Args:
        networks: {name: `keras.Model`}.
        filepath: The file; of a SavedModel, the folder.
        format: A format of `keras.Model.export`, or "keras" for a .keras file.
        verbose, input_signature, options: As for `keras.Model.export`.
        network: Name of the network to write. None: the first, which a SavedModel serves as `serve`, beside an endpoint of its
            own name for each.

    Raises:
        ValueError: There is no such network or format.
        ImportError: A package that writes this format is not installed.
    """
    checks.one_of("format", format, (*KERAS_FORMATS, "keras"))
    if network is not None:
        networks = {network: networks[checks.one_of("network", network, tuple(networks))]}
    if keras.backend.backend() == "tensorflow":
        require(format, PACKAGES.get(format, ()))
    chosen = next(iter(networks.values()))
    if format == "keras":
        return chosen.save(filepath)
    if format != "tf_saved_model" or input_signature is not None:
        given = signature(chosen) if input_signature is None else input_signature
        return chosen.export(filepath, format, verbose=verbose, input_signature=given, **options)
    archive = keras.export.ExportArchive()
    for name, each in {"serve": chosen, **networks}.items():
        archive.track_and_add_endpoint(name, each, signature(each), **options)
    return archive.write_out(filepath, verbose=verbose is None or verbose)


def signature(network):
    """The named inputs of a network, one argument in their structure, as `ExportArchive` takes them."""
    inputs = network.input
    return [keras.tree.map_structure(lambda x: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=x.name), inputs)]


def require(format, packages):
    """Raises an ImportError that says how to install them, if packages that a format needs are absent."""
    if missing := [package for package in packages if importlib.util.find_spec(package) is None]:
        how = "pip install tensorflow" if missing == ["tensorflow"] else 'pip install "kerasgen[export]"'
        raise ImportError(f"format {format!r} needs {', '.join(missing)}, which is not installed: {how}")


# What other programs compute with such a file: {name of an output: array} of {name of an input: array}


def run_saved_model(folder, name, inputs):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))  # outlives the call of its signature
    found = loaded.signatures[name](**{key: tf.constant(value) for key, value in inputs.items()})
    return {key: value.numpy() for key, value in found.items()}


def run_litert(path, name, inputs):
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_path=str(path)).get_signature_runner("serving_default")(**inputs)


def run_onnx(path, name, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def run_keras(path, name, inputs):
    found = keras.saving.load_model(path)(inputs if len(inputs) > 1 else next(iter(inputs.values())), training=False)
    found = found if isinstance(found, dict) else {"": found}
    return {key: keras.ops.convert_to_numpy(value) for key, value in found.items()}


RUN = {"saved_model": run_saved_model, "litert": run_litert, "onnx": run_onnx, "keras": run_keras}
