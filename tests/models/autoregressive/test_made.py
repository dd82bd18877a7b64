"""MADE beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.autoregressive.made import MADE

SHAPE = (2, 3, 1)
ALL = np.array(list(itertools.product([-1, 1], repeat=6)), "float32").reshape(-1, *SHAPE)


def built(**options):
    return tiny.stir(MADE(SHAPE, **{"hidden_dims": (7, 5), "num_orders": 3, "seed": 1, **options}))


@pytest.fixture(scope="module")
def model():
    return built()


def conditionals(model, k):
    """log p(x_i | what comes before it in order k) of all images (64, pixels), from sums over all that agree so far."""
    one = built(num_orders=k + 1)
    one.set_weights(model.get_weights())
    logits = keras.ops.convert_to_numpy(one.read_bits(ALL, np.full(64, k, "int32")))
    return -np.logaddexp(0, -ALL * logits).reshape(64, 6)


def test_probabilities_of_all_images_sum_to_one(model):
    assert np.sum(np.exp(model.log_prob(ALL))) == pytest.approx(1, abs=1e-5)
    assert model.log_prob(ALL).dtype == np.float64


def test_a_pixel_depends_on_those_before_it_alone_and_on_all_of_them(model):
    for k, places in enumerate(model.network.places):
        logits = keras.ops.convert_to_numpy(model.read_bits(ALL, np.full(64, k, "int32"))).reshape(64, 6)
        for i, j in itertools.product(range(6), range(6)):
            other = ALL.reshape(64, 6).copy()
            other[:, j] *= -1
            change = (
                logits[:, i]
                - keras.ops.convert_to_numpy(model.read_bits(other.reshape(ALL.shape), np.full(64, k, "int32"))).reshape(64, 6)[
                    :, i
                ]
            )
            assert np.any(change != 0) == (places[j] < places[i]), (k, i, j)


def test_the_mixture_is_the_mean_of_its_orders(model):
    each = [np.exp(conditionals(model, k).sum(axis=1)) for k in range(3)]
    np.testing.assert_allclose(np.exp(model.log_prob(ALL)), np.mean(each, axis=0), rtol=1e-5)
    assert all(np.sum(p) == pytest.approx(1, abs=1e-5) for p in each) and np.abs(each[0] - each[1]).max() > 1e-4


def test_what_is_drawn_is_as_frequent_as_it_is_probable(model):
    drawn = model.sample(4000, seed=0, batch_size=1000).reshape(4000, 6)
    index = (drawn > 0) @ (2 ** np.arange(5, -1, -1))
    counts, expected = np.bincount(index, minlength=64), 4000 * np.exp(model.log_prob(ALL))
    assert np.sum((counts - expected) ** 2 / expected) < 63 + 6 * np.sqrt(2 * 63)  # chi square of 63 degrees


def test_a_completed_image_is_drawn_from_the_conditional():
    model = built(num_orders=1)
    image, mask = ALL[[42]], np.zeros((1, *SHAPE), bool)
    mask[0, 1] = True
    known = np.all(np.where(mask, 0, ALL) == np.where(mask, 0, image), axis=(1, 2, 3))
    drawn = model.complete(np.repeat(image, 3000, 0), np.repeat(mask, 3000, 0), seed=3, batch_size=1000)
    assert np.array_equal(drawn[:, 0], np.repeat(image, 3000, 0)[:, 0])
    probabilities = np.exp(model.log_prob(ALL[known]))
    counts = [np.sum(np.all(drawn == each, axis=(1, 2, 3))) for each in ALL[known]]
    expected = 3000 * probabilities / probabilities.sum()
    assert np.sum(counts) == 3000 and np.sum((counts - expected) ** 2 / expected) < 7 + 6 * np.sqrt(14)


def test_image_i_depends_on_its_number_alone(model):
    together = model.sample(5, seed=4)
    np.testing.assert_array_equal(together[2:4], model.sample(2, seed=4, start=2, batch_size=1))


def test_two_images_are_learned():
    images = np.repeat(ALL[[9, 54]], 32, axis=0)
    model = MADE(SHAPE, (16,), average_decay=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(images, batch_size=64, epochs=60, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.log_prob(ALL[[9, 54]]), np.log([0.5, 0.5]), atol=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_dims": ()}, "hidden_dims must be the units of at least one layer"),
        ({"hidden_dims": (0,)}, "hidden_dims must be .*0"),
        ({"num_orders": 0}, "num_orders must be .*0"),
        ({"dropout": 1.0}, r"dropout must be .*1\.0"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MADE(SHAPE, **options)


def test_images_that_are_no_bits_are_refused(model):
    with pytest.raises(ValueError, match="images must be binary, each pixel -1 or 1"):
        model.log_prob(np.zeros((1, *SHAPE), "float32"))
    with pytest.raises(ValueError, match="mask must be bool of the shape of images"):
        model.complete(ALL[:2], np.ones(SHAPE, bool))
    with pytest.raises(ValueError, match="images must be binary"):
        model.complete(0 * ALL[:2], np.zeros((2, *SHAPE), bool))
    with pytest.raises(ValueError, match="y must be None: MADE learns from images alone"):
        model.check_data(ALL, np.zeros(64))
