"""The flow of images beside the Jacobian by autodiff, and its bounds beside what they are made of."""

import numpy as np
import pytest
from jacobians import log_determinant
from keras import ops

from kerasgen.data import to_float_images
from kerasgen.models.flow.image_flows import squeeze, unsqueeze
from kerasgen.models.flow.realnvp import DEQUANTISATION, RealNVP
from kerasgen.noise import normal

SHAPE = (4, 4, 1)
SIZE = {"image_shape": SHAPE, "widths": (3, 3), "blocks": 1, "noise_couplings": 1, "noise_width": 3, "seed": 0}
SETTINGS = {
    "affine": {"couplings": (2, 1), "components": 0, "mixing": "swap", "dequantisation": "uniform"},
    "glow": {"couplings": (2, 1), "components": 0, "plain": 1},
    "mixture": {"couplings": (1, 1), "components": 2, "plain": 0},
}
GREYS = to_float_images(np.random.default_rng(1).choice([0, 0, 90, 254, 255], (5, *SHAPE)).astype("uint8"))


def small(name):
    model = RealNVP(**SIZE, **SETTINGS[name])
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(0.1 * np.random.default_rng(number).standard_normal(weight.shape))
    return model


@pytest.fixture(scope="module", params=SETTINGS)
def model(request):
    return small(request.param)


@pytest.fixture(scope="module")
def mixture():
    return small("mixture")


def log_normal(z):
    return -0.5 * np.sum(np.square(z.astype("float64")) + np.log(2 * np.pi), axis=(1, 2, 3))


def continuous(count=5):
    return np.random.default_rng(2).uniform(-1, 1, (count, *SHAPE)).astype("float32")


def test_log_prob_is_that_of_the_latents_and_the_jacobian(model):
    x = continuous(2)
    z = model.encode(x)
    wanted = [log_determinant(model.call, x[i : i + 1], model) for i in range(2)] + log_normal(z)
    found = model.log_prob(x)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_decode_and_encode_lead_back(model):
    x = continuous()
    np.testing.assert_allclose(model.decode(model.encode(x)), x, atol=1e-5)
    z = 0.5 * model.encode(x)
    np.testing.assert_allclose(model.encode(model.decode(z)), z, atol=1e-3)


def test_the_bound_is_the_density_of_noisy_images_less_that_of_the_noise(model):
    bound = model.elbo(GREYS, seed=3)
    noisy = model.dequantise(GREYS, seed=3)
    assert np.all(np.floor(128 * (noisy.astype("float64") + 1)).clip(0, 255) == np.round(127.5 * (GREYS + 1)))
    density = model.log_prob(noisy) + 16 * np.log(2) - 16 * np.log(256)
    if model.dequantisation == "uniform":
        np.testing.assert_allclose(bound, density, atol=2e-2)  # noise loses digits in [-1, 1]
        return
    numbers, grey = normal(SHAPE, 3, 0, 1, DEQUANTISATION), np.round(127.5 * (GREYS[:1] + 1))
    tiled = np.repeat(grey, 16, axis=0)
    log_det = log_determinant(lambda x: model.noise_flow(tiled, x)[0], numbers, model)
    np.testing.assert_allclose(bound[0], density[0] - (log_normal(numbers)[0] - log_det), atol=2e-2)


def test_bounds_of_more_draws_are_means(mixture):
    singles = np.stack([mixture.bounds(GREYS, 3, 5)[:, j] for j in range(3)])
    np.testing.assert_allclose(mixture.elbo(GREYS, samples=3, seed=5), singles.mean(axis=0))
    tighter = mixture.iw_bound(GREYS, samples=3, seed=5)
    np.testing.assert_allclose(tighter, np.log(np.exp(singles).mean(axis=0)), rtol=1e-6)
    assert np.all(tighter > singles.mean(axis=0))
    np.testing.assert_allclose(mixture.elbo(GREYS[:2], seed=5), mixture.elbo(GREYS, seed=5)[:2], atol=1e-3)


