"""The gated PixelCNN beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen import noise
from kerasgen.models.autoregressive.pixelcnn import PixelCNN

SHAPE = (2, 3, 1)
ALL = np.array(list(itertools.product([-1, 1], repeat=6)), "float32").reshape(-1, *SHAPE)


def built(shape=SHAPE, **options):
    return tiny.stir(PixelCNN(shape, **{"width": 3, "num_layers": 2, "first_kernel": 5, "head_dim": 4, "seed": 1, **options}))


@pytest.fixture(scope="module")
def model():
    return built()


def logits_of(model, bits):
    return keras.ops.convert_to_numpy(model.read_bits(bits))


def test_probabilities_of_all_images_sum_to_one(model):
    assert np.sum(np.exp(model.log_prob(ALL))) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kernels", [(3, 3), (5, 3), (7, 5)])
def test_a_pixel_sees_all_that_come_before_it_and_nothing_else(kernels):
    """The first kernels reach far enough in one direction; several layers leave no blind spot."""
    shape = (5, 6, 1)
    model = built(shape, first_kernel=kernels[0], kernel=kernels[1], num_layers=7)
    bits = np.sign(np.random.default_rng(0).standard_normal((8, *shape))).astype("float32")
    before = logits_of(model, bits).reshape(8, -1)
    for j in range(30):
        other = bits.reshape(8, -1).copy()
        other[:, j] *= -1
        changed = np.any(logits_of(model, other.reshape(bits.shape)).reshape(8, -1) != before, axis=0)
        np.testing.assert_array_equal(changed, np.arange(30) > j, err_msg=str(j))


@pytest.mark.parametrize(
    "options", [{}, {"first_kernel": 3, "num_layers": 1}, {"first_kernel": 7, "kernel": 5, "num_layers": 4}]
)
def test_what_is_drawn_with_a_cache_is_what_a_loop_over_whole_images_draws(options):
    shape = (6, 5, 1)
    model = built(shape, **options)
    drawn = model.sample(6, seed=3)
    uniform, images = noise.uniform((31,), 3, 0, 6)[:, 1:].reshape(6, *shape), np.zeros((6, *shape), "float32")
    for r, c in itertools.product(range(6), range(5)):
        chance = 1 / (1 + np.exp(-logits_of(model, images)[:, r, c].astype("float64")))
        images[:, r, c] = np.where(uniform[:, r, c] < chance, 1, -1)
    np.testing.assert_array_equal(drawn, images)


def test_what_is_drawn_is_as_frequent_as_it_is_probable(model):
    drawn = model.sample(4000, seed=0, batch_size=4000).reshape(4000, 6)
    counts = np.bincount((drawn > 0) @ (2 ** np.arange(5, -1, -1)), minlength=64)
    expected = 4000 * np.exp(model.log_prob(ALL))
    assert np.sum((counts - expected) ** 2 / expected) < 63 + 6 * np.sqrt(2 * 63)  # chi square of 63 degrees


def test_a_completed_image_keeps_its_upper_half_and_is_drawn_from_the_conditional(model):
    image, mask = np.repeat(ALL[[42]], 3000, 0), np.zeros((3000, *SHAPE), bool)
    mask[:, 1] = True
    drawn = model.complete(image, mask, seed=3, batch_size=3000)
    assert np.array_equal(drawn[:, 0], image[:, 0])
    known = np.all(ALL[:, 0] == image[0, 0], axis=(1, 2))
    counts = [np.sum(np.all(drawn == each, axis=(1, 2, 3))) for each in ALL[known]]
    probabilities = np.exp(model.log_prob(ALL[known]))
    expected = 3000 * probabilities / probabilities.sum()
    assert np.sum(counts) == 3000 and np.sum((counts - expected) ** 2 / expected) < 7 + 6 * np.sqrt(14)


def test_two_images_are_learned():
    images = np.repeat(ALL[[9, 54]], 32, axis=0)
    model = PixelCNN(SHAPE, 8, 1, 5, head_dim=8, average_decay=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(images, batch_size=64, epochs=60, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.log_prob(ALL[[9, 54]]), np.log([0.5, 0.5]), atol=0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_shape": (4, 4, 3)}, r"image_shape must have one channel.*\(4, 4, 3\)"),
        ({"kernel": 4}, "kernel must be odd.*received 4"),
        ({"first_kernel": 1}, "first_kernel must be .*1"),
        ({"num_layers": 0}, "num_layers must be .*0"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        PixelCNN(**options)
