"""SAGAN: spectral norms by SVD, hinge losses in closed form, and where attention looks."""

import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.layers.spectral_norm import Spectral
from kerasgen.models.gan.sagan import SAGAN

IMAGES = tiny.images()
EAGER = tiny.BACKEND == "tensorflow"  # a step or two is soonest done without a graph
LATENTS = np.random.default_rng(5).standard_normal((3, 4)).astype("float32")


@pytest.fixture
def model():
    return tiny.stir(tiny.build("sagan", loss="hinge", augment=()))


def layers_with_a_kernel(network):
    return [layer for layer in network._flatten_layers() if hasattr(layer, "kernel")]


@pytest.mark.parametrize("player", SAGAN.players)
def test_every_kernel_of_both_players_has_spectral_norm_one(model, player):
    layers = layers_with_a_kernel(getattr(model, player))
    assert len(layers) == 8 and all(isinstance(layer, Spectral) for layer in layers)
    for layer in layers:
        matrix = np.reshape(layer.kernel.numpy(), (-1, layer.kernel.shape[-1]))
        _, values, directions = np.linalg.svd(matrix, full_matrices=False)
        layer.u.assign(directions[0])  # where power iterations lead
        unit_kernel = np.reshape(ops.convert_to_numpy(layer.unit_kernel()), matrix.shape)
        np.testing.assert_allclose(unit_kernel, matrix / values[0], rtol=1e-4, atol=1e-6)


def test_losses_are_hinges(model):
    fakes = -IMAGES
    model.fakes_like = lambda images, training: ops.convert_to_tensor(fakes)
    real, fake = (ops.convert_to_numpy(model.discriminator(x)) for x in (IMAGES, fakes))
    loss = float(model.discriminator_loss(ops.convert_to_tensor(IMAGES), training=True))
    assert loss == pytest.approx(np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean(), rel=1e-4)
    assert float(model.generator_loss(ops.convert_to_tensor(IMAGES), training=True)) == pytest.approx(-fake.mean(), rel=1e-4)


def test_a_step_moves_both_power_iterations_once():
    model = tiny.compiled("sagan", run_eagerly=EAGER)
    layers = [layer for player in (model.generator, model.discriminator) for layer in layers_with_a_kernel(player)]
    expected = [ops.convert_to_numpy(layer.iterate()[2]) for layer in layers]
    model.train_on_batch(IMAGES)
    for layer, u in zip(layers, expected, strict=True):
        np.testing.assert_allclose(layer.u.numpy(), u, atol=1e-5)


def test_attention_is_a_row_of_the_layers_map(model):
    maps = model.attention(LATENTS, row=5, column=2)
    assert maps.shape == (3, 2, 2) and maps.dtype == np.float32
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, rtol=1e-5)
    layer, seen = model.generator.get_layer("attention"), []
    original = layer.call
    layer.call = lambda x, **options: seen.append(x) or original(x, **options)
    model.average(LATENTS)
    _, attention = original(seen[0], return_attention=True)
    np.testing.assert_allclose(maps.reshape(3, 4), ops.convert_to_numpy(attention)[:, 2 * 4 + 1], rtol=1e-4)
    np.testing.assert_array_equal(model.attention(LATENTS, row=4, column=3), maps)  # the same place at half the size
    np.testing.assert_allclose(model.attention(LATENTS, row=5, column=2, batch_size=2), maps, rtol=1e-5)


def test_attention_follows_the_averaged_weights():
    model = tiny.compiled("sagan", run_eagerly=EAGER)
    before = model.attention(LATENTS, 0, 0)
    tiny.fit(model, IMAGES)
    frozen = model.attention(LATENTS, 0, 0)
    for weight in model.generator.weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_allclose(model.attention(LATENTS, 0, 0), frozen, rtol=1e-5)
    assert not np.allclose(before, frozen)


@pytest.mark.parametrize(("row", "column", "name"), [(8, 0, "row"), (0, -1, "column"), (1.5, 0, "row")])
def test_pixels_outside_are_refused(model, row, column, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        model.attention(LATENTS, row, column)


@pytest.mark.parametrize("changes", [{"widths": (8, 12, 4)}, {"discriminator_widths": (12, 8, 8)}])
def test_widths_that_attention_cannot_divide_are_refused(changes):
    with pytest.raises(ValueError, match=r"widths\[-?\d\] must be a multiple of 8.*received 12"):
        tiny.build("sagan", **changes)


def test_attention_is_at_half_the_size_whatever_the_stages():
    model = tiny.build("sagan", image_shape=(16, 16, 1), widths=(6, 4, 8, 4))
    assert model.generator.get_layer("attention").output.shape[1:3] == (8, 8)
    assert model.attention(LATENTS, 15, 15).shape == (3, 4, 4) and model.sample(2).shape == (2, 16, 16, 1)
