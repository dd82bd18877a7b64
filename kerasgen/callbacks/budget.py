"""Ends a training that has used up its steps or its time; its last epoch still ends as epochs do."""

import time

import keras


class Budget(keras.callbacks.Callback):
    """Stops `fit` after a number of steps, or after the step in which the time runs out.

    Args:
        steps: Most steps; None for no limit.
        seconds: Most seconds, including validation; None for no limit.
        steps_before, seconds_before: What an earlier part of the training has used.
    """

    def __init__(self, steps=None, seconds=None, steps_before=0, seconds_before=0.0):
        super().__init__()
        self.steps, self.seconds = steps, seconds
        self.steps_taken = steps_before
        self.started = time.monotonic() - seconds_before

    @property
    def share(self):
        """How much is spent, in [0, 1]."""
        spent = [0.0]
        if self.steps is not None:
            spent.append(self.steps_taken / self.steps)
        if self.seconds is not None:
            spent.append((time.monotonic() - self.started) / self.seconds)
        return min(1.0, max(spent))

    @property
    def is_spent(self):
        return self.share >= 1.0

    def on_train_batch_end(self, batch, logs=None):
        self.steps_taken += 1
        if self.is_spent:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        if self.is_spent:  # the validation took the rest of the time
            self.model.stop_training = True