def test_training_reports_the_bound(mixture):
    mixture.compile("adam")
    logs = mixture.evaluate(GREYS, verbose=0, return_dict=True)
    assert logs["bits_per_dim"] == pytest.approx(logs["loss"] / (16 * np.log(2)), rel=1e-5)
    assert logs["loss"] == pytest.approx(-np.mean(mixture.elbo(GREYS, samples=20)), rel=0.1)


def test_samples_are_greys_or_what_decode_gives(mixture):
    greys, plain = mixture.sample(4, seed=1), mixture.sample(4, seed=1, greys=False)
    np.testing.assert_allclose(127.5 * (greys + 1), np.floor(128 * (plain + 1)).clip(0, 255), atol=1e-3)
    np.testing.assert_allclose(mixture.decode(normal(SHAPE, 1, 0, 4)), plain, atol=1e-5)
    cold = mixture.sample(4, seed=1, temperature=0.0, greys=False)
    np.testing.assert_allclose(cold, np.repeat(cold[:1], 4, axis=0), atol=1e-6)


def test_interpolation_passes_both_images(mixture):
    path = mixture.interpolate(GREYS[0], GREYS[1], steps=5, seed=2)
    assert path.shape == (5, *SHAPE)
    np.testing.assert_allclose(path[[0, -1]], mixture.dequantise(GREYS[:2], seed=2), atol=1e-4)


def test_the_first_channels_are_one_colour_of_a_checkerboard():
    x = np.arange(2 * 4 * 6 * 3).reshape(2, 4, 6, 3).astype("float32")
    y = ops.convert_to_numpy(squeeze(x))
    assert y.shape == (2, 2, 3, 12)
    np.testing.assert_array_equal(unsqueeze(y), x)
    rows, columns = np.indices((4, 6))
    assert set(y[..., :6].ravel()) == set(x[:, (rows + columns) % 2 == 0].ravel())


def test_no_images_or_latents_make_an_infinity(model):
    hostile = np.stack([np.full(SHAPE, value, "float32") for value in (-1, 1, 0, 1 - 1e-7)])
    for found in (model.encode(hostile), model.log_prob(hostile), model.elbo(hostile[:2])):
        assert np.all(np.isfinite(found))
    for size in (1e2, 1e6, 1e30):
        images = model.decode(size * np.random.default_rng(0).choice([-1.0, 1.0], (4, *SHAPE)))
        assert np.all(np.abs(images) <= 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_shape": (6, 8, 1)}, "image_shape must be"),
        ({"couplings": (2,)}, "widths must be as many as couplings"),
        ({"couplings": 2}, "couplings must be a sequence"),
        ({"couplings": (2, 0)}, "couplings must be an integer from 1"),
        ({"mixing": "glow"}, "mixing must be one of"),
        ({"dequantisation": None}, "dequantisation must be one of"),
        ({"components": -1}, "components must be"),
        ({"dropout": 1.0}, "dropout must be"),
    ],
)
def test_settings_that_make_no_flow_are_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        RealNVP(**{**SIZE, **SETTINGS["mixture"], **changes})


def test_other_images_are_refused(mixture):
    between = GREYS + 0.002
    for verb in (mixture.elbo, mixture.iw_bound, mixture.dequantise, lambda x: mixture.interpolate(x[0], GREYS[0])):
        with pytest.raises(ValueError, match=r"(images|first) must be of 8 bits"):
            verb(np.clip(between, -1, 1))
    with pytest.raises(ValueError, match="images must be float images"):
        mixture.log_prob(GREYS[:, :2])
    with pytest.raises(ValueError, match="latents must be"):
        mixture.decode(np.full((1, *SHAPE), np.nan))
    with pytest.raises(ValueError, match="temperature must be a number from 0 to 2"):
        mixture.sample(1, temperature=-1)


def test_it_is_exported_with_its_density(mixture):
    x = continuous(3)
    network = mixture.averaged_networks()["encode"]
    found = network(x)
    np.testing.assert_allclose(found["latents"], mixture.encode(x), atol=1e-4)
    np.testing.assert_allclose(found["log_prob"], mixture.log_prob(x), atol=1e-3)
