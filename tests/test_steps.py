"""Training steps: gradients, what a step sees of a batch, and the end of the data."""

import random

import keras
import numpy as np
import pytest
import tiny
from keras import ops
from surroundings import random_states

from kerasgen.steps import compiled, input_gradients, seeded, value_and_gradients, value_and_input_gradients


@pytest.fixture
def recorder():
    model = tiny.Recorder()
    model.compile(keras.optimizers.SGD(), run_eagerly=True)
    return model


def test_a_step_receives_an_array_or_the_pair_given(recorder):
    x, y = tiny.points(2), np.arange(2)
    for verb in (recorder.fit, recorder.evaluate):
        verb(x, verbose=0)
        verb(x, y, verbose=0)
    recorder.train_on_batch(x)
    recorder.train_on_batch(x, y)
    recorder.test_on_batch(x)
    recorder.test_on_batch(x, y)
    assert [isinstance(batch, tuple) and len(batch) for batch in recorder.received] == [False, 2] * 4
    for batch in recorder.received:
        images = batch[0] if isinstance(batch, tuple) else batch
        np.testing.assert_array_equal(np.sort(images, axis=0), np.sort(x, axis=0))  # fit shuffles


def test_values_and_gradients_are_those_of_calculus(recorder):
    counter = recorder.add_weight(shape=(), initializer="zeros", trainable=False, name="counter")
    recorder.weight.assign(3.0)

    def cube():
        counter.assign_add(1.0)
        return recorder.weight * recorder.weight * recorder.weight

    value, (gradient,) = value_and_gradients(cube, [recorder.weight], recorder)
    assert float(value) == 27.0
    assert float(gradient) == pytest.approx(27.0)  # 3 w^2
    assert float(counter) == 1.0  # what the loss does to other variables stays


def test_input_gradients_are_those_of_calculus_and_nest(recorder):
    x = tiny.points()
    np.testing.assert_allclose(input_gradients(lambda v: v**3, x, recorder), 3 * x**2, rtol=1e-5)
    cubes, slopes = value_and_input_gradients(lambda v: v**3, x, recorder)
    np.testing.assert_allclose(cubes, x**3, rtol=1e-5)
    np.testing.assert_allclose(slopes, 3 * x**2, rtol=1e-5)
    recorder.weight.assign(2.0)

    def penalty():  # sum of (d(w x^3)/dx)^2 = w^2 sum 9 x^4
        return ops.sum(ops.square(input_gradients(lambda v: recorder.weight * v**3, x, recorder)))

    value, (gradient,) = value_and_gradients(penalty, [recorder.weight], recorder)
    assert float(value) == pytest.approx(4 * np.sum(9 * x**4), rel=1e-5)
    assert float(gradient) == pytest.approx(4 * np.sum(9 * x**4), rel=1e-5)  # 2 w sum 9 x^4


def compiled_duel(learning_rate=1e-2, **options):
    model = tiny.Duel()
    model.compile(tiny.adams(model, learning_rate), **options)
    return model


