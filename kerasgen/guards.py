"""What `fit` always watches for: data that yield no batch, and losses that are not finite. Keras would carry on silently."""

import keras
import numpy as np


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
