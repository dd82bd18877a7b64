"""What `fit` always watches for: data that yield no batch or do not fit, and losses that are not finite.

Keras would carry on silently.
"""

import contextlib
import inspect

import keras
import numpy as np


def refuse_weights(given):
    """Raises a ValueError if the arguments {name: value} of `fit` or `evaluate` weigh examples or classes."""
    for name in ("sample_weight", "class_weight"):
        if given.get(name) is not None:
            raise ValueError(
                f"{name} must be None: every example counts alike in the losses of this package; received a "
                f"{type(given[name]).__name__}. Repeat examples, or leave some out, instead."
            )


def watch_batches(x, check):
    """(data like `x` whose batches go through `check` as they come, a context that turns its error into that of `fit`).

    Args:
        x: What `fit` takes. Arrays are returned as they are: they have been checked as a whole.
        check: Function of a batch (an array, or a tuple of arrays) that raises a ValueError.
    """
    errors = []

    def look(batch):
        try:
            check(batch)
        except ValueError as error:
            errors.append(error)
            raise

    @contextlib.contextmanager
    def told():
        try:
            yield
        except Exception:  # a pipeline wraps what its functions raise into an error of its own
            if not errors:
                raise
            raise ValueError(f"{errors[0]} This is in a batch after the first.") from None

    if hasattr(x, "as_numpy_iterator"):
        x = _watched_pipeline(x, look)
    elif isinstance(x, keras.utils.PyDataset):
        x = WatchedDataset(x, look)
    return x, told()


def _watched_pipeline(dataset, look):
    """A tf.data pipeline whose batches are looked at."""
    import tensorflow as tf

    def seen(*batch):
        def call(*parts):
            look(parts if len(parts) > 1 else parts[0])
            return np.True_

        parts = tf.nest.flatten(batch)
        with tf.control_dependencies([tf.numpy_function(call, parts, tf.bool)]):
            batch = tf.nest.map_structure(tf.identity, batch)
        return batch if len(batch) > 1 else batch[0]

    return dataset.map(seen)


class WatchedDataset(keras.utils.PyDataset):
    """Another `PyDataset`, each of whose batches is looked at."""

    def __init__(self, dataset, look):
        super().__init__(dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size)
        self.dataset, self.look = dataset, look

    @property
    def num_batches(self):
        return self.dataset.num_batches

    def __getitem__(self, index):
        batch = self.dataset[index]
        self.look(batch)
        return batch

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()


class StopOnNaN(keras.callbacks.Callback):
    """Ends the training with an error as soon as any tracked value is NaN or infinite.

    Keras' own TerminateOnNaN looks at `loss` alone, which a model with two players does not have, and returns silently.

    Raises:
        FloatingPointError: Names the value, the epoch and the step.
    """

    def __init__(self):
        super().__init__()
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        broken = {name: float(value) for name, value in (logs or {}).items() if not np.isfinite(value)}
        if broken:
            values = ", ".join(f"{name} = {value}" for name, value in broken.items())
            raise FloatingPointError(
                f"Training stopped in epoch {self.epoch}, step {batch}: {values}. A lower learning rate, or float32 in place "
                "of float16, is the usual cure; the last good checkpoint is kept."
            )


class RequireBatches(keras.callbacks.Callback):
    """Ends a training or an evaluation with an error if an epoch, or the validation after it, has no batch.

    Raises:
        ValueError: Says which data yielded no batch.
    """

    def __init__(self):
        super().__init__()
        self.epoch = None
        self.batches = self.test_batches = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.batches = epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1

    def on_epoch_end(self, epoch, logs=None):
        self._require(self.batches, f"x gave no batch in epoch {epoch}")

    def on_test_begin(self, logs=None):
        self.test_batches = 0

    def on_test_batch_end(self, batch, logs=None):
        self.test_batches += 1

    def on_test_end(self, logs=None):
        what = "x gave no batch" if self.epoch is None else f"validation_data gave no batch in epoch {self.epoch}"
        self._require(self.test_batches, what)

    def _require(self, batches, what):
        if not batches:
            raise ValueError(f"{what}. Is batch_size larger than the data, or an iterator used up?")


def listed(callbacks):
    """Callbacks as a list: none, one or several."""
    return [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else list(callbacks or ())


def watched(callbacks):
    """The callbacks, and the guards of every training. What stops on NaN goes first: no other keeps a broken model."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks  # the caller has taken everything into their own hands
    callbacks = listed(callbacks)
    guards = [callback for callback in callbacks if isinstance(callback, StopOnNaN)]
    others = [callback for callback in callbacks if not isinstance(callback, StopOnNaN)]
    return [*(guards or [StopOnNaN()]), RequireBatches(), *others]


def first_batch(x, y=None):
    """Returns (x, y) as NumPy arrays: all of it where arrays are given, else the first batch of the data set.

    Raises:
        ValueError: There is none.
    """
    if hasattr(x, "as_numpy_iterator"):  # tf.data.Dataset
        batch = next(iter(x.take(1).as_numpy_iterator()), None)
    elif isinstance(x, keras.utils.PyDataset):
        batch = x[0] if x.num_batches != 0 else None
    elif inspect.isgenerator(x):
        raise ValueError("x must be arrays, a tf.data.Dataset or a keras PyDataset; received a generator, which ends for good.")
    else:
        return x, y
    if batch is None:
        raise ValueError("x must hold at least one batch; received an empty data set (is its batch larger than the data?).")
    return parts_of(batch) if isinstance(batch, tuple) else (batch, y)


def parts_of(batch):
    """A batch, or `validation_data`, as (x, y); y is None if there is none.

    Raises:
        ValueError: There are weights, too.
    """
    if not isinstance(batch, (tuple, list)):
        return batch, None
    x, y, *weights = (*batch, None)[: max(2, len(batch))]
    if any(part is not None for part in weights):
        raise ValueError(f"A batch must be x, or (x, y): no model of this package takes weights; received {len(batch)} parts.")
    return x, y
