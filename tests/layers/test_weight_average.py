"""Weight averages: the formula recomputed in NumPy, calls, what files keep, and when an average starts anew."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen import noise
from kerasgen.layers import WeightAverage
from kerasgen.precision import dtype_policy
from kerasgen.steps import compiled

INPUTS = np.random.default_rng(0).standard_normal((5, 3)).astype("float32")


@pytest.fixture
def network():
    layers = [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.BatchNormalization()]
    return keras.Sequential(layers)


def random_weights(network, seed):
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.5, 2.0, w.shape).astype("float32") for w in network.weights]


def trained(average, network, steps, first=0):
    """Gives the network other weights and updates its average, step by step; returns the weights of each step."""
    course = [random_weights(network, seed) for seed in range(first, first + steps)]
    for weights in course:
        network.set_weights(weights)
        average.update()
    return course


def expected_average(course, decay):
    slow = course[0]
    for t, fast in enumerate(course[1:], start=1):
        share = min(decay, (1 + t) / (10 + t))
        slow = [share * s + (1 - share) * f for s, f in zip(slow, fast, strict=True)]
    return slow


def assert_close(these, those, tolerance=1e-5):
    for this, that in zip(these, those, strict=True):
        np.testing.assert_allclose(this, that, rtol=tolerance, atol=1e-6)


# The formula


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])  # at 0.5 the warm-up ends with the ninth update
def test_the_average_is_the_formula(network, decay):
    average = WeightAverage(network, decay)
    course = trained(average, network, steps=25)
    assert int(average.updates) == 25
    assert_close(tiny.values(average.slow), expected_average(course, decay))
    assert len(average.slow) == len(network.weights) == 6  # kernel, bias, and four of the batch normalization


def test_the_first_update_copies_whatever_stood_there(network):
    average = WeightAverage(network)
    for slow in average.slow:
        slow.assign(np.full(slow.shape, np.nan))  # what a training that diverged leaves behind
    (weights,) = trained(average, network, steps=1)
    assert_close(tiny.values(average.slow), weights, tolerance=0)


def test_a_call_uses_the_average_and_leaves_the_network_alone(network):
    average = WeightAverage(network)
    course = trained(average, network, steps=5)
    twin = keras.models.clone_model(network)
    twin.set_weights(expected_average(course, 0.999))
    names = [weight.path for weight in average.weights]
    assert_close([average(INPUTS)], [twin(INPUTS, training=False)], tolerance=1e-4)
    assert_close(network.get_weights(), course[-1], tolerance=0)
    assert [weight.path for weight in average.weights] == names  # nothing is built by calling


def test_without_an_update_the_network_speaks_for_itself(network):
    average = WeightAverage(network)
    network.set_weights(random_weights(network, 3))
    assert_close([average(INPUTS)], [network(INPUTS, training=False)], tolerance=1e-6)


def test_the_average_can_take_the_networks_place(network):
    average = WeightAverage(network)
    course = trained(average, network, steps=4)
    average.copy_to_network()
    assert_close(network.get_weights(), expected_average(course, 0.999))
    assert int(average.updates) == 0
    (weights,) = trained(average, network, steps=1, first=10)
    assert_close(tiny.values(average.slow), weights, tolerance=0)


def test_an_average_learns_nothing_and_holds_the_network_once(network):
    average = WeightAverage(network)
    assert average.trainable_variables == []
    assert len(average.weights) == 1 + len(network.weights)
    with dtype_policy("mixed_float16"):
        assert {slow.dtype for slow in WeightAverage(network).slow} == {"float32"}


# Calls, which Keras prepares for its own layers


class Scale(keras.layers.Layer):
    """Knows no `training`, and keeps the types that it has received."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")
        self.supports_masking = self.built = True

    def call(self, x, states=None, double=False):
        parts = [part for part in keras.tree.flatten((x, states)) if part is not None]
        self.received = [keras.backend.standardize_dtype(part.dtype) for part in parts]
        return (2 if double else 1) * ops.cast(self.factor, x.dtype) * x


class Holder(keras.Model):
    """A network and its average, as a model holds them; its call() is the average's."""

    def __init__(self, network):
        super().__init__()
        self.network, self.average = network, WeightAverage(network)
        self.built = True

    def call(self, x, training=False):
        return self.average(ops.cast(x, "float32"))


def test_arguments_reach_the_network_as_they_are():
    network = Scale()
    average = WeightAverage(network)
    states = [(INPUTS, np.arange(3, dtype="int32"))]
    np.testing.assert_array_equal(average(INPUTS, states), INPUTS)
    assert network.received == ["float32", "float32", "int32"]
    WeightAverage(other := Scale(autocast=False))(ops.cast(INPUTS, "bfloat16"), INPUTS)
    assert other.received == ["bfloat16", "float32"]
    np.testing.assert_array_equal(average(INPUTS, double=True), 2 * INPUTS)
    np.testing.assert_array_equal(average(INPUTS, training=True), INPUTS)  # always as outside training


