"""Optimizer groups: construction, serialization, callbacks, counters and loss scales."""

import json

import keras
import numpy as np
import pytest
import tiny

from kerasgen.optimizers import OptimizerGroup
from kerasgen.precision import dtype_policy

EAGER = tiny.BACKEND == "tensorflow"
NAMES = ["generator", "discriminator"]


def compiled_duel(optimizer=None, **config):
    model = tiny.Duel(**config)
    model.compile(optimizer or tiny.adams(model, 0.5), run_eagerly=EAGER)
    return model


def rates(model):
    return {name: float(member.learning_rate) for name, member in model.optimizer.members.items()}


# Construction and serialization


def test_groups_without_or_with_shared_members_are_refused():
    with pytest.raises(ValueError, match="needs one optimizer per sub-network"):
        OptimizerGroup()
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match=r"Each of \['discriminator', 'generator'\] needs an optimizer of its own"):
        OptimizerGroup(generator=adam, discriminator=adam)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: "adam",
        lambda: keras.optimizers.Adam(),
        lambda: OptimizerGroup(generator="adam"),
        lambda: OptimizerGroup(generator="adam", critic="adam"),
        lambda: OptimizerGroup(generator="adam", discriminator="adam", critic="adam"),
    ],
)
def test_a_group_has_one_member_for_each_player(wrong):
    with pytest.raises(ValueError, match=r"optimizer of Duel must be OptimizerGroup\(generator=..., discriminator=...\)"):
        tiny.Duel().compile(wrong())


def test_members_are_optimizers_or_their_names():
    group = OptimizerGroup(generator="sgd", discriminator=keras.optimizers.Adam())
    assert isinstance(group["generator"], keras.optimizers.SGD)
    assert isinstance(group["discriminator"], keras.optimizers.Adam)
    assert group.optimizers == [group["generator"], group["discriminator"]]
    assert [member.name for member in group.optimizers] == ["generator", "discriminator"]


def test_a_group_survives_json_with_its_schedules():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100, warmup_target=0.2, warmup_steps=10)
    group = OptimizerGroup(
        generator=keras.optimizers.Adam(schedule, beta_1=0.5), discriminator=keras.optimizers.SGD(0.25, momentum=0.9)
    )
    stored = json.loads(json.dumps(keras.optimizers.serialize(group)))
    again = keras.optimizers.deserialize(stored)
    assert list(again.members) == ["generator", "discriminator"]
    assert json.loads(json.dumps(keras.optimizers.serialize(again))) == stored
    compiled_duel(again)
    again["generator"].iterations.assign(50)
    assert float(again["generator"].learning_rate) == pytest.approx(float(schedule(50)))
    assert float(again["discriminator"].learning_rate) == 0.25
    assert (again["generator"].beta_1, again["discriminator"].momentum) == (0.5, 0.9)


# In training


def test_each_member_counts_its_own_steps():
    model = compiled_duel()
    tiny.fit(model, tiny.points())
    points = keras.ops.convert_to_tensor(tiny.points())
    model.minimize(lambda: model.discriminator_loss(points), "discriminator")
    assert [int(member.iterations) for member in model.optimizer.optimizers] == [2, 3]
    assert int(model.optimizer.iterations) == 2  # the first member's


def test_members_take_their_own_kind_of_step():
    members = {"generator": keras.optimizers.SGD(0.0), "discriminator": keras.optimizers.Adam(0.01)}
    model = compiled_duel(OptimizerGroup(**members))
    before = tiny.values(model.weights)
    tiny.fit(model, tiny.points(), batch_size=tiny.COUNT)
    steps = [np.abs(new - old) for new, old in zip(tiny.values(model.weights), before, strict=True)]
    assert max(step.max() for step in steps[:4]) == 0.0
    np.testing.assert_allclose(np.concatenate([step.ravel() for step in steps[4:]]), 0.01, rtol=0.02)  # Adam's first


def test_learning_rate_schedulers_reach_every_member():
    model = compiled_duel()
    model.optimizer["discriminator"].learning_rate = 0.4
    halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = tiny.fit(model, tiny.points(), epochs=2, callbacks=halving)
    assert rates(model) == pytest.approx({"generator": 0.125, "discriminator": 0.1})
    assert history["learning_rate_generator"] == pytest.approx([0.25, 0.125])
    assert history["learning_rate_discriminator"] == pytest.approx([0.2, 0.1])


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_plateaus_reach_every_member(policy):
    with dtype_policy(policy):
        model = compiled_duel()
    never_better = keras.callbacks.ReduceLROnPlateau("generator_loss", factor=0.1, patience=1, min_delta=1e9, mode="min")
    tiny.fit(model, tiny.points(), epochs=3, callbacks=never_better)
    assert rates(model) == pytest.approx(dict.fromkeys(NAMES, 0.005))


