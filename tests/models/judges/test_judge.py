"""Judge: filters against a direct sum, probabilities, losses in closed form."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.judges.judge import Judge, gaussian_filters

IMAGES, LABELS = tiny.batch("judge")
SIZE = 9


@pytest.fixture
def model():
    return tiny.stir(tiny.build("judge"))


def filters(shifts, sigmas, size=SIZE):
    columns = [np.reshape(np.asarray(values, "float32"), (-1, 1, 1)) for values in (shifts, sigmas)]
    return ops.convert_to_numpy(gaussian_filters(size, *map(ops.convert_to_tensor, columns)))


def direct_filter(shift, sigma, size=SIZE):
    def weight(distance):
        return np.exp(-(distance**2) / (2 * sigma**2))

    rows = [[weight(a - i - shift) for i in range(size)] for a in range(size)]
    return np.array(rows) / sum(weight(k - shift) for k in range(-100, 101))


# Disturbances


def test_filters_equal_the_direct_sum():
    rng = np.random.default_rng(0)
    shifts, sigmas = rng.uniform(-3, 3, 20), rng.uniform(0.3, 2, 20)
    found = filters(shifts, sigmas)
    for matrix, shift, sigma in zip(found, shifts, sigmas, strict=True):
        np.testing.assert_allclose(matrix, direct_filter(shift, sigma), atol=1e-5)
    assert np.all(found >= 0)
    assert np.all(found.sum(axis=2) <= 1 + 1e-5)
    inside = filters([0.4], [0.5], size=21)[0, 5:16].sum(axis=1)  # rows whose filter does not reach the border
    np.testing.assert_allclose(inside, 1, atol=1e-5)


@pytest.mark.parametrize("shift", [0, 1, 2, -3, SIZE])
def test_sharp_filters_move_by_whole_pixels(shift):
    picture = np.random.default_rng(1).uniform(size=(SIZE, 4))
    expected = np.zeros_like(picture)
    for row in range(SIZE):
        if 0 <= row - shift < SIZE:
            expected[row] = picture[row - shift]
    np.testing.assert_allclose(filters([shift], [0.05])[0] @ picture, expected, atol=1e-6)


@pytest.fixture
def largest_draws(monkeypatch):
    """Every uniform draw gives the upper end of its range."""
    monkeypatch.setattr(keras.random, "uniform", lambda shape, low, high, **_: ops.full(shape, high, "float32"))


def disturbed(images, **amounts):
    judge = tiny.build("judge", **{"max_shift": 0.0, "max_blur": 0.0, "max_noise": 0.0, **amounts})
    return ops.convert_to_numpy(judge.disturb(ops.convert_to_tensor(images)))


def test_a_disturbance_of_nothing_changes_nothing():
    np.testing.assert_array_equal(disturbed(IMAGES), IMAGES)


def test_a_shift_moves_down_and_right_and_brings_in_black(largest_draws):
    images = disturbed(IMAGES, max_shift=2)
    np.testing.assert_allclose(images[:, 2:, 2:], IMAGES[:, :-2, :-2], atol=0.03)
    np.testing.assert_allclose(images[:, :1], -1, atol=0.03)
    np.testing.assert_allclose(images[:, :, :1], -1, atol=0.03)


def test_blur_is_the_direct_double_sum(largest_draws):
    matrix = direct_filter(0.0, 0.3 + 0.9, size=8)
    expected = [2 * (matrix @ (0.5 * (image[..., 0] + 1)) @ matrix.T) - 1 for image in IMAGES]
    np.testing.assert_allclose(disturbed(IMAGES, max_blur=0.9)[..., 0], expected, atol=1e-5)


def test_noise_has_the_deviation_asked_for(largest_draws):
    black = np.full((200, 8, 8, 1), -1, "float32")
    grain = disturbed(black, max_noise=0.25) + 1
    assert np.std(grain) == pytest.approx(0.25, rel=0.03)
    assert np.mean(grain) == pytest.approx(0, abs=0.01)


def test_each_image_is_disturbed_differently():
    images = disturbed(np.repeat(IMAGES[:1], 6, axis=0), max_shift=2)
    assert min(np.max(np.abs(images[i] - images[j])) for i in range(6) for j in range(i)) > 0.01


# Loss and verbs


def test_the_loss_is_cross_entropy_in_nats(model):
    logits = ops.convert_to_numpy(model.network(IMAGES, training=False)[1]).astype("float64")
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.mean(np.log(shares[np.arange(len(LABELS)), LABELS]))
    loss = model.classification_loss(ops.convert_to_tensor(IMAGES), ops.convert_to_tensor(LABELS), training=False)
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert float(model.logs()["accuracy"]) == np.mean(logits.argmax(axis=1) == LABELS)


def test_a_judge_that_knows_nothing_loses_the_entropy_of_its_classes(model):
    for weight in model.network.layers[-1].weights:
        weight.assign(np.zeros(weight.shape))
    model.compile("adam", run_eagerly=True)
    numbers = model.evaluate(IMAGES, LABELS, verbose=0, return_dict=True)
    assert numbers["loss"] == pytest.approx(np.log(3), rel=1e-6)


def test_probabilities_are_the_softmax_of_the_logits(model):
    features, probabilities = model.features_and_probabilities(IMAGES)
    assert probabilities.shape == (len(IMAGES), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    kernel, bias = model.network.layers[-1].get_weights()
    exponentials = np.exp(features @ kernel + bias)
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_array_equal(model.classify(IMAGES), probabilities)
    np.testing.assert_array_equal(model.features(IMAGES), features)


def test_features_are_positive_and_do_not_depend_on_the_batch(model):
    features = model.features(IMAGES)
    assert features.shape == (len(IMAGES), model.feature_dim)
    assert features.dtype == np.float32
    assert np.min(features) >= 0 < np.max(features)
    np.testing.assert_allclose(model.features(IMAGES, batch_size=3), features, atol=1e-5)


def test_verbs_use_the_average_and_leave_the_dropout_out():
    model = tiny.compiled("judge", run_eagerly=tiny.BACKEND == "tensorflow")
    tiny.fit(model, IMAGES, LABELS, epochs=2)
    averaged = tiny.build("judge")
    averaged.network.set_weights(tiny.values(model.average.slow))
    np.testing.assert_allclose(model.features(IMAGES), averaged.features(IMAGES), atol=1e-5)
    own = ops.convert_to_numpy(model.network(IMAGES, training=False)[0])
    assert np.max(np.abs(model.features(IMAGES) - own)) > 1e-4


def test_a_judge_learns_to_tell_three_patterns():
    patterns = np.zeros((3, *tiny.IMAGE_SHAPE), "float32")
    patterns[0, 2:6, 2:6], patterns[1, 3:5], patterns[2, :, 3:5] = 1, 1, 1  # square, bar, pillar
    images, labels = np.tile(2 * patterns - 1, (200, 1, 1, 1)), np.tile(np.arange(3), 200)
    model = Judge(tiny.IMAGE_SHAPE, 3, widths=(8, 8), feature_dim=16, dropout=0.1, max_shift=1.0, seed=0)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(images, labels, batch_size=24, verbose=0)
    assert np.min(np.diag(model.classify(2 * patterns - 1))) > 0.8  # other seeds and JAX: 0.96 to 1


# Refusals


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y must be the labels of the images, integers from 0 to 2; received None"),
        (LABELS[:5], "y must be as many as the images, 8; received 5"),
        (LABELS + 1, "y must be integers from 0 to 2 .*; received values from 1 to 3"),
        (LABELS.astype("float32"), "y must be integers from 0 to 2 .*; .* type float32"),
        (np.eye(3)[LABELS], r"y must be integers from 0 to 2 .*; received shape \(8, 3\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y, message):
    model = tiny.compiled("judge")
    for verb in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message):
            verb(IMAGES, y)


@pytest.mark.parametrize("verb", Judge.capabilities)
def test_verbs_refuse_images_that_do_not_fit(model, verb):
    with pytest.raises(ValueError, match=r"images must be float images of shape \(count, 8, 8, 1\)"):
        getattr(model, verb)(IMAGES[..., 0])
    with pytest.raises(ValueError, match="batch_size must be an integer from 1 to"):
        getattr(model, verb)(IMAGES, batch_size=0)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("num_classes", 1),
        ("dropout", 1.0),
        ("max_shift", -1),
        ("max_blur", "much"),
        ("max_noise", np.nan),
        ("average_decay", 1.0),
        ("feature_dim", 0),
        ("image_shape", (28, 27, 1)),
    ],
)
def test_configurations_out_of_range_are_refused(argument, value):
    with pytest.raises(ValueError, match=f"^{argument} must be"):
        tiny.build("judge", **{argument: value})
