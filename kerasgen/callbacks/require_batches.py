"""Refuses data that give no batch: Keras would return as if it had trained."""

import keras


class RequireBatches(keras.callbacks.Callback):
    """Ends a training or an evaluation with an error where an epoch, or the validation after it, has no batch.

    Raises:
        ValueError: Says which data gave no batch.
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