@pytest.mark.parametrize("player", tiny.Duel.players)
def test_minimize_moves_one_player_alone(player):
    model = compiled_duel(run_eagerly=True)
    networks = {name: getattr(model, name) for name in model.players}
    before = {name: tiny.values(network.weights) for name, network in networks.items()}
    model.minimize(lambda: getattr(model, f"{player}_loss")(ops.convert_to_tensor(tiny.points())), player)
    for name, network in networks.items():
        moved = [not np.array_equal(a, b) for a, b in zip(tiny.values(network.weights), before[name], strict=True)]
        assert moved == [name == player] * len(moved)
        assert int(model.optimizer[name].iterations) == (name == player)


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_graphs_take_the_steps_of_eager_code(jit):
    eager, graph = compiled_duel(run_eagerly=True), compiled_duel(jit_compile=jit)
    losses = [tiny.fit(model, tiny.points(), epochs=3) for model in (eager, graph)]
    for name in tiny.Duel.tracked:
        assert losses[1][name] == pytest.approx(losses[0][name], rel=1e-5)
    for a, b in zip(eager.get_weights(), graph.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_validation_numbers_stand_beside_those_of_training():
    model = compiled_duel(run_eagerly=True)
    history = tiny.fit(model, tiny.points(), validation_data=tiny.points())
    assert set(history) == {*model.tracked, *(f"val_{name}" for name in model.tracked)}
    evaluated = model.evaluate(tiny.points(), batch_size=4, verbose=0, return_dict=True)
    assert evaluated == {name: pytest.approx(history[f"val_{name}"][-1], rel=1e-5) for name in model.tracked}


# The end of the data


def data_set(make_batches):
    """A tf.data.Dataset that does not know its length."""
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_generator(make_batches, output_signature=tf.TensorSpec((None, 3), "float32"))


def used_up(count):
    """A data set whose batches come once only."""
    batches = iter([tiny.points()] * count)
    return data_set(lambda: batches)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_no_step_is_counted_after_the_last_batch():
    batches = np.split(tiny.points(), 2)
    known, unknown = compiled_duel(), compiled_duel()
    history = tiny.fit(known, tiny.points(), epochs=2)
    assert unknown.fit(data_set(lambda: iter(batches)), epochs=2, shuffle=False, verbose=0).history == history
    assert int(unknown.optimizer["generator"].iterations) == int(unknown.optimizer["discriminator"].iterations) == 4
    evaluated = unknown.evaluate(data_set(lambda: iter(batches)), verbose=0)
    assert evaluated == pytest.approx(known.evaluate(tiny.points(), batch_size=4, verbose=0), rel=1e-6)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("batches", [0, 4])
def test_training_without_a_batch_is_refused(batches):
    with pytest.raises(ValueError, match=r"x must hold at least one batch|x gave no batch in epoch"):
        compiled_duel(run_eagerly=True).fit(used_up(batches), epochs=2, shuffle=False, verbose=0)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_validation_without_a_batch_is_refused():
    with pytest.raises(ValueError, match="validation_data gave no batch in epoch 0"):
        tiny.fit(compiled_duel(), tiny.points(), validation_data=used_up(1))


@pytest.mark.skipif(tiny.BACKEND == "jax", reason="Keras loses the model's weights where an evaluation has no batch")
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_evaluation_without_a_batch_is_refused():
    with pytest.raises(ValueError, match="x gave no batch"):
        compiled_duel().evaluate(used_up(1), verbose=0)


def test_few_numbers_of_rows_are_compiled(recorder):
    traced = []

    def twice(x, pair):
        traced.append(x.shape[0])
        return 2.0 * x, [pair[0] + recorder.weight]

    call = compiled(twice, recorder)
    for count in (1, 2, 3, 5, 6, 7, 8, 13, 3):
        x = np.arange(2.0 * count, dtype="float32").reshape(count, 2)
        doubled, (moved,) = call(x, (x[:, 0],))
        np.testing.assert_allclose(doubled, 2 * x)
        np.testing.assert_allclose(moved, x[:, 0] + float(recorder.weight))
    assert traced == [None] if tiny.BACKEND == "tensorflow" else traced == [1, 2, 4, 8, 16]


# Random states


@pytest.mark.parametrize("deterministic", [False, True])
def test_global_generators_start_from_the_seed_and_go_on_afterwards(deterministic):
    def numbers():
        return [random.random(), np.random.rand(), float(keras.random.uniform(()))]

    before = random_states()
    with seeded(5, deterministic):
        first = numbers()
        assert random_states()["determinism"] in (deterministic and tiny.BACKEND == "tensorflow", None)
    assert random_states() == before
    expected = numbers()
    with pytest.raises(RuntimeError), seeded(5, deterministic):
        assert numbers() == first
        raise RuntimeError
    keras.utils.set_random_seed(0)  # as before every test
    assert numbers() == expected
