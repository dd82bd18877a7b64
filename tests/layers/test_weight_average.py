"""Weight averages: the formula recomputed in NumPy, what files keep, and when an average starts anew."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen import noise
from kerasgen.layers import WeightAverage
from kerasgen.precision import built_in

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


def test_apply_uses_the_average_and_leaves_the_network_alone(network):
    average = WeightAverage(network)
    course = trained(average, network, steps=5)
    twin = keras.models.clone_model(network)
    twin.set_weights(expected_average(course, 0.999))
    assert_close([average.apply(INPUTS)], [twin(INPUTS, training=False)], tolerance=1e-4)
    assert_close(network.get_weights(), course[-1], tolerance=0)


def test_without_an_update_the_network_speaks_for_itself(network):
    average = WeightAverage(network)
    network.set_weights(random_weights(network, 3))
    assert_close([average.apply(INPUTS)], [network(INPUTS, training=False)], tolerance=1e-6)


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
    with built_in("mixed_float16"):
        assert {slow.dtype for slow in WeightAverage(network).slow} == {"float32"}


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
