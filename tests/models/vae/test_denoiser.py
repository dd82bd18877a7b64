"""The denoiser: what it may be given, and that it takes noise away."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.vae.denoiser import Denoiser


def test_any_finite_image_gives_one_in_range():
    model = tiny.stir(tiny.build("denoiser"))
    images = np.random.default_rng(0).standard_normal((6, *tiny.IMAGE_SHAPE))
    for wild in (images, 1e3 * images, 1e300 * images, np.float16(images)):
        cleaned = model.denoise(wild)
        assert cleaned.dtype == np.float32 and cleaned.shape == wild.shape and np.abs(cleaned).max() <= 1
    np.testing.assert_allclose(model.denoise(images, batch_size=4), model.denoise(images), atol=1e-5)
    for wrong in (images[0], images[:0], np.uint8(images > 0), images * np.nan, np.full_like(images, np.inf)):
        with pytest.raises(ValueError, match=r"^images must be float images of shape \(count, 8, 8, 1\) of finite values"):
            model.denoise(wrong)


def test_the_loss_is_the_error_under_noise_of_all_strengths():
    """The mean of (2 sigma)^2 over sigma in U(0, s) is 4/3 s^2: what a network that changes nothing would lose."""
    model = tiny.build("denoiser", max_sigma=0.6)
    model.average.call = lambda images: images
    model.compile(keras.optimizers.Adam(), run_eagerly=True)
    found = model.evaluate(np.tile(tiny.images(), (50, 1, 1, 1)), batch_size=100, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(4 / 3 * 0.6**2, rel=0.15)


def test_noise_is_taken_away_from_stripes():
    rng = np.random.default_rng(0)
    stripes = np.where((np.arange(8) + rng.integers(0, 8, (320, 1))) % 8 < 4, 1.0, -1.0)
    images = np.repeat(stripes[:, None, :, None], 8, axis=1).astype("float32")
    model = Denoiser(tiny.IMAGE_SHAPE, widths=(4, 6, 8), average_decay=0.95, seed=0)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(np.tile(images[:256], (16, 1, 1, 1)), batch_size=32, verbose=0)
    noisy = images[256:] + 0.8 * rng.standard_normal(images[256:].shape)
    before = np.mean(np.square(np.clip(noisy, -1, 1) - images[256:]))
    assert np.mean(np.square(model.denoise(noisy) - images[256:])) < 0.3 * before


def test_what_it_cannot_do_says_why():
    model = tiny.build("denoiser")
    for verb, reason in (("sample", "it cleans an image that is given"), ("reconstruct", "denoise is what it does")):
        assert not hasattr(model, verb)
        with pytest.raises(NotImplementedError, match=reason):
            getattr(model, verb)
    with pytest.raises(ValueError, match=r"^y must be None"):
        model.check_data(tiny.images(), tiny.images())