def test_moving_averages_of_members_take_over_at_the_end():
    def trained(batches, **options):
        model = compiled_duel(OptimizerGroup(**{name: keras.optimizers.SGD(0.1, **options) for name in NAMES}))
        tiny.fit(model, np.concatenate(np.split(tiny.points(), 2)[:batches]))
        return tiny.values(model.weights)

    averages = trained(2, use_ema=True, ema_momentum=0.25)
    for average, first, second in zip(averages, trained(1), trained(2), strict=True):
        np.testing.assert_allclose(average, 0.25 * first + 0.75 * second, atol=1e-6)


# Half precision


def test_each_member_scales_its_own_loss_under_float16():
    with dtype_policy("mixed_float16"):
        model = compiled_duel()
    assert list(model.optimizer.members) == NAMES
    for name, member in model.optimizer.members.items():
        assert isinstance(member, keras.optimizers.LossScaleOptimizer)
        assert member.name == name
    scales = [member.dynamic_scale for member in model.optimizer.optimizers]
    assert scales[0] is not scales[1]
    assert not isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_losses_are_not_scaled_in_wider_formats(policy):
    with dtype_policy(policy):
        model = compiled_duel()
    assert not any(isinstance(m, keras.optimizers.LossScaleOptimizer) for m in model.optimizer.optimizers)


def test_gradients_below_float16_still_train():
    scale = 1e-9  # float16 has nothing between 0 and 6e-8
    updates = {}
    for policy in ("float32", "mixed_float16"):
        with dtype_policy(policy):
            model = tiny.Duel(scale=scale)
        model.compile(OptimizerGroup(**{name: keras.optimizers.SGD(1.0 / scale) for name in NAMES}), run_eagerly=EAGER)
        before = tiny.values(model.weights)
        tiny.fit(model, tiny.points(), batch_size=tiny.COUNT)
        updates[policy] = np.concatenate(
            [(new - old).ravel() for new, old in zip(tiny.values(model.weights), before, strict=True)]
        )
    assert np.min(np.abs(updates["float32"])) > 1e-4
    np.testing.assert_allclose(updates["mixed_float16"], updates["float32"], atol=0.02)


def test_a_loss_scale_halves_where_gradients_overflow_and_no_weight_moves():
    with dtype_policy("mixed_float16"):
        model = tiny.Duel(scale=1e9)
    model.compile(tiny.adams(model), run_eagerly=EAGER)
    before = tiny.values(model.weights)
    tiny.fit(model, tiny.points(), batch_size=tiny.COUNT)
    for value, old in zip(tiny.values(model.weights), before, strict=True):
        np.testing.assert_array_equal(value, old)
    assert [float(member.dynamic_scale) for member in model.optimizer.optimizers] == [2.0**14] * 2


def test_restored_members_go_on_under_float16(tmp_path):
    with dtype_policy("mixed_float16"):
        model, restored = compiled_duel(), compiled_duel()
    tiny.fit(model, tiny.points())
    model.save_weights(tmp_path / "duel.weights.h5")
    restored.load_weights(tmp_path / "duel.weights.h5")
    assert tiny.fit(restored, tiny.points()) == tiny.fit(model, tiny.points())


def test_the_rate_of_a_group_is_that_of_all_members():
    group = OptimizerGroup(generator=keras.optimizers.Adam(0.5), discriminator=keras.optimizers.SGD(0.5))
    assert group.learning_rate == 0.5
    group.learning_rate = 0.25
    assert [float(member.learning_rate) for member in group.optimizers] == [0.25, 0.25]
    group["generator"].learning_rate = 0.125
    with pytest.raises(
        AttributeError, match=r"different learning rates \(generator 0\.125, discriminator 0\.25\); read optimizer"
    ):
        _ = group.learning_rate
    group.learning_rate = 0.5
    assert group.learning_rate == 0.5


def test_a_number_does_not_replace_a_schedule_in_silence():
    group = OptimizerGroup(generator=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)))
    with pytest.raises(TypeError, match="learning rate of generator is a schedule"):
        group.learning_rate = 0.1
