"""What every model owes: configuration, saving, training, evaluation, refusals and its verbs, on each backend."""

import functools
import importlib
import inspect
import json
import pkgutil

import keras
import numpy as np
import pytest
import tiny

import kerasgen.models
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.precision import dtype_policy

EAGER = tiny.BACKEND == "tensorflow"  # TensorFlow takes two steps soonest without a graph, JAX with one
each_model = pytest.mark.parametrize("name", tiny.NAMES)
each_trained = pytest.mark.parametrize("name", tiny.TRAINED)  # by gradients
each_exact = pytest.mark.parametrize("name", tiny.EXACT)  # by counting or EM
# One for each mechanism: two players with slopes by inputs, one loss with a tokenizer, averages with noise and a bound.
MECHANISMS = ("dcgan", "lstm", "vae")
mechanisms, others = ([name for name in tiny.TRAINED if (name in MECHANISMS) == chosen] for chosen in (True, False))
each_mechanism = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) for name in mechanisms]
    + [pytest.param(name, marks=pytest.mark.release) for name in others],
)
SAMPLERS = [name for name in tiny.NAMES if "sample" in tiny.MODELS[name].model.capabilities]


@functools.cache
def shared(name):
    """A compiled model for tests that leave it as it is."""
    return tiny.compiled(name, run_eagerly=EAGER)


def assert_equal(these, those):
    for this, that in zip(these, those, strict=True):
        np.testing.assert_array_equal(this, that)


def moved(variables, before):
    return [not np.array_equal(a, b) for a, b in zip(tiny.values(variables), before, strict=True)]


def test_every_model_has_a_tiny_instance():
    found = set()
    for module in pkgutil.walk_packages(kerasgen.models.__path__, "kerasgen.models."):
        members = vars(importlib.import_module(module.name)).values()
        own = {m for m in members if inspect.isclass(m) and issubclass(m, GenerativeModel) and m.__module__ == module.name}
        found |= {m for m in own if {"train_step", "learn"} & set(vars(m))}  # what some models share has none
    assert found <= {entry.model for entry in tiny.ALL.values()}


# Configuration


@each_model
def test_config_is_the_flat_constructor_and_survives_json(name):
    with dtype_policy("mixed_bfloat16"):
        model = tiny.build(name)
    assert model.dtype_policy.name == "mixed_bfloat16"  # which is no part of the configuration
    config = json.loads(json.dumps(model.get_config()))
    for value in config.values():
        parts = value if isinstance(value, list) else [value]
        assert all(part is None or isinstance(part, (bool, int, float, str)) for part in parts)
    parameters = inspect.signature(type(model).__init__).parameters
    assert set(config) == set(parameters) - {"self", "kwargs"}
    assert not {"name", "dtype", "trainable"} & set(config)
    again = type(model).from_config(config)
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]
    assert json.loads(json.dumps(again.get_config())) == config
    assert again.dtype_policy.name == "float32"


# Saving


def load_keras_file(name, path):
    return keras.models.load_model(path / "model.keras")


def load_weights_file(name, path):
    keras.utils.set_random_seed(99)
    fresh = tiny.build(name)
    if name in tiny.TRAINED:
        fresh.compile(tiny.adams(fresh), run_eagerly=EAGER)
    fresh.load_weights(path / "model.weights.h5")
    return fresh


@each_model
def test_saved_training_continues_bit_equal(name, tmp_path):
    step = {"batch_size": tiny.COUNT}  # an epoch is one step
    model = tiny.compiled(name, run_eagerly=EAGER)
    tiny.fit(model, *tiny.batch(name), **step)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    saved = tiny.state(model)
    history = tiny.fit(model, *tiny.batch(name), **step)
    for load in (load_keras_file, load_weights_file):
        restored = load(name, tmp_path)
        assert_equal(tiny.state(restored), saved)
        assert tiny.fit(restored, *tiny.batch(name), **step) == history
        assert_equal(tiny.state(restored), tiny.state(model))


@each_trained
@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer")  # a plain file holds none
def test_weights_travel_between_plain_and_compiled_models(name, tmp_path):
    plain, compiled, again = tiny.stir(tiny.build(name)), tiny.compiled(name), tiny.build(name)
    plain.save_weights(tmp_path / "plain.weights.h5")
    compiled.set_weights([np.zeros_like(value) for value in compiled.get_weights()])
    compiled.load_weights(tmp_path / "plain.weights.h5")
    compiled.save_weights(tmp_path / "compiled.weights.h5")
    again.load_weights(tmp_path / "compiled.weights.h5")
    for model in (compiled, again):
        np.testing.assert_array_equal(tiny.use(name, model), tiny.use(name, plain))


