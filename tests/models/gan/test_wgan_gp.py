"""WGANGP: the penalty of critics whose slope is known, the Wasserstein distance of two points, and who steps how often."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.gan.wgan_gp import WGANGP

IMAGES = tiny.images()


def linear_critic(direction):
    network = keras.Sequential([keras.Input(tiny.IMAGE_SHAPE), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)])
    network.set_weights([np.asarray(direction, "float32").reshape(-1, 1)])
    return network


@pytest.mark.parametrize("slope", [1.0, 0.0, 0.3, 2.5])
def test_the_penalty_of_a_linear_critic_is_its_slopes_distance_from_one(slope):
    model = tiny.build("wgan_gp")
    direction = np.random.default_rng(2).standard_normal(np.prod(tiny.IMAGE_SHAPE))
    model.discriminator = linear_critic(slope * direction / np.linalg.norm(direction))
    expected = (slope - 1) ** 2  # zero for a critic of unit slope
    assert float(model.slope_penalty(ops.convert_to_tensor(IMAGES))) == pytest.approx(expected, abs=1e-5)


def test_the_unit_critic_along_their_difference_measures_the_distance_of_two_points():
    model = tiny.build("wgan_gp", augment=())
    real, fake = IMAGES[:1].repeat(4, axis=0), IMAGES[1:2].repeat(4, axis=0)
    difference = (real[0] - fake[0]).ravel()
    model.discriminator = linear_critic(difference / np.linalg.norm(difference))
    model.fakes_like = lambda images, training: ops.convert_to_tensor(fake)
    loss = float(model.discriminator_loss(ops.convert_to_tensor(real), training=True))
    logs = {name: float(value) for name, value in model.logs().items()}
    assert logs["distance"] == pytest.approx(np.linalg.norm(difference), rel=1e-5)
    assert logs["penalty"] == pytest.approx(0, abs=1e-6)
    assert loss == pytest.approx(-logs["distance"], rel=1e-5)


def test_the_penalty_looks_between_real_and_generated():
    model, seen = tiny.build("wgan_gp", augment=()), []
    real, fake = np.ones_like(IMAGES), -np.ones_like(IMAGES)
    model.fakes_like = lambda images, training: ops.convert_to_tensor(fake)
    model.slope_penalty = lambda images: seen.append(ops.convert_to_numpy(images)) or 0.0
    model.discriminator_loss(ops.convert_to_tensor(real), training=True)
    levels = seen[0][:, 0, 0, 0]
    assert np.ptp(seen[0], axis=(1, 2, 3)).max() < 1e-6 and np.all(np.abs(levels) < 1)
    assert len(set(levels.tolist())) == tiny.COUNT


def test_a_critic_of_one_slope_at_zero_does_not_divide_by_it():
    model = tiny.build("wgan_gp")
    model.discriminator.set_weights([np.zeros_like(w) for w in model.discriminator.get_weights()])
    model.compile(tiny.adams(model), run_eagerly=tiny.BACKEND == "tensorflow")
    assert np.all(np.isfinite(tiny.fit(model, IMAGES)["penalty"]))


def test_the_critic_takes_several_steps_on_parts_of_a_batch():
    model = tiny.compiled("wgan_gp", run_eagerly=True)
    parts, original = [], model.discriminator_loss
    model.discriminator_loss = lambda images, training: parts.append(ops.convert_to_numpy(images)) or original(images, training)
    if tiny.BACKEND == "jax":
        pytest.skip("JAX steps see no numbers")
    model.train_on_batch(IMAGES)
    assert [int(model.optimizer[player].iterations) for player in model.players] == [1, 2]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts).ravel()), np.sort(IMAGES.ravel()))


def test_batches_smaller_than_the_steps_are_refused():
    model = tiny.build("wgan_gp", critic_steps=9)
    model.compile(tiny.adams(model))
    with pytest.raises(ValueError, match=r"batch_size must be at least critic_steps, 9; received 4"):
        tiny.fit(model, IMAGES)


def test_constructor_refuses():
    with pytest.raises(ValueError, match=r"^critic_steps must be an integer from 1 to 100; received 0"):
        WGANGP(image_shape=(8, 8, 1), critic_steps=0)
