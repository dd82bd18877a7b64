"""Mixtures over images: what a grey level stands for, bounds against exact probabilities, and missing pixels."""

import math

import numpy as np
import pytest
import tiny

from kerasgen.models.mixture.image_mixture import ImageMixture

GREYS = (np.arange(256) / 127.5 - 1).astype("float32").reshape(256, 1, 1, 1)


@pytest.fixture(scope="module")
def one_pixel():
    """A broad mixture over images of one pixel."""
    model = ImageMixture((1, 1, 1), 2, "diagonal", seed=0)
    model.arrays = {"weights": np.array([0.4, 0.6]), "means": np.array([[-0.2], [0.3]]), "factors": np.array([[0.1], [0.2]])}
    return model


@pytest.fixture(scope="module")
def fitted():
    model = tiny.build("image_mixture")
    for _ in range(5):
        model.learn(tiny.images())
    return model


def normal_cdf(x):
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])


def exact_probabilities(model):
    """Of the 256 greys of a single pixel: what the mixture gives to the numbers that each stands for."""
    edges = np.arange(257) / 128 - 1
    weights, means, deviations = (np.ravel(model.arrays[name]) for name in model.array_names)
    return sum(w * np.diff(normal_cdf((edges - m) / s)) for w, m, s in zip(weights, means, deviations, strict=True))


def test_bounds_lie_below_the_exact_probability_and_come_close(one_pixel):
    exact = np.log(exact_probabilities(one_pixel))
    bound = one_pixel.iw_bound(GREYS, samples=300)
    assert np.all(one_pixel.elbo(GREYS, samples=300) <= bound)
    likely = exact > np.log(1e-4)
    np.testing.assert_allclose(bound[likely], exact[likely], atol=0.05)
    assert np.exp(bound).sum() == pytest.approx(exact_probabilities(one_pixel).sum(), abs=0.01)


def test_a_fit_sees_numbers_within_the_greys(one_pixel):
    rows = one_pixel.dequantised(np.arange(256.0).reshape(-1, 1, 1, 1), seed=3)[:, 0]
    np.testing.assert_array_equal(np.floor(128 * (rows + 1)), np.arange(256))
    assert 0.4 < np.mean(128 * (rows + 1) % 1) < 0.6


def test_em_goes_up_since_the_noise_stays_the_same(fitted):
    model = tiny.build("image_mixture")
    losses = [float(model.learn(tiny.images())["loss"]) for _ in range(8)]
    assert losses == sorted(losses, reverse=True)


def test_what_is_drawn_has_the_mean_of_what_is_filled_in(fitted):
    image, mask = tiny.images()[:1], np.zeros((1, 8, 8, 1), bool)
    mask[:, 4, 2:5] = True
    many = np.repeat(image, 4000, axis=0)
    drawn = fitted.complete(many, np.repeat(mask, 4000, axis=0), seed=1)
    np.testing.assert_array_equal(drawn[:, ~mask[0]], many[:, ~mask[0]])
    expected = fitted.fill(np.where(mask, np.nan, image))[mask]
    inside = np.abs(expected) < 0.5  # where next to nothing is cut
    assert inside.any()
    spread = drawn[:, mask[0]].std(axis=0)
    np.testing.assert_array_less(
        np.abs(drawn[:, mask[0]].mean(axis=0) - expected)[inside], (5 * spread / 4000**0.5 + 0.02)[inside]
    )


def test_a_completed_image_depends_on_its_seed_and_index_alone(fitted):
    images, mask = tiny.images(), np.zeros((tiny.COUNT, 8, 8, 1), bool)
    mask[::2, 4:] = mask[1::2, :, :3] = True
    whole = fitted.complete(images, mask, seed=5)
    np.testing.assert_allclose(fitted.complete(images[:3], mask[:3], seed=5), whole[:3], atol=1e-5)
    assert not np.allclose(fitted.complete(images, mask, seed=6), whole)


def test_samples_are_images_in_range(fitted):
    images = fitted.sample(50)
    assert images.shape == (50, 8, 8, 1) and images.dtype == np.float32
    assert -1 <= images.min() < images.max() <= 1


def test_bad_images_are_refused(fitted):
    with pytest.raises(ValueError, match=r"^images must be of 8 bits"):
        fitted.elbo(np.full((1, 8, 8, 1), 0.0015, "float32"))
    with pytest.raises(ValueError, match=r"^images must be float images of shape \(count, 8, 8, 1\)"):
        fitted.log_prob(np.zeros((2, 8, 8), "float32"))
    with pytest.raises(ValueError, match=r"^mask must be bool of the shape of images"):
        fitted.complete(tiny.images(), np.zeros((tiny.COUNT, 8, 8, 1)))
    with pytest.raises(ValueError, match=r"^y must be None"):
        fitted.fit(tiny.images(), np.zeros(tiny.COUNT))
