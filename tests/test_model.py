"""The base class: verbs that are not offered, Keras' own call forms, and what is imported."""

import inspect
import subprocess
import sys

import keras
import pytest
import tiny

import kerasgen
from kerasgen import zoo
from kerasgen.model import VERBS, GenerativeModel, VerbNotOffered
from kerasgen.zoo.loading import find_class

MODELS = zoo.manifest()["models"]


# Verbs


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_of_a_verb_has_it(verb):
    entry = MODELS[VERBS[verb]]
    assert verb in entry["capabilities"] and callable(getattr(find_class(entry["model"]), verb))


@pytest.mark.parametrize("name", tiny.NAMES)
def test_a_verb_that_a_family_lacks_is_refused_with_the_reason(name):
    model = tiny.build(name)
    for verb in VERBS:
        if verb in model.capabilities:
            assert hasattr(model, verb)
            continue
        assert not hasattr(model, verb), verb
        with pytest.raises(VerbNotOffered) as caught:
            getattr(model, verb)
        message = str(caught.value)
        assert message.startswith(f"{type(model).__name__} has no {verb}: ")
        assert model.cannot.get(verb, "its family does not define one") in message
        assert f"It offers {', '.join(model.capabilities)}" in message and VERBS[verb] in message
        assert isinstance(caught.value, AttributeError) and isinstance(caught.value, NotImplementedError)


def test_every_capability_is_a_verb_with_words():
    for name in tiny.NAMES:
        model_class = tiny.MODELS[name].model
        assert all(callable(getattr(model_class, verb, None)) for verb in model_class.capabilities), name
        assert not set(model_class.cannot) & set(model_class.capabilities), name


def test_other_names_are_plain_attribute_errors():
    with pytest.raises(AttributeError, match=r"^'DCGAN' object has no attribute 'paint'$") as caught:
        tiny.build("dcgan").paint()
    assert not isinstance(caught.value, VerbNotOffered)


# Keras' call forms


class Seen(keras.callbacks.Callback):
    """Counts what a training does."""

    def __init__(self):
        super().__init__()
        self.epochs = self.steps = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1


@pytest.fixture
def recorder():
    model = tiny.Recorder()
    model.compile(run_eagerly=True)
    return model


def test_fit_takes_keras_arguments_by_position(recorder):
    seen = Seen()
    history = recorder.fit(tiny.points(8), None, 4, 3, 0, [seen])  # x, y, batch_size, epochs, verbose, callbacks
    assert (seen.epochs, seen.steps) == (3, 6) and len(history.epoch) == 3
    recorder.fit(tiny.points(8), None, 4, 1, 0, [])
    recorder.fit(tiny.points(8), None, 4, 1, 0, seen, 0.5)  # validation_split
    assert (seen.epochs, seen.steps) == (4, 7)


def test_evaluate_takes_keras_arguments_by_position(recorder):
    seen = []

    class Batches(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            seen.append(batch)

    recorder.evaluate(tiny.points(8), None, 2, 0, None, 3, [Batches()])  # ..., sample_weight, steps, callbacks
    assert len(seen) == 3
    assert isinstance(recorder.evaluate(tiny.points(8), batch_size=4, verbose=0, return_dict=True), dict)


def test_wrong_arguments_are_those_of_keras(recorder):
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        recorder.fit(tiny.points(8), epoch=1)
    with pytest.raises(TypeError, match="multiple values for argument 'batch_size'"):
        recorder.fit(tiny.points(8), None, 4, batch_size=2)
    assert inspect.signature(GenerativeModel.fit).parameters.keys() >= {"x", "y"}


def test_an_exact_model_takes_them_too():
    model, seen = tiny.build("pattern_counts"), Seen()
    history = model.fit(tiny.images(), None, 4, 2, 0, [seen])
    assert (seen.epochs, seen.steps) == (2, 2) and len(history.history["loss"]) == 2
    assert model.evaluate(tiny.images(), None, 4, 0) == model.evaluate(tiny.images())
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        model.fit(tiny.images(), epoch=3)
    with pytest.raises(ValueError, match=r"Arguments not recognized: \{'return_dictionary': True\}"):
        model.evaluate(tiny.images(), return_dictionary=True)
    with pytest.raises(ValueError, match=r"validation_split must be None; received 0\.5: give validation_data"):
        model.fit(tiny.images(), validation_split=0.5)


# Imports and public names


@pytest.mark.slow
def test_a_model_knows_no_data_set():
    code = "import sys, kerasgen.model; print([name for name in sys.modules if name.startswith('kerasgen.data')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_every_public_name_is_shown_and_there():
    assert dir(kerasgen) == sorted(kerasgen.__all__) and len(set(kerasgen.__all__)) == len(kerasgen.__all__)
    for name in kerasgen.__all__:
        assert getattr(kerasgen, name) is not None
    assert {"load", "train", "finetune", "tune", "evaluate", "verify", "Score", "Recipe", "ExactModel"} <= set(dir(kerasgen))
    with pytest.raises(AttributeError, match="module 'kerasgen' has no attribute 'paint'"):
        kerasgen.paint  # noqa: B018


def test_public_functions_and_classes_say_what_they_are():
    for name in kerasgen.__all__:
        public = getattr(kerasgen, name)
        assert name == "__version__" or (inspect.getdoc(public) and len(inspect.getdoc(public)) > 10), name


@pytest.mark.parametrize("package", ["data", "layers", "losses", "metrics", "callbacks", "plots", "samplers", "schedules"])
def test_packages_export_what_they_list(package):
    module = getattr(kerasgen, package)
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
