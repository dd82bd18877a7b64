"""DCGAN against closed forms, enumeration and a step written by hand."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.gan.dcgan import DCGAN

IMAGES = tiny.images()
LN2 = np.log(2)


@pytest.fixture
def model():
    return tiny.stir(tiny.build("dcgan", penalty_weight=0.0))


def losses(model, images=IMAGES, training=False):
    images = ops.convert_to_tensor(images)
    return float(model.discriminator_loss(images, training)), float(model.generator_loss(images, training))


def moved(variables, before):
    return [not np.array_equal(a, b) for a, b in zip(tiny.values(variables), before, strict=True)]


# Losses


@pytest.mark.parametrize("training", [True, False])
def test_losses_of_a_discriminator_that_cannot_tell(model, training):
    model.discriminator.set_weights([np.zeros_like(w) for w in model.discriminator.get_weights()])
    assert losses(model, training=training) == pytest.approx((2 * LN2, LN2), rel=1e-6)


LEVELS = np.array([-0.5, 0.0, 0.5], "float32")  # three images, each of one grey
REAL, FAKE = np.array([6, 4, 2]), np.array([3, 3, 6])  # how often each occurs


def greys(counts):
    return np.repeat(LEVELS, counts)[:, None, None, None] * np.ones(tiny.IMAGE_SHAPE, "float32")


def divergence(p, q):
    return np.sum(p * np.log(p / q))


def test_the_optimal_discriminator_measures_the_jensen_shannon_divergence(model):
    p, q = REAL / REAL.sum(), FAKE / FAKE.sum()
    middle = (p + q) / 2
    jensen_shannon = divergence(p, middle) / 2 + divergence(q, middle) / 2

    def loss_of(logits):
        def look_up(images, training):
            nearest = ops.argmin(ops.abs(ops.mean(images, axis=(1, 2)) - LEVELS), axis=1)
            return ops.take(ops.convert_to_tensor(logits, "float32"), nearest)[:, None]

        model.discriminator = look_up
        return losses(model, greys(REAL))[0]

    model.fakes_like = lambda images, training: ops.convert_to_tensor(greys(FAKE))
    optimum = np.log(p / q)
    assert loss_of(optimum) == pytest.approx(2 * LN2 - 2 * jensen_shannon, rel=1e-5)
    for direction in np.eye(3):
        assert min(loss_of(optimum + 0.3 * direction), loss_of(optimum - 0.3 * direction)) > loss_of(optimum)


def test_the_penalty_of_a_linear_discriminator_is_known(model):
    pixels = np.prod(tiny.IMAGE_SHAPE)
    slope = np.random.default_rng(2).standard_normal((pixels, 1)).astype("float32")
    model.discriminator = keras.Sequential(
        [keras.Input(tiny.IMAGE_SHAPE), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)]
    )
    model.discriminator.set_weights([slope])
    state = tiny.values(model.random_states())
    values = []
    for weight in (0.0, 3.0):
        model.random_states()[0].assign(state[0])
        model.penalty_weight = weight
        values.append(losses(model, training=True)[0])
    assert values[1] - values[0] == pytest.approx(3.0 / 2 * np.sum(slope**2), rel=1e-4)


def test_the_penalty_is_for_training_alone(model):
    state = tiny.values(model.random_states())
    found = set()
    for weight in (0.0, 3.0):
        model.random_states()[0].assign(state[0])
        model.penalty_weight = weight
        found.add(losses(model)[0])
    assert len(found) == 1


# Steps


@pytest.mark.parametrize("player", DCGAN.players)
def test_minimize_moves_one_player(player):
    model = tiny.compiled("dcgan", run_eagerly=True)
    other = {"generator": "discriminator", "discriminator": "generator"}[player]
    own, others = (getattr(model, name).trainable_variables for name in (player, other))
    before = tiny.values(own), tiny.values(others), tiny.values(model.average.weights)
    images = ops.convert_to_tensor(IMAGES)
    model.minimize(lambda: getattr(model, f"{player}_loss")(images, training=True), player)
    assert all(moved(own, before[0]))
    assert not any(moved(others, before[1]))
    assert not any(moved(model.average.weights, before[2]))


@pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="the step by hand is TensorFlow's")
def test_a_step_equals_the_one_written_by_hand():
    import tensorflow as tf

    model, twin = tiny.compiled("dcgan"), tiny.build("dcgan")
    twin.set_weights(model.get_weights())
    generator, discriminator = twin.generator, twin.discriminator
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2)]
    images = tf.constant(IMAGES)
    ones, zeros = tf.ones((tiny.COUNT, 1)), tf.zeros((tiny.COUNT, 1))

    def fakes():
        latents = keras.random.normal((tiny.COUNT, twin.latent_dim), seed=twin.seed_generator)
        return generator(latents, training=True)

    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(images)
            real = discriminator(images)
        slopes = tf.reshape(inner.gradient(real, images), (tiny.COUNT, -1))
        loss = cross_entropy(ones, real) + cross_entropy(zeros, discriminator(fakes()))
        loss += twin.penalty_weight / 2 * tf.reduce_mean(tf.norm(slopes, axis=1) ** 2)
    variables = discriminator.trainable_variables
    optimizers[0].apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    with tf.GradientTape() as tape:
        generator_loss = cross_entropy(ones, discriminator(fakes()))
    variables = generator.trainable_variables
    optimizers[1].apply_gradients(zip(tape.gradient(generator_loss, variables), variables, strict=True))

    logs = model.train_on_batch(IMAGES, return_dict=True)
    assert logs["discriminator_loss"] == pytest.approx(float(loss), rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(float(generator_loss), rel=1e-5)
    for player in model.players:
        for ours, by_hand in zip(getattr(model, player).weights, getattr(twin, player).weights, strict=True):
            np.testing.assert_allclose(ours.numpy(), by_hand.numpy(), atol=1e-6)
    for slow, fast in zip(model.average.slow, generator.weights, strict=True):
        np.testing.assert_allclose(slow.numpy(), fast.numpy(), atol=1e-6)


# Networks


@pytest.mark.parametrize("shape", [(8, 8, 1), (12, 8, 3), (28, 28, 1)])
def test_networks_fit_the_image_shape(shape):
    model = tiny.build("dcgan", image_shape=shape)
    assert model.sample(2).shape == (2, *shape)
    assert model.score(model.sample(3)).shape == (3,)
    assert np.max(np.abs(tiny.stir(model).sample(4))) <= 1


@pytest.mark.parametrize("shape", [(30, 28, 1), (28, 28), "28", (0, 4, 1)])
def test_image_shapes_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"image_shape must be .* multiples of 4"):
        DCGAN(image_shape=shape)


@pytest.mark.parametrize(("widths", "size"), [((4, 3), 6), ((5, 4, 3, 2), 8)])
@pytest.mark.parametrize("name", ["dcgan", "wgan_gp"])
def test_each_stage_of_the_generator_doubles_the_size(name, widths, size):
    model = tiny.build(name, image_shape=(size, size, 1), widths=widths)
    start = next(layer for layer in model.generator.layers if isinstance(layer, keras.layers.Reshape))
    assert start.output.shape[1] == size // 2 ** (len(widths) - 1) and model.sample(2).shape == (2, size, size, 1)


@pytest.mark.parametrize("widths", [(8,), (), (8, 0), (8, 2.5), 8])
@pytest.mark.parametrize("name", ["dcgan", "sagan", "wgan_gp"])
def test_widths_that_make_no_generator_are_refused(name, widths):
    with pytest.raises(ValueError, match=r"^widths must be [23] or more positive integers, from coarse to fine; received"):
        tiny.build(name, widths=widths)
