"""The autoencoder beside principal components, and the prior that it samples from."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.metrics import PrincipalComponents
from kerasgen.models.vae.autoencoder import Autoencoder
from kerasgen.scores.autoencoders import principal_reconstructions, squared_errors
from kerasgen.zoo import weights


def flat_images(count):
    """Images near a plane of three dimensions."""
    rng = np.random.default_rng(0)
    plane, _ = np.linalg.qr(rng.standard_normal((64, 3)))
    codes = rng.standard_normal((count, 3)) * (1.2, 0.9, 0.7)
    images = codes @ plane.T + 0.02 * rng.standard_normal((count, 64)) + 0.1
    return np.clip(images, -1, 1).reshape(count, 8, 8, 1).astype("float32")


def with_prior(**changes):
    model = tiny.stir(tiny.build("autoencoder", **changes))
    model.fit_prior("gaussian_mixture", tiny.images(), components=2)
    return model


def test_a_linear_autoencoder_reaches_the_plane_of_principal_components():
    images = flat_images(64)
    model = Autoencoder((8, 8, 1), latent_dim=3, widths=(), average_decay=0.9, seed=0)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-2, 300)))
    model.fit(np.tile(images, (300, 1, 1, 1)), batch_size=64, shuffle=False, verbose=0)  # the same 300 times
    kernel = np.array(model.decoder.get_weights()[0], "float64")  # (latent_dim, pixels)
    span, _ = np.linalg.qr(kernel.T)
    cosines = np.linalg.svd(PrincipalComponents(images, 3).directions @ span, compute_uv=False)
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 3
    best = squared_errors(images, principal_reconstructions(images, images, 3)).mean()
    assert best * 0.999 < squared_errors(images, model.reconstruct(images)).mean() < 1.3 * best


def test_before_a_prior_is_fitted_sampling_is_refused_with_the_reason():
    model = tiny.build("autoencoder")
    assert "sample" not in model.capabilities and not hasattr(model, "sample")
    with pytest.raises(NotImplementedError, match=r"nothing says where the codes of images lie: call fit_prior"):
        model.sample(1)
    model.fit_prior("gaussian_mixture", tiny.images(), components=2)
    assert "sample" in model.capabilities and "sample" not in Autoencoder.capabilities
    ten = model.sample(10, seed=5)
    assert ten.shape == (10, *tiny.IMAGE_SHAPE) and ten.dtype == np.float32 and np.abs(ten).max() <= 1
    np.testing.assert_allclose(model.sample(3, seed=5, start=6, batch_size=2), ten[6:9], atol=1e-5)
    np.testing.assert_allclose(model.decode(model.draw_codes(10, 5)), ten, atol=1e-5)


def test_a_gaussian_prior_has_the_moments_of_the_codes():
    model, images = tiny.stir(tiny.build("autoencoder")), flat_images(400)
    history = model.fit_prior("gaussian", images)
    codes, drawn = model.encode(images).astype("float64"), model.draw_codes(20_000)
    np.testing.assert_allclose(model.arrays["prior_means"][0], codes.mean(axis=0), rtol=1e-6)
    covariance = model.arrays["prior_factors"][0] @ model.arrays["prior_factors"][0].T
    np.testing.assert_allclose(covariance, np.cov(codes.T, bias=True), rtol=1e-3, atol=1e-4 * codes.var())
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.05 * codes.std())
    assert len(history) <= 3
    better = model.fit_prior("gaussian_mixture", images, components=6)
    assert better[-1] > history[-1] and len(model.arrays["prior_weights"]) == 6


def test_the_prior_is_saved_with_the_weights_and_forgotten_by_fit(tmp_path):
    model = with_prior()
    samples = model.sample(6, seed=1)
    model.save_weights(tmp_path / "with.weights.h5")
    again = tiny.build("autoencoder")
    again.save_weights(tmp_path / "without.weights.h5")
    weights.load_weights(again, tmp_path / "with.weights.h5")  # as the zoo loads
    assert again.capabilities == model.capabilities
    np.testing.assert_allclose(again.sample(6, seed=1), samples, atol=1e-6)
    weights.load_weights(again, tmp_path / "without.weights.h5")
    assert "sample" not in again.capabilities and not again.arrays
    model.compile(keras.optimizers.Adam())
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras").sample(6, seed=1), samples, atol=1e-6)
    model.fit(tiny.images(), verbose=0)
    with pytest.raises(NotImplementedError, match="fit_prior"):
        model.sample(1)


def test_a_release_in_half_precision_draws_the_same(tmp_path):
    model = with_prior()
    weights.save_release(model, tmp_path / "half.weights.h5")
    again = tiny.build("autoencoder")
    weights.load_weights(again, tmp_path / "half.weights.h5")
    np.testing.assert_allclose(again.sample(6, seed=1), model.sample(6, seed=1), atol=0.05)


def test_a_prior_of_other_codes_is_refused(tmp_path):
    other = with_prior()
    other.arrays = {**other.arrays, "prior_means": other.arrays["prior_means"][:, :2]}
    other.save_weights(tmp_path / "other.weights.h5")
    model = with_prior()
    samples = model.sample(3)
    with pytest.raises(ValueError, match="The prior must have positive factors and the shapes"):
        weights.load_weights(model, tmp_path / "other.weights.h5")
    np.testing.assert_array_equal(model.sample(3), samples)


def test_interpolation_goes_from_image_to_image():
    model, images = tiny.stir(tiny.build("autoencoder")), tiny.images()
    path = model.interpolate(images[0], images[1], steps=5)
    np.testing.assert_allclose(path[[0, -1]], model.reconstruct(images[:2]), atol=1e-5)
    np.testing.assert_allclose(path[2], model.decode(model.encode(images[:2]).mean(axis=0, keepdims=True))[0], atol=1e-5)


def test_what_does_not_fit_is_refused():
    model = tiny.build("autoencoder")
    with pytest.raises(ValueError, match=r"^prior must be one of 'gaussian_mixture', 'gaussian'; received 'normal'"):
        model.fit_prior("normal", tiny.images())
    with pytest.raises(ValueError, match=r"^images must be at least as many as components, 50; received 8"):
        model.fit_prior("gaussian_mixture", tiny.images())
    with pytest.raises(ValueError, match=r"^y must be None"):
        model.check_data(tiny.images(), tiny.labels())
    assert not model.arrays
