"""The conditional VAE: what the label says, what is left to the latents, and the VAE that it is without one."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.vae.cvae import CVAE
from kerasgen.models.vae.vae import VAE


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("cvae"))


@pytest.fixture(scope="module")
def bits():
    return np.where(np.random.default_rng(1).random((5, *tiny.IMAGE_SHAPE)) < 0.5, -1, 1).astype("float32")


def deaf(model):
    """A copy whose weights for the classes are zero, and the VAE with the weights that are left."""
    twin, plain = tiny.build("cvae"), tiny.build("vae")
    twin.set_weights(model.get_weights())
    latent_dim, classes = model.latent_dim, model.num_classes
    encoder, decoder = ([np.array(value) for value in part.get_weights()] for part in (twin.encoder, twin.decoder))
    encoder[1][:, :, -1] = 0  # the class's plane, in the first convolution
    hidden = next(i for i, value in enumerate(encoder) if value.ndim == 2 and i > 1)
    encoder[hidden][-classes:] = 0
    decoder[0][-classes:] = 0
    decoder[2][-classes:] = 0
    twin.encoder.set_weights(encoder)
    twin.decoder.set_weights(decoder)
    encoder[1], encoder[hidden] = encoder[1][:, :, :-1], encoder[hidden][:-classes]
    decoder[0], decoder[2] = decoder[0][:latent_dim], decoder[2][:-classes]
    plain.encoder.set_weights(encoder[1:])
    plain.decoder.set_weights(decoder)
    return twin, plain


def test_without_weights_for_the_class_it_is_a_vae(model, bits):
    twin, plain = deaf(model)
    for label in range(3):
        np.testing.assert_allclose(twin.elbo(bits, label, samples=5), plain.elbo(bits, samples=5), rtol=1e-4)
        np.testing.assert_allclose(twin.iw_bound(bits, label, samples=20), plain.iw_bound(bits, samples=20), rtol=1e-4)
        np.testing.assert_allclose(twin.sample(4, label=label, seed=2), plain.sample(4, seed=2), atol=1e-5)
    np.testing.assert_allclose(twin.classify(bits), 1 / 3, atol=1e-3)
    assert not np.allclose(model.elbo(bits, 0), model.elbo(bits, 1))


def test_the_bound_rises_with_samples(model, bits):
    images = np.concatenate([bits] * 40)
    labels = np.arange(len(images)) % 3
    bounds = [np.mean(model.iw_bound(images, labels, samples=k)) for k in (1, 10, 100)]
    assert bounds[0] < bounds[1] < bounds[2]
    assert np.mean(model.elbo(images, labels, samples=20)) < bounds[1]


def test_each_image_has_its_own_label(model, bits):
    labels = np.array([2, 0, 1, 1, 0])
    together = model.iw_bound(bits, labels, samples=7, seed=3)
    for label in range(3):
        np.testing.assert_allclose(
            model.iw_bound(bits, label, samples=7, seed=3)[labels == label], together[labels == label], rtol=1e-4
        )
    mean, log_variance = model.encode(bits, labels)
    assert mean.shape == log_variance.shape == (5, 3)
    np.testing.assert_allclose(model.decode(mean, labels)[1], model.decode(mean[1:2], 0)[0], atol=1e-5)


def test_a_reconstruction_keeps_the_latents_and_takes_the_label_asked_for(model, bits):
    labels = np.array([2, 0, 1, 1, 0])
    mean, _ = model.encode(bits, labels)
    np.testing.assert_allclose(model.reconstruct(bits, own_label=labels), model.decode(mean, labels), atol=1e-6)
    np.testing.assert_allclose(model.reconstruct(bits, label=1, own_label=labels), model.decode(mean, 1), atol=1e-6)
    likeliest = model.classify(bits).argmax(axis=1)
    np.testing.assert_allclose(model.reconstruct(bits, label=2), model.decode(model.encode(bits, likeliest)[0], 2), atol=1e-6)
    np.testing.assert_allclose(model.encode(bits)[0], model.encode(bits, likeliest)[0], atol=1e-6)


def test_a_sweep_has_a_latent_a_row_and_a_class_a_column(model):
    sweep = model.sweep_labels(4, seed=5)
    assert sweep.shape == (12, *tiny.IMAGE_SHAPE)
    for label in range(3):
        np.testing.assert_allclose(sweep[label::3], model.sample(4, label=label, seed=5), atol=1e-5)
    drawn = model.drawn_labels(30, seed=1)
    assert set(drawn) == {0, 1, 2}
    np.testing.assert_allclose(model.sample(30, seed=1), model.sample(label=drawn, seed=1), atol=1e-6)
    assert set(np.unique(model.sample(6, label=1, bits=True))) == {-1, 1}


def test_what_the_label_says_needs_no_latents():
    """Two patterns, told apart by their labels: nothing is left to explain, where a VAE has log 1/2 at best.

    Over four seeds and both backends -0.20 at worst.
    """
    patterns = np.ones((2, *tiny.IMAGE_SHAPE), "float32")
    patterns[0, :4] = patterns[1, :, :4] = -1
    model = CVAE(tiny.IMAGE_SHAPE, 2, 2, widths=(4, 8), blocks=0, hidden_dim=16, average_decay=0.97, seed=0)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(np.tile(patterns, (16 * 200, 1, 1, 1)), np.tile([0, 1], 16 * 200), batch_size=32, verbose=0)
    assert np.min(model.elbo(patterns, [0, 1], samples=50)) > np.log(1 / 2)
    np.testing.assert_array_equal(np.sign(model.sample(6, label=[0, 1, 0, 1, 0, 1])), np.tile(patterns, (3, 1, 1, 1)))
    np.testing.assert_array_equal(model.classify(patterns).argmax(axis=1), [0, 1])
    np.testing.assert_array_equal(np.sign(model.reconstruct(patterns, label=[1, 0])), patterns[::-1])


def test_the_twin_of_a_vae_has_its_objective(model, bits):
    model.compile(keras.optimizers.Adam())
    images, labels = np.concatenate([bits] * 100), np.tile([2, 0, 1, 1, 0], 100)
    found = model.evaluate(images, labels, batch_size=100, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(-np.mean(model.elbo(bits, labels[:5], samples=200)), rel=0.03)
    assert set(found) == set(VAE.tracked)


def test_labels_that_do_not_fit_are_refused(model, bits):
    for verb in (model.elbo, model.iw_bound, model.encode):
        with pytest.raises(ValueError, match=r"^label must be an integer from 0 to 2; received 3"):
            verb(bits, 3)
        with pytest.raises(ValueError, match=r"^label must be as many as the images, 5; received 2"):
            verb(bits, [0, 1])
    with pytest.raises(ValueError, match=r"^own_label must be"):
        model.reconstruct(bits, label=1, own_label=7)
    with pytest.raises(ValueError, match=r"^y must be the labels"):
        model.check_data(bits)
    with pytest.raises(ValueError, match=r"^images must be binary"):
        model.elbo(tiny.images(), 0)
