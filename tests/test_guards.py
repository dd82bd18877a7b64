"""What `fit` always watches: a loss that is no number, and data that give no batch."""

import re

import keras
import numpy as np
import pytest
import tiny

from kerasgen.guards import RequireBatches, StopOnNaN


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("nan")])
def test_every_value_is_looked_at(bad):
    callback = StopOnNaN()
    callback.on_epoch_begin(4)
    callback.on_train_batch_end(0, {"loss": 1.0, "kl": 0.0})
    callback.on_train_batch_end(1, None)
    message = f"epoch 4, step 7: kl = {float(bad)}, accuracy = nan."
    with pytest.raises(FloatingPointError, match=re.escape(message)):
        callback.on_train_batch_end(7, {"loss": 1.0, "kl": bad, "accuracy": np.nan})


class Steps(keras.callbacks.Callback):
    """Counts the steps that began."""

    count = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.count += 1


def test_a_model_with_two_players_stops_within_the_step():
    model, steps = tiny.Duel(), Steps()
    model.compile(tiny.adams(model), run_eagerly=tiny.BACKEND == "tensorflow")
    model.discriminator.weights[-1].assign([np.nan])
    with pytest.raises(FloatingPointError, match="epoch 0, step 0: discriminator_loss = nan, generator_loss = nan"):
        tiny.fit(model, tiny.points(), epochs=3, callbacks=steps)
    assert steps.count == 1


def test_a_training_that_diverges_is_stopped():
    model = tiny.Duel(scale=1e30)
    members = {player: keras.optimizers.SGD(1e10) for player in model.players}
    model.compile(tiny.OptimizerGroup(**members), run_eagerly=tiny.BACKEND == "tensorflow")
    with pytest.raises(FloatingPointError, match=r"generator_loss = (nan|inf)"):
        tiny.fit(model, tiny.points(), epochs=20, callbacks=[Steps()])


# Broken off


class Raise(keras.callbacks.Callback):
    """Ends a training with an error after its second step."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            raise self.error


def broken_off(model, how):
    """What `fit` is given, once something has been prepared that ends it."""
    error = KeyboardInterrupt() if how == "Ctrl-C" else RuntimeError("broken")
    if how == "an error while the step is traced":

        def discriminator_loss(points):
            raise error

        model.discriminator_loss = discriminator_loss
        return {}
    if how == "an error within the step":
        model.make_train_function()
        step = model.train_function

        def train_function(*args):
            step(*args)  # which has given its memory away
            raise error

        model.train_function = train_function
        return {}
    return {"callbacks": Raise(error)}


@pytest.mark.parametrize(
    "how", ["Ctrl-C", "an error of a callback", "an error while the step is traced", "an error within the step"]
)
def test_a_fit_that_was_broken_off_leaves_a_model_that_can_be_used(how):
    model = tiny.Duel()
    model.compile(tiny.adams(model), run_eagerly=tiny.BACKEND == "tensorflow")
    before = tiny.values([*model.weights, *model.optimizer.variables])
    with pytest.raises(BaseException, match="^$" if how == "Ctrl-C" else "broken"):
        tiny.fit(model, tiny.points(), **broken_off(model, how))
    vars(model).pop("discriminator_loss", None)
    after = tiny.values([*model.weights, *model.optimizer.variables])
    assert all(np.all(np.isfinite(value)) for value in after)
    moved = how in ("Ctrl-C", "an error of a callback") or (tiny.BACKEND == "tensorflow" and how == "an error within the step")
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True)) != moved
    model.train_function = None
    assert all(np.isfinite(losses).all() for losses in tiny.fit(model, tiny.points()).values())


# No batch


def test_an_epoch_without_a_batch_ends_the_training():
    guard = RequireBatches()
    guard.on_epoch_begin(0)
    guard.on_train_batch_end(0)
    guard.on_epoch_end(0)
    guard.on_epoch_begin(1)
    with pytest.raises(ValueError, match=r"^x gave no batch in epoch 1\. Is batch_size larger than the data, or an iterator"):
        guard.on_epoch_end(1)


def test_validation_and_evaluation_without_a_batch():
    guard = RequireBatches()
    guard.on_test_begin()
    with pytest.raises(ValueError, match=r"^x gave no batch\."):  # outside a training it is x that is measured
        guard.on_test_end()
    guard.on_epoch_begin(3)
    guard.on_train_batch_end(0)
    guard.on_test_begin()
    with pytest.raises(ValueError, match=r"^validation_data gave no batch in epoch 3\."):
        guard.on_test_end()
    guard.on_test_begin()
    guard.on_test_batch_end(0)
    guard.on_test_end()
