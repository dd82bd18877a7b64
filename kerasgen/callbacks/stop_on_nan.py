"""Stops a training whose losses are no longer numbers."""

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
