"""Batches whose order is a function of (seed, epoch, step)."""

import concurrent.futures

import keras
import numpy as np
import pytest
import tiny

from kerasgen.data import Batches, to_float_images
from kerasgen.data.batches import GroupedBatches

POINTS = np.arange(22)


def epochs(batches, count):
    """The examples of each of the next epochs, as lists of batches."""
    seen = []
    for _ in range(count):
        batches.on_epoch_begin()
        seen.append([batches[step].tolist() for step in range(len(batches))])
        batches.on_epoch_end()
    return seen


def order_of_pass(seed, number):
    return np.random.Generator(np.random.Philox(key=[seed, number])).permutation(len(POINTS))


def test_an_epoch_is_one_pass_in_the_order_of_its_seed_and_number():
    first, second = epochs(Batches(POINTS, 4, seed=3), 2)
    assert len(first) == 5  # the rest of two examples is left out
    assert np.concatenate(first).tolist() == order_of_pass(3, 0)[:20].tolist()
    assert np.concatenate(second).tolist() == order_of_pass(3, 1)[:20].tolist()
    assert first != second
    assert first != epochs(Batches(POINTS, 4, seed=4), 1)[0]


@pytest.mark.parametrize("steps_per_epoch", [1, 3, 11, 24])
def test_passes_cover_every_example_once_wherever_epochs_end(steps_per_epoch):
    batches = Batches(POINTS, 2, seed=1, steps_per_epoch=steps_per_epoch)
    assert len(batches) == steps_per_epoch
    stream = np.concatenate(np.concatenate(epochs(batches, 33)))
    passes = stream[: len(stream) // 22 * 22].reshape(-1, 22)
    assert len(passes) >= 3
    for number, examples in enumerate(passes):
        assert sorted(examples) == POINTS.tolist()
        assert examples.tolist() == order_of_pass(1, number).tolist()


@pytest.mark.parametrize("steps_per_epoch", [None, 3])
def test_a_resumed_run_sees_what_it_would_have_seen(steps_per_epoch):
    whole = epochs(Batches(POINTS, 4, seed=9, steps_per_epoch=steps_per_epoch), 6)
    resumed = epochs(Batches(POINTS, 4, seed=9, steps_per_epoch=steps_per_epoch, first_epoch=4), 2)
    assert resumed == whole[4:]


def test_steps_may_be_asked_for_in_any_order():
    batches = Batches(POINTS, 4, seed=2, steps_per_epoch=12)
    forwards = [batches[step].tolist() for step in range(12)]
    assert [batches[step].tolist() for step in reversed(range(12))] == forwards[::-1]


def test_workers_may_ask_at_once():
    batches = Batches(POINTS, 4, seed=2, steps_per_epoch=2000)  # 400 passes
    one_by_one = [batches[step].tolist() for step in range(2000)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert [batch.tolist() for batch in pool.map(batches.__getitem__, range(2000))] == one_by_one


@pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="tf.data is TensorFlow's")
def test_keras_feeds_them_without_the_tuning_thread_that_ends_of_epochs_wait_for():
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    options = PyDatasetAdapter(Batches(POINTS, 4)).get_tf_dataset().options()
    assert options.autotune.enabled is False  # None, tf.data's default, is as good as True


def test_arrays_stay_aligned_and_the_first_is_prepared():
    images = np.arange(10, dtype="uint8").reshape(10, 1, 1, 1)
    batches = Batches((images, np.arange(10)), 5, seed=0, prepare=to_float_images)
    for step in range(2):
        floats, labels = batches[step]
        assert floats.dtype == np.float32
        np.testing.assert_allclose(127.5 * (floats.ravel() + 1), labels, atol=1e-4)


@pytest.mark.parametrize("batch_size", [23, 0, -1])
def test_a_batch_holds_one_to_all_examples(batch_size):
    with pytest.raises(ValueError, match=f"batch_size must be .*22; received {batch_size}"):
        Batches(POINTS, batch_size)
    assert len(Batches(POINTS, 22)) == 1


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"arrays must .* received 22, 21"):
        Batches((POINTS, POINTS[1:]), 4)


def test_keras_trains_in_that_order_for_several_epochs():
    expected = np.concatenate([order_of_pass(5, number)[:20] for number in range(4)]).reshape(-1, 4)
    model = tiny.Recorder()
    model.compile(keras.optimizers.SGD(), run_eagerly=True)
    model.fit(Batches(POINTS, 4, seed=5), epochs=3, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.received, expected[:15])
    model.fit(Batches(POINTS, 4, seed=5, first_epoch=3), epochs=4, initial_epoch=3, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.received[15:], expected[15:])


# Groups of similar sizes


def grouped(**more):
    """Batches of four of a hundred examples; those of sizes 1 to 10 have ten each."""
    sizes = np.tile(np.arange(1, 11), 10)
    given = {"seed": 1, "steps_per_epoch": 20, "prepare": lambda numbers, size: (sizes[numbers], size), "groups": 5, **more}
    return GroupedBatches(sizes, 4, **given)


def test_groups_join_one_after_another_and_the_newest_is_seen_most():
    batches = grouped(pace=10)
    largest = [batches[i][0].max() for i in range(20)]
    assert max(largest[:10]) <= 4 and 4 < max(largest[10:]) <= 6
    newest = [batches[i][0].min() for i in range(11, 20, 2)]
    assert all(size >= 5 for size in newest)
    batches.epoch = 2
    assert {(batches[i][0].min() - 1) // 2 for i in range(10)} == set(range(5))


def test_a_batch_is_of_one_group_and_told_a_size_that_none_exceeds():
    batches = grouped()
    for i in range(20):
        sizes, most = batches[i]
        assert sizes.max() - sizes.min() <= 1 and sizes.max() <= most
        assert most == 10 if i == 1 else most - sizes.max() <= 1
    assert batches[0][1] != batches[1][1]  # the first two, by which Keras judges
    assert len(batches.examples()[0]) == 100


def test_draws_depend_on_seed_epoch_and_step_alone():
    later = grouped()
    later.epoch = 1
    drawn = [np.concatenate([batches[i][0] for i in range(10)]) for batches in (grouped(), grouped(), later, grouped(seed=2))]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2]) and not np.array_equal(drawn[0], drawn[3])