# Training and evaluation


def two_steps(name, start, **options):
    """Losses of two steps from the random and trained state `start`, after a look at which weights moved."""
    model = tiny.compiled(name, **options)
    for variable, value in zip([*model.weights, *model.random_states()], start, strict=True):
        variable.assign(value)
    before = tiny.values(model.weights)
    history = tiny.fit(model, *tiny.batch(name))
    assert set(history) == set(model.tracked)
    assert all(np.all(np.isfinite(value)) for value in [*history.values(), *tiny.state(model)])
    assert all(moved(model.weights, before))
    assert int(model.optimizer.iterations) == 2
    return history


@each_trained
def test_two_steps_move_every_weight_compiled_or_not(name):
    model = tiny.stir(tiny.build(name))
    start = tiny.values([*model.weights, *model.random_states()])
    if tiny.BACKEND == "jax":  # there each operation on its own would be compiled: half of the time of all tests
        two_steps(name, start)
        return
    eager = two_steps(name, start, run_eagerly=True)
    assert two_steps(name, start) == {key: pytest.approx(losses, rel=1e-4) for key, losses in eager.items()}


@each_trained
def test_what_users_get_after_a_fit_comes_from_the_averaged_weights(name, tmp_path):
    """`sample` and the other verbs, `predict`, what is released and what is saved agree; in training, a network has its own."""
    model = tiny.compiled(name, run_eagerly=EAGER)
    tiny.fit(model, *tiny.batch(name))
    model.save(tmp_path / "model.keras")
    released, saved = model.averaged(), keras.models.load_model(tmp_path / "model.keras")
    for other in (released, saved):
        if hasattr(model, "tokenizer"):
            other.tokenizer = model.tokenizer
        np.testing.assert_allclose(tiny.use(name, other), tiny.use(name, model), atol=1e-5)
    inputs = tiny.call_inputs(name)
    predicted = [each.predict(inputs, verbose=0) for each in (model, released, saved)]
    for other in predicted[1:]:
        keras.tree.map_structure(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), other, predicted[0])
    if hasattr(model, "latent_dim") and not isinstance(inputs, list) and inputs.ndim == 2:  # what is called is the decoder
        decoded = model.decode(inputs)
        as_pixels = predicted[0] if model.players else np.tanh(0.5 * predicted[0])  # a VAE predicts logits
        np.testing.assert_allclose(decoded, as_pixels, atol=1e-5)
    for average in (layer for layer in model.layers if isinstance(layer, WeightAverage)):
        fast, slow = tiny.values(average.network().weights), map(keras.ops.convert_to_numpy, average.values())
        assert max(np.abs(a - b).max() for a, b in zip(fast, slow, strict=True)) > 1e-4  # two different networks


@each_mechanism
def test_two_steps_move_every_weight_under_jit(name):
    model = tiny.stir(tiny.build(name))
    two_steps(name, tiny.values([*model.weights, *model.random_states()]), jit_compile=True)


@each_model
def test_the_seed_decides_every_random_state(name):
    states = [tiny.values(tiny.build(name, seed=seed).random_states()) for seed in (7, 7, 8)]
    assert_equal(states[0], states[1])
    assert not any(np.array_equal(a, b) for a, b in zip(states[0], states[2], strict=True))


@each_mechanism
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_trains(name, policy):
    with dtype_policy(policy):
        model = tiny.compiled(name)
    before = tiny.values(model.trainable_variables)
    # Under float16 the loss scale falls first, until no gradient overflows.
    history = tiny.fit(model, *tiny.batch(name), epochs=10)
    assert np.all(np.isfinite([*history.values()]))
    assert np.mean(moved(model.trainable_variables, before)) > 0.9
    output = tiny.use(name, model)
    assert output.dtype == np.float32
    assert np.all(np.isfinite(output))


