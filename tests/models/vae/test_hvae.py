"""The ladder of stochastic layers beside other ways to compute the same."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.vae import hvae, ladder
from kerasgen.models.vae.hvae import HVAE

THREE = {"scales": ("vector", "quarter", "half"), "depths": (3, 2, 1), "blocks": 1}


def stirred(model, scale=0.1):
    """Moves every weight of a new model a little: of six networks in a row, more would be all that one sees."""
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(scale * np.random.default_rng(number).standard_normal(weight.shape))
    return model


@pytest.fixture(scope="module")
def model():
    return stirred(tiny.build("hvae", **THREE))


@pytest.fixture(scope="module")
def bits():
    return np.where(np.random.default_rng(1).random((5, *tiny.IMAGE_SHAPE)) < 0.5, -1, 1).astype("float32")


def log_normal(x, mean, scale):
    """log N(x; mean, scale^2), summed over all numbers of a row."""
    density = -0.5 * np.square((x - mean) / scale) - np.log(scale) - 0.5 * np.log(2 * np.pi)
    return density.reshape(len(x), -1).sum(axis=1)


def test_the_ladder_is_that_of_the_layers_own_numbers(model, bits):
    """By hand, in z = m + s u: what p and q of z say of each layer is what the model says of u."""
    network, normal = model.ladder, np.random.default_rng(0).standard_normal((5, model.latent_dim)).astype("float32")
    evidence = model.encoder(bits)
    h, log_ratio, at = ops.tile(network.start, (5, 1)), 0.0, 0
    for i, shape in enumerate(model.layer_shapes):
        size = int(np.prod(shape))
        noise, at = normal[:, at : at + size].reshape(5, *shape), at + size
        h = network.moves[i](h)
        m, log_s = (ops.convert_to_numpy(x) for x in network.priors[i](h))
        a, log_variance = (ops.convert_to_numpy(x) for x in network.looks[i]([h, evidence[i]]))
        s, b = np.exp(log_s), np.exp(0.5 * log_variance)
        z = m + s * a + s * b * noise
        log_ratio = log_ratio + log_normal(z, m, s) - log_normal(z, m + s * a, s * b)
        h = network.joins[i]([h, ops.convert_to_tensor(z)])
    parameters = network.head(network.moves[-1](h))
    likelihood, ratio, _ = model.bound_parts(normal[:, None], bits, *evidence)
    np.testing.assert_allclose(ratio[:, 0], log_ratio, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(likelihood[:, 0], model.distribution.log_prob(bits, parameters), rtol=1e-4)


def test_divergences_are_those_of_drawn_latents(model, bits):
    normal = np.random.default_rng(0).standard_normal((2, 4000, model.latent_dim)).astype("float32")
    _, ratio, divergences = (
        ops.convert_to_numpy(x) for x in model.read_bounds(normal, bits[:2], *model.read_evidence(bits[:2]))
    )
    closed, drawn = divergences.sum(axis=2).mean(axis=1), -ratio.mean(axis=1)
    np.testing.assert_allclose(drawn, closed, rtol=0.05)
    assert divergences.shape == (2, 4000, 3) and np.all(divergences >= 0)
    found = model.layer_divergences(bits, samples=3, seed=2)
    assert found.shape == (5, 3)
    whole = model.elbo(bits, samples=3, seed=2)
    rebuilt = model.elbo(bits[:2], samples=3, seed=2)
    np.testing.assert_allclose(rebuilt, whole[:2], rtol=1e-4)


def test_bounds_rise_to_the_exact_likelihood(bits):
    """Of two layers with a latent each, the likelihood is an integral over a plane."""
    model = stirred(HVAE(tiny.IMAGE_SHAPE, ("vector", "vector"), (1, 1), (4, 6), blocks=0, hidden_dim=8, seed=0), 0.2)
    axis = np.linspace(-6, 6, 97)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype("float32")
    parameters = model.draw_parameters(plane)
    images = bits[:3]
    log_joint = [
        ops.convert_to_numpy(model.distribution.log_prob(np.tile(x, (len(plane), 1, 1, 1)), parameters)).astype("float64")
        - 0.5 * np.sum(np.square(plane), axis=1)
        - np.log(2 * np.pi)
        for x in images
    ]
    step = axis[1] - axis[0]
    exact = [top + np.log(np.sum(np.exp(each - top)) * step**2) for each in log_joint for top in [each.max()]]
    few, many = (np.mean(model.iw_bound(np.tile(images, (100, 1, 1, 1)), samples=k)) for k in (1, 30))
    most = model.iw_bound(images, samples=4000)
    assert few + 0.2 < many < np.mean(exact) + 0.02
    np.testing.assert_allclose(most, exact, atol=0.2)


def test_loss_is_the_negative_elbo(model, bits):
    model.compile(keras.optimizers.Adam())
    found = model.evaluate(np.concatenate([bits] * 100), batch_size=100, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(-np.mean(model.elbo(bits, samples=100)), rel=0.03)
    assert found["loss"] == pytest.approx(found["reconstruction"] + found["divergence"], rel=1e-5)
    assert found["divergence"] == pytest.approx(model.layer_divergences(bits, samples=100).sum(axis=1).mean(), rel=0.03)


def test_a_bound_does_not_depend_on_its_neighbours(model, bits, monkeypatch):
    whole = model.iw_bound(bits, samples=7, seed=3)
    monkeypatch.setattr(hvae, "BLOCK", 4)
    np.testing.assert_allclose(model.iw_bound(bits, samples=7, seed=3), whole, rtol=1e-4)
    np.testing.assert_allclose(model.iw_bound(bits[:2], samples=7, seed=3), whole[:2], rtol=1e-4)
    assert not np.allclose(model.iw_bound(bits, samples=7, seed=4), whole)


def test_free_bits_are_those_of_a_layer(model, bits):
    other = tiny.build("hvae", **THREE, free_bits=1e4)
    other.set_weights(model.get_weights())
    other.compile(keras.optimizers.Adam())
    found = other.evaluate(bits, batch_size=5, verbose=0, return_dict=True)
    assert found["loss"] - found["reconstruction"] == pytest.approx(3e4, rel=1e-4)


def test_encode_reconstruct_and_interpolate_agree(model, bits):
    mean, log_variance = model.encode(bits)
    assert mean.shape == log_variance.shape == (5, model.latent_dim)
    np.testing.assert_allclose(model.reconstruct(bits), model.decode(mean), atol=1e-5)
    assert [part.shape for part in model.layers_of(mean)] == [(5, 3), (5, 2, 2, 2), (5, 4, 4, 1)]
    np.testing.assert_array_equal(np.concatenate([part.reshape(5, -1) for part in model.layers_of(mean)], axis=1), mean)
    path = model.interpolate(bits[0], bits[1], steps=3)
    np.testing.assert_allclose(path[[0, -1]], model.reconstruct(bits[:2]), atol=1e-4)
    still = model.sample(3, truncation=0.0)
    np.testing.assert_allclose(still, np.broadcast_to(still[:1], still.shape), atol=1e-6)
    assert set(np.unique(model.sample(2, bits=True))) <= {-1, 1}


def test_a_new_model_expects_what_it_finds(bits):
    """Before training q is p: nothing diverges."""
    np.testing.assert_array_equal(tiny.build("hvae", **THREE).layer_divergences(bits), 0)


@pytest.mark.parametrize(
    ("scales", "depths", "message"),
    [
        (("quarter",), (2,), r"^scales must be of .* the first \"vector\"; received \('quarter',\)"),
        (("vector", "half", "quarter"), (1, 1, 1), "^scales must be of"),
        ((), (), "^scales must be of"),
        (("vector", "half"), (1,), "^depths must be a positive integer for each of the 2 layers"),
        (("vector",), (0,), "^depths must be a positive integer"),
    ],
)
def test_layers_that_are_none_are_refused(scales, depths, message):
    with pytest.raises(ValueError, match=message):
        ladder.checked_layers(scales, depths)


def test_unusable_input_is_refused(model):
    with pytest.raises(ValueError, match=r"^images must be binary, each pixel -1 or 1"):
        model.layer_divergences(tiny.images())
    with pytest.raises(ValueError, match=r"^latents must be finite, of shape \(count, 27\)"):
        model.decode(np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"^samples must be an integer from 1"):
        model.iw_bound(np.sign(tiny.images()), samples=0)
