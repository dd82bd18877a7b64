"""Learning rates of optimizers: read, scaled with their schedules, and made constant."""

import keras
import numpy as np
import pytest
from keras.optimizers import schedules

from kerasgen.optimizers import OptimizerGroup
from kerasgen.rates import constant_rate, highest_rate, highest_rates, with_rates
from kerasgen.schedules import half_cosine


def group():
    return OptimizerGroup(
        generator=keras.optimizers.Adam(schedules.CosineDecay(1e-3, 100, alpha=0.01), beta_1=0.5),
        discriminator=keras.optimizers.SGD(5e-3, momentum=0.25),
    )


def serialized(schedule):
    return keras.optimizers.schedules.serialize(schedule)


# Read


@pytest.mark.parametrize(
    ("schedule", "highest"),
    [
        (schedules.CosineDecay(2e-3, 100), 2e-3),
        (schedules.CosineDecay(0.0, 100, warmup_target=4e-3, warmup_steps=10), 4e-3),
        (schedules.PolynomialDecay(1e-3, 100, end_learning_rate=5e-3), 5e-3),
        (schedules.ExponentialDecay(1e-2, 100, 0.5), 1e-2),
        (half_cosine(3e-3, 100, final=0.01, warmup=5), 3e-3),
    ],
)
def test_the_highest_rate_of_a_schedule(schedule, highest):
    assert highest_rate(serialized(schedule)) == pytest.approx(highest)
    assert highest_rate(serialized(schedule)) >= max(float(schedule(step)) for step in range(0, 101)) * 0.999


def test_a_number_is_its_own_highest_rate():
    assert highest_rate(0.25) == 0.25 and type(highest_rate(np.float32(0.25))) is float


def test_other_schedules_are_tried_within_the_steps_of_their_training():
    steps = serialized(schedules.PiecewiseConstantDecay([10, 20], [1.0, 4.0, 0.5]))
    assert highest_rate(steps, steps=100) == 4.0 and highest_rate(steps, steps=5) == 1.0
    with pytest.raises(ValueError, match=r"learning rate of a PiecewiseConstantDecay cannot be searched: give .* an `apply`"):
        highest_rate(steps)
    assert steps["config"]["values"] == [1.0, 4.0, 0.5]  # untouched


# Scaled


def test_rates_are_changed_and_nothing_else():
    before = group()
    assert highest_rates(before) == pytest.approx({"generator.learning_rate": 1e-3, "discriminator.learning_rate": 5e-3})
    after = with_rates(before, {"generator.learning_rate": 2e-3})
    assert highest_rates(after) == pytest.approx({"generator.learning_rate": 2e-3, "discriminator.learning_rate": 5e-3})
    assert (after["generator"].beta_1, after["discriminator"].momentum) == (0.5, 0.25)
    for step in (0, 50, 100):
        old, new = (each.get_config()["generator"]["config"]["learning_rate"] for each in (before, after))
        old, new = (float(keras.optimizers.schedules.deserialize(each)(step)) for each in (old, new))
        assert new == pytest.approx(2 * old)  # the schedule keeps its shape


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.CosineDecay(0.0, 100, warmup_target=1e-2, warmup_steps=10),
        schedules.PolynomialDecay(1e-2, 100, end_learning_rate=1e-3),
        schedules.ExponentialDecay(1e-2, 100, 0.5),
    ],
)
def test_schedules_keep_their_shape(schedule):
    changed = with_rates(keras.optimizers.Adam(schedule), {"learning_rate": 3e-2})
    new = keras.optimizers.schedules.deserialize(changed.get_config()["learning_rate"])
    assert [float(new(step)) for step in (0, 5, 60)] == pytest.approx([3 * float(schedule(step)) for step in (0, 5, 60)])


def test_a_constant_is_replaced():
    assert highest_rates(with_rates(keras.optimizers.SGD(0.5, momentum=0.25), {"learning_rate": 0.125})) == {
        "learning_rate": 0.125
    }


def test_rates_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match=r"one of generator\.learning_rate, .*; received learning_rate\."):
        with_rates(group(), {"learning_rate": 1.0})
    steps = keras.optimizers.Adam(schedules.PiecewiseConstantDecay([1], [1.0, 0.5]))
    with pytest.raises(ValueError, match="PiecewiseConstantDecay cannot be searched: give the search an `apply`"):
        highest_rates(steps)


# Made constant


def test_every_member_gets_the_rate_that_is_chosen_for_its_own():
    before, asked = keras.optimizers.serialize(group()), []

    def choose(rate):
        asked.append(rate if isinstance(rate, float) else rate["class_name"])
        return highest_rate(rate) / 2

    after, rates = constant_rate(before, choose)
    assert rates == pytest.approx({"generator": 5e-4, "discriminator": 2.5e-3})
    assert asked[0] == "CosineDecay" and asked[1] == pytest.approx(5e-3)
    found = keras.saving.deserialize_keras_object(after)
    assert float(found["generator"].learning_rate) == pytest.approx(5e-4) and found["generator"].beta_1 == 0.5
    assert float(found["discriminator"].learning_rate) == pytest.approx(2.5e-3) and found["discriminator"].momentum == 0.25
    assert before == keras.optimizers.serialize(group())  # untouched


def test_one_optimizer_is_the_models():
    adam = keras.optimizers.serialize(keras.optimizers.Adam(schedules.CosineDecay(1e-3, 10), global_clipnorm=1.0))
    after, rates = constant_rate(adam, lambda rate: 0.5)
    assert rates == {"model": 0.5}
    assert keras.saving.deserialize_keras_object(after).global_clipnorm == 1.0
