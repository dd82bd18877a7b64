"""A training that has spent its steps or its time ends, and its last epoch ends as epochs do."""

import keras
import pytest
import tiny

from kerasgen.callbacks import Budget


class Epochs(keras.callbacks.Callback):
    """Counts batches and notes where epochs end."""

    def __init__(self):
        super().__init__()
        self.steps, self.ends = 0, []

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(self.steps)


def trained(budget):
    model, epochs = tiny.Recorder(), Epochs()
    model.compile(run_eagerly=True)
    model.fit(tiny.points(6), batch_size=2, epochs=9, verbose=0, callbacks=[epochs, budget])  # three steps an epoch
    return epochs.ends


def test_steps():
    assert trained(Budget(steps=7)) == [3, 6, 7]
    assert trained(Budget(steps=6)) == [3, 6]
    assert trained(Budget(steps=7, steps_before=5)) == [2]
    assert len(trained(Budget())) == 9


def test_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("kerasgen.callbacks.budget.time.monotonic", lambda: now[0])
    budget = Budget(seconds=60, seconds_before=15)
    assert budget.share == pytest.approx(0.25) and not budget.is_spent
    now[0] = 45.0
    assert budget.is_spent and trained(budget) == [1]
