"""CGAN: the projection computed another way, a step written by hand, and what labels mean in each verb."""

import tracemalloc

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.gan.cgan import CGAN

IMAGES, LABELS = tiny.images(), tiny.labels()
ONE_HOT = np.eye(3, dtype="float32")


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("cgan"))


def losses(model, training=False):
    images, classes = ops.convert_to_tensor(IMAGES), ops.convert_to_tensor(ONE_HOT[LABELS])
    return float(model.discriminator_loss(images, classes, training)), float(model.generator_loss(classes, training))


# Networks


def test_the_logit_is_psi_plus_the_projection_on_the_class(model):
    network = model.discriminator
    features = keras.Model(network.inputs[0], network.get_layer("features").output)(IMAGES)
    kernel, bias = (w.numpy() for w in network.get_layer("psi").weights)
    (vectors,) = (w.numpy() for w in network.get_layer("vectors").weights)
    phi = ops.convert_to_numpy(features)
    expected = [phi[i] @ kernel[:, 0] + bias[0] + phi[i] @ vectors[label] for i, label in enumerate(LABELS)]
    np.testing.assert_allclose(model.score(IMAGES, LABELS), expected, rtol=1e-4, atol=1e-4)


def test_scales_and_shifts_after_normalisation_are_the_classes_own():
    model = tiny.stir(tiny.build("cgan"))
    latents = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
    dense = [layer for layer in model.generator.layers if isinstance(layer, keras.layers.Dense)]
    of_classes = [layer for layer in dense if layer.kernel.shape[0] == 3]
    assert len(of_classes) == 7  # a scale and a shift for each of three normalisations, and what is put beside the latents
    before = [model.decode(latents, [label] * 3) for label in range(3)]
    for layer in of_classes:  # other classes' numbers change nothing of class 1
        layer.kernel.assign(layer.kernel.numpy() * np.array([[3.0], [1.0], [-2.0]]))
    after = [model.decode(latents, [label] * 3) for label in range(3)]
    np.testing.assert_allclose(after[1], before[1], atol=1e-6)
    assert all(np.abs(after[label] - before[label]).max() > 0.1 for label in (0, 2))


@pytest.mark.parametrize("shape", [(8, 8, 1), (12, 8, 3)])
def test_networks_fit_the_image_shape(shape):
    model = tiny.build("cgan", image_shape=shape, num_classes=5)
    assert model.sample(2).shape == (2, *shape)
    assert model.score(model.sample(3), [4, 0, 1]).shape == (3,)


# Losses and steps


@pytest.mark.parametrize("training", [True, False])
def test_losses_of_a_discriminator_that_cannot_tell(training):
    model = tiny.build("cgan", mismatch_weight=0.0)
    model.discriminator.set_weights([np.zeros_like(w) for w in model.discriminator.get_weights()])
    assert losses(model, training) == pytest.approx((2 * np.log(2), np.log(2)), rel=1e-6)


def test_the_penalty_is_the_mean_squared_slope():
    model = tiny.stir(tiny.build("cgan", penalty_weight=0.0))
    network, values, state = model.discriminator, [], tiny.values(model.random_states())
    for weight in (0.0, 2.0):
        model.penalty_weight = weight
        model.random_states()[0].assign(state[0])
        values.append(losses(model, training=True)[0])
    step, squares = 1e-2, []
    for image, label in zip(IMAGES, LABELS, strict=True):  # finite differences, pixel by pixel
        nudges = step * np.eye(image.size, dtype="float32").reshape(image.size, *image.shape)
        classes = np.repeat(ONE_HOT[[label]], image.size, axis=0)
        up, down = (ops.convert_to_numpy(network([image + way * nudges, classes])) for way in (1, -1))
        squares.append(np.sum(((up - down) / (2 * step)) ** 2))
    assert values[1] - values[0] == pytest.approx(2.0 / 2 * np.mean(squares), rel=0.05)


def test_another_class_is_any_but_the_own():
    model = tiny.build("cgan", num_classes=5)
    classes = np.eye(5, dtype="float32")[np.arange(2000) % 5]
    other = ops.convert_to_numpy(model.other_classes(ops.convert_to_tensor(classes)))
    assert np.all(other.sum(axis=1) == 1) and np.all(np.sum(other * classes, axis=1) == 0)
    pairs = classes.T @ other  # how often each class became each other one
    assert np.all(pairs[~np.eye(5, dtype=bool)] > 60) and np.all(np.diag(pairs) == 0)


def test_wrong_pairs_are_the_second_line_of_the_loss():
    model = tiny.stir(tiny.build("cgan", penalty_weight=0.0, mismatch_weight=0.0))
    wrong = (LABELS + 1) % 3
    model.other_classes = lambda classes: ops.convert_to_tensor(ONE_HOT[wrong])
    values, state = [], tiny.values(model.random_states())
    for weight in (0.0, 1.5):
        model.mismatch_weight = weight
        model.random_states()[0].assign(state[0])
        values.append(losses(model, training=True)[0])
    right, wrong = model.score(IMAGES, LABELS), model.score(IMAGES, wrong)
    expected = np.mean(np.log1p(np.exp(-right))) + np.mean(np.log1p(np.exp(wrong)))
    assert values[1] - values[0] == pytest.approx(1.5 * expected, rel=1e-4)


@pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="the step by hand is TensorFlow's")
def test_a_step_equals_the_one_written_by_hand():
    import tensorflow as tf

    model, twin = (tiny.build("cgan", mismatch_weight=0.0) for _ in range(2))
    tiny.stir(model).compile(tiny.adams(model))
    twin.set_weights(model.get_weights())
    generator, discriminator = twin.generator, twin.discriminator
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2)]
    images, classes = tf.constant(IMAGES), tf.constant(ONE_HOT[LABELS])
    ones, zeros = tf.ones((tiny.COUNT, 1)), tf.zeros((tiny.COUNT, 1))

    def fakes():
        latents = keras.random.normal((tiny.COUNT, twin.latent_dim), seed=twin.seed_generator)
        return generator([latents, classes], training=True)

    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(images)
            real = discriminator([images, classes])
        slopes = tf.reshape(inner.gradient(real, images), (tiny.COUNT, -1))
        loss = cross_entropy(ones, discriminator([images, classes])) + cross_entropy(zeros, discriminator([fakes(), classes]))
        loss += twin.penalty_weight / 2 * tf.reduce_mean(tf.norm(slopes, axis=1) ** 2)
    variables = discriminator.trainable_variables
    optimizers[0].apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    with tf.GradientTape() as tape:
        generator_loss = cross_entropy(ones, discriminator([fakes(), classes]))
    variables = generator.trainable_variables
    optimizers[1].apply_gradients(zip(tape.gradient(generator_loss, variables), variables, strict=True))

    logs = model.train_on_batch(IMAGES, LABELS, return_dict=True)
    assert logs["discriminator_loss"] == pytest.approx(float(loss), rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(float(generator_loss), rel=1e-5)
    for player in model.players:
        for ours, by_hand in zip(getattr(model, player).weights, getattr(twin, player).weights, strict=True):
            np.testing.assert_allclose(ours.numpy(), by_hand.numpy(), atol=1e-5)


# Labels in the verbs


def test_a_label_means_the_same_in_every_form(model):
    sevens = model.sample(5, label=2, seed=4)
    np.testing.assert_allclose(model.sample(label=[2] * 5, seed=4), sevens, atol=1e-6)
    np.testing.assert_allclose(model.sample(5, label=np.full(5, 2), seed=4), sevens, atol=1e-6)
    mixed = model.sample(label=(0, 2, 1, 2), seed=4)
    for i, label in enumerate((0, 2, 1, 2)):
        np.testing.assert_allclose(mixed[i], model.sample(1, label=label, seed=4, start=i)[0], atol=1e-5)
    assert not np.allclose(model.sample(5, label=1, seed=4), sevens, atol=1e-3)


def test_drawn_labels_are_a_function_of_seed_and_index(model):
    labels = model.drawn_labels(3000, seed=8)
    np.testing.assert_array_equal(model.drawn_labels(10, seed=8, start=90), labels[90:100])
    shares = np.bincount(labels, minlength=3) / len(labels)
    assert np.all(np.abs(shares - 1 / 3) < 0.03)
    np.testing.assert_allclose(model.sample(6, seed=8, start=3), model.sample(label=labels[3:9], seed=8, start=3), atol=1e-6)


def test_the_sweep_shows_each_latent_in_every_class(model):
    sweep = model.sweep_labels(4, seed=2)
    assert sweep.shape == (12, *tiny.IMAGE_SHAPE)
    for label in range(3):
        np.testing.assert_allclose(sweep[label::3], model.sample(4, label=label, seed=2), atol=1e-5)


def test_no_call_has_more_rows_than_batch_size(model, monkeypatch):
    rows, draw, discriminator = [], model.draw, model.discriminator
    monkeypatch.setattr(model, "draw", lambda inputs: rows.append(len(inputs[1])) or draw(inputs))
    monkeypatch.setattr(model, "discriminator", lambda inputs, training: rows.append(len(inputs[1])) or discriminator(inputs))
    images = model.sample(11, seed=5, batch_size=4)
    labels = model.drawn_labels(11, seed=5)
    scores = model.score(images, labels, batch_size=4)
    assert rows == [4, 4, 3] * 2
    np.testing.assert_allclose(model.score(images, ONE_HOT[labels]), scores, atol=1e-5)
    for batch_size in (1, 2, 4, 5, 12):  # blocks may begin within a latent's row
        rows.clear()
        np.testing.assert_allclose(
            model.sweep_labels(4, seed=2, batch_size=batch_size), model.sweep_labels(4, seed=2), atol=1e-5
        )
        assert rows[:-1] == [min(batch_size, 12 - i) for i in range(0, 12, batch_size)]
    rows.clear()
    model.sweep_labels(200), model.interpolate(300), model.decode(np.zeros((600, 4)), np.zeros(600, int))
    assert max(rows) == 256 and sum(rows) == 600 + 300 + 600


def test_a_sweep_takes_no_more_memory_than_its_result(model, monkeypatch):
    monkeypatch.setattr(model, "draw", lambda inputs: np.zeros((len(inputs[1]), *tiny.IMAGE_SHAPE), "float32"))
    tracemalloc.start()
    try:
        images = model.sweep_labels(5000, batch_size=500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert images.nbytes > 3_000_000 and peak < 1.2 * images.nbytes


def test_classes_may_be_many():
    model = CGAN((8, 8, 1), num_classes=50_000, latent_dim=2, widths=(2, 2, 2), discriminator_widths=(1, 1, 1))
    assert model.sample(3, label=49_999).shape == (3, 8, 8, 1)  # no square matrix of all classes
    weights = model.class_weights(np.array([7, 49_999]))
    assert weights.dtype == np.float32 and weights.sum() == 2 and weights[0, 7] == weights[1, 49_999] == 1


def test_interpolations_join_what_they_say(model):
    images = model.interpolate(5, seed=9)
    np.testing.assert_allclose(images[[0, -1]], model.sample(2, seed=9), atol=1e-5)
    images = model.interpolate(5, seed=9, label=1)
    np.testing.assert_allclose(images[[0, -1]], model.sample(2, label=1, seed=9), atol=1e-5)
    images = model.interpolate_labels(0, 2, steps=6, seed=9)
    ends = [model.sample(1, label=label, seed=9)[0] for label in (0, 2)]
    np.testing.assert_allclose(images[[0, -1]], ends, atol=1e-5)
    assert np.all(np.abs(np.diff(images, axis=0)).max(axis=(1, 2, 3)) > 1e-4)


def test_truncation_shrinks_latents(model):
    wide, none = model.sample(6, label=0, seed=3), model.sample(6, label=0, seed=3, truncation=0)
    assert np.allclose(none, none[0], atol=1e-6) and not np.allclose(wide, wide[0], atol=1e-2)
    np.testing.assert_array_equal(model.sample(6, label=0, seed=3, truncation=1.0), wide)


def test_labels_may_be_weights(model):
    np.testing.assert_allclose(model.decode(np.ones((3, 4)), ONE_HOT), model.decode(np.ones((3, 4)), np.arange(3)), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 2, "label": 3}, r"^label must be an integer from 0 to 2; received 3"),
        ({"count": 2, "label": -1}, r"^label must be an integer from 0 to 2; received -1"),
        ({"count": 2, "label": 1.0}, r"^label must be an integer from 0 to 2; received 1\.0"),
        ({"count": 2, "label": "7"}, r"^label must be an integer from 0 to 2; received '7'"),
        ({"label": [0, 3]}, r"^label must be integers from 0 to 2 .*; received values from 0 to 3"),
        ({"label": [0.5, 1]}, r"^label must be integers from 0 to 2 .*type float64"),
        ({"label": []}, r"^label must be"),
        ({"label": [[0, 1]]}, r"^label must be integers from 0 to 2 of shape \(count,\)"),
        ({"count": 3, "label": [0, 1]}, r"^count must be None or the number of labels, 2; received 3"),
        ({"count": 2, "truncation": 1.5}, r"^truncation must be a number from 0 to 1; received 1\.5"),
        ({"count": 2, "truncation": float("nan")}, r"^truncation must be a number from 0 to 1; received nan"),
    ],
)
def test_sample_refuses_what_makes_no_sense(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model.sample(**arguments)


@pytest.mark.parametrize("labels", [[0, 3], [0], 1, ONE_HOT[:2] * 2, np.ones((2, 4)) / 4, ONE_HOT[None, :2], ["a", "b"]])
def test_decode_refuses_labels_that_do_not_fit(model, labels):
    with pytest.raises(ValueError, match=r"^labels must be"):
        model.decode(np.zeros((2, 4)), labels)


def test_labels_are_needed(model):
    compiled = tiny.compiled("cgan")
    with pytest.raises(ValueError, match=r"^y must be the labels of the images, integers from 0 to 2; received None"):
        compiled.fit(IMAGES)
    with pytest.raises(ValueError, match=r"^y must be integers from 0 to 2"):
        compiled.fit(IMAGES, LABELS + 1)
    with pytest.raises(ValueError, match=r"^first must be an integer from 0 to 2; received 3"):
        model.interpolate_labels(3, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "^num_classes must be an integer from 2"),
        ({"loss": "hinges"}, "^loss must be one of"),
        ({"augment": ("rotate",)}, "^augment must be one of"),
    ],
)
def test_constructor_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        CGAN(image_shape=(8, 8, 1), **arguments)