@each_exact
def test_an_exact_fit_goes_on_from_where_it_stands(name, tmp_path):
    model, data = tiny.build(name), tiny.batch(name)
    with pytest.raises(ValueError, match="has learned nothing yet"):
        tiny.use(name, model)
    history = model.fit(*data, epochs=2, validation_data=data).history
    assert set(history) == {*model.tracked, *(f"val_{key}" for key in model.tracked)}
    once, again = tiny.build(name), tiny.build(name)
    once.fit(*data)
    once.save_weights(tmp_path / "once.weights.h5")
    again.load_weights(tmp_path / "once.weights.h5")
    assert_equal(tiny.state(again), tiny.state(once))
    again.fit(*data, epochs=2, initial_epoch=1)
    assert_equal(tiny.state(again), tiny.state(model))
    assert any(not np.array_equal(a, b) for a, b in zip(tiny.state(model), tiny.state(once), strict=True))


@each_model
def test_evaluate_reports_and_changes_no_weight(name):
    model = shared(name)
    before = tiny.learned(model)
    numbers = model.evaluate(*tiny.batch(name), batch_size=4, verbose=0, return_dict=True)
    assert set(numbers) == set(model.tracked)
    assert np.all(np.isfinite([*numbers.values()]))
    assert_equal(tiny.learned(model), before)


# Refusals


def without_rows(data):
    return tuple(part[:0] for part in data)


def with_nan(data):
    broken = np.array(data[0], "float32")
    broken.flat[5] = np.nan
    return (broken, *data[1:])


def of_another_rank(data):
    return (data[0][..., 0], *data[1:])


@each_model
@pytest.mark.parametrize("damage", [without_rows, with_nan, of_another_rank])
def test_unusable_data_are_refused(name, damage):
    model, data = shared(name), damage(tiny.batch(name))
    for verb in (model.fit, model.evaluate, lambda *bad: model.fit(*tiny.batch(name), validation_data=bad)):
        with pytest.raises(ValueError, match=r"^x must be"):
            verb(*data)


@each_model
def test_data_without_a_whole_batch_are_refused(name):
    tf = pytest.importorskip("tensorflow")
    data = tiny.batch(name)
    data_set = tf.data.Dataset.from_tensor_slices(data if len(data) > 1 else data[0])
    model = shared(name)
    for verb in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="x must hold at least one batch"):
            verb(data_set.batch(100, drop_remainder=True))


@each_model
def test_the_wrong_optimizer_is_refused(name):
    model = tiny.build(name)
    single, group = keras.optimizers.Adam(), tiny.OptimizerGroup(somebody="adam")
    for wrong in [group, single] if model.players or name in tiny.EXACT else [group]:
        with pytest.raises(ValueError, match=f"optimizer of {type(model).__name__} must be") as error:
            model.compile(wrong)
        assert all(f"{player}=..." in str(error.value) for player in model.players)


# Verbs


@each_model
def test_capabilities_are_methods(name):
    model = shared(name)
    assert model.capabilities
    assert all(callable(getattr(model, verb)) for verb in model.capabilities)
    if "sample" not in model.capabilities:
        with pytest.raises(NotImplementedError, match="|".join(model.capabilities)):
            model.sample(1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sample_depends_on_its_seed_and_index_alone(name):
    model = shared(name)
    short = {"length": 40} if "length" in inspect.signature(model.sample).parameters else {}

    def sample(*args, **kwargs):
        return tiny.numbers(model.sample(*args, **short, **kwargs))

    ten = sample(10, seed=5)
    assert ten.shape[0] == 10
    assert ten.dtype in (np.float32, np.uint8)  # numbers, or bits
    np.testing.assert_allclose(sample(10, seed=5, batch_size=3), ten, atol=1e-5)
    np.testing.assert_allclose(sample(4, seed=5), ten[:4], atol=1e-5)
    np.testing.assert_allclose(sample(3, seed=5, start=6), ten[6:9], atol=1e-5)
    assert len({row.tobytes() for row in ten}) >= 9  # two texts may end at once
    assert not np.allclose(sample(10, seed=6), ten, atol=1e-3)


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "lstm"])
def test_sixteen_are_drawn_if_no_number_is_given(name):
    assert len(shared(name).sample()) == 16


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("count", value) for value in (0, -1, 10**9, 2.5, "a", True)),
        *(("seed", value) for value in (-1, 2**63, 1.0)),
        ("start", -1),
        ("batch_size", 0),
    ],
)
def test_sample_refuses_numbers_out_of_range(name, key, value):
    with pytest.raises(ValueError, match=f"^{key} must be an integer from .* to .*; received {value!r}"):
        shared(name).sample(**{"count": 1, key: value})