def test_a_training_around_it_stays_outside():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.9), keras.layers.BatchNormalization()])
    model = Holder(network)
    before = tiny.values(model.variables)
    np.testing.assert_allclose(model(INPUTS, training=True), network(INPUTS, training=False), rtol=1e-6)
    assert_close(tiny.values(model.variables), before, tolerance=0)


@pytest.mark.parametrize("updates", [0, 3])
def test_nothing_is_rounded_unless_the_network_rounds_it(updates):
    with dtype_policy("mixed_bfloat16"):
        network = keras.Sequential([keras.Input((3,), dtype="float32"), keras.layers.Dense(2, dtype="float32")])
        model = Holder(network)
        trained(model.average, network, steps=updates)
        weights = tiny.values(model.average.slow) if updates else network.get_weights()
        exact = INPUTS @ weights[0] + weights[1]
        inside = ops.cast(ops.cast(INPUTS, "bfloat16"), "float32") @ weights[0] + weights[1]  # Keras rounds a model's inputs
        assert np.abs(ops.convert_to_numpy(inside) - exact).max() > 1e-4
        for found, expected in (
            (model.average(INPUTS), exact),
            (compiled(model.average, model)(INPUTS), exact),
            (model(INPUTS), inside),  # within a call that rounds
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_a_network_of_half_precision_computes_in_it():
    with dtype_policy("mixed_bfloat16"):
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        average = WeightAverage(network)
        trained(average, network, steps=2)
        twin = keras.models.clone_model(network)
    twin.set_weights(tiny.values(average.slow))
    found = average(INPUTS)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    np.testing.assert_array_equal(ops.cast(found, "float32"), ops.cast(twin(INPUTS), "float32"))


@pytest.mark.parametrize("pooled", [False, True])
def test_masks_are_those_of_the_network(pooled):
    tokens = np.array([[1, 2, 0], [3, 0, 0]])
    end = [keras.layers.GlobalAveragePooling1D()] if pooled else []
    network = keras.Sequential([keras.Input((None,)), keras.layers.Embedding(5, 3, mask_zero=True), *end])
    average = WeightAverage(network)
    found, expected = average(tokens), network(tokens)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    masks = [getattr(output, "_keras_mask", None) for output in (found, expected)]
    assert (masks[0] is None) == (masks[1] is None) == pooled
    if not pooled:
        np.testing.assert_array_equal(masks[0], tokens != 0)
    np.testing.assert_allclose(WeightAverage(Scale())(expected), expected)  # a mask before it troubles no one


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_compiled_calls_follow_the_average(network, jit):
    model = Holder(network)
    call = compiled(model.average, model)
    if jit and tiny.BACKEND == "tensorflow":
        import tensorflow as tf

        call = tf.function(model.average, jit_compile=True)
    for steps in (0, 1, 4):
        trained(model.average, network, steps, first=steps)
        assert_close([call(ops.convert_to_tensor(INPUTS))], [model.average(INPUTS)])


def test_the_average_can_stand_in_for_a_while(network):
    average = WeightAverage(network)
    trained(average, network, steps=3)
    with average.in_place():
        averaged = network(INPUTS, training=False)
    assert_close([averaged], [average(INPUTS)], tolerance=1e-6)


# Files


def test_an_average_that_was_not_started_takes_no_space_in_a_file(network):
    average, empty, full = WeightAverage(network), {}, {}
    average.save_own_variables(empty)
    trained(average, network, steps=1)
    average.save_own_variables(full)
    assert (len(empty), len(full)) == (0, len(average.weights))


@pytest.fixture
def gan():
    model = tiny.compiled("dcgan", run_eagerly=tiny.BACKEND == "tensorflow")
    tiny.fit(model, *tiny.batch("dcgan"))
    assert int(model.average.updates) == 2
    return model


def test_a_training_that_goes_on_keeps_its_average(gan, tmp_path):
    gan.save_weights(tmp_path / "gan.weights.h5")
    again = tiny.compiled("dcgan")
    again.load_weights(tmp_path / "gan.weights.h5")
    assert int(again.average.updates) == 2
    assert_close(tiny.values(again.average.slow), tiny.values(gan.average.slow), tolerance=0)
    for model in (gan, again):
        model.average.update()
    assert_close(tiny.values(again.average.slow), tiny.values(gan.average.slow), tolerance=0)


@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer")
def test_fine_tuning_shows_at_once(gan, tmp_path):
    tiny.stir(tiny.build("dcgan")).save_weights(tmp_path / "plain.weights.h5")
    gan.load_weights(tmp_path / "plain.weights.h5")
    assert int(gan.average.updates) == 0
    before = gan.sample(4)
    assert_close([before], [gan.generator(noise_of(gan), training=False)])
    gan.train_on_batch(*tiny.batch("dcgan"))
    assert int(gan.average.updates) == 1
    assert_close([gan.sample(4)], [gan.generator(noise_of(gan), training=False)])
    assert np.max(np.abs(gan.sample(4) - before)) > 1e-3


def noise_of(model):
    return noise.normal((model.latent_dim,), 0, 0, 4)
