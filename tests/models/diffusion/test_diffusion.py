import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen import noise
from kerasgen.models.diffusion.diffusion import Diffusion
from kerasgen.schedules.noise import alpha_sigma


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("diffusion"))


@pytest.fixture(scope="module")
def images():
    return tiny.batch("diffusion")[0]


@pytest.mark.parametrize("schedule", ["cosine", "straight"])
@pytest.mark.parametrize("target", ["v", "noise", "velocity"])
def test_the_mean_image_is_what_the_target_says(target, schedule):
    """Whatever is asked for, the true target of an image and its noise leads back to that image."""
    model = Diffusion((8, 8, 1), widths=(8,), schedule=schedule, target=target)
    rng = np.random.default_rng(0)
    x, n = rng.uniform(-1, 1, (4, 8, 8, 1)), rng.standard_normal((4, 8, 8, 1))
    level = np.array([-4.0, -1.0, 1.0, 4.0])
    alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(schedule, level, np))
    said = {"v": alpha * n - sigma * x, "noise": n, "velocity": n - x}[target]
    given = (part.astype("float32") for part in (said, alpha * x + sigma * n, level))
    np.testing.assert_allclose(ops.convert_to_numpy(model.image_of(*given)), x, atol=1e-4)


def test_guidance_one_is_the_conditional_model_and_zero_the_unconditional(model):
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((3, 8, 8, 1)).astype("float32"), np.array([0, 1, 2])
    told, untold = (model.predictor(each, 3, 1.0)(x, 0.5) for each in (labels, None))
    level, weights = np.full(3, 0.5, "float32"), np.eye(3, dtype="float32")
    for guidance, expected in ((1.0, told), (0.0, untold)):
        guided = model.predict_guided(x, level, np.full(3, guidance, "float32"), weights)
        np.testing.assert_allclose(ops.convert_to_numpy(guided), expected, atol=1e-5)
    assert np.abs(told - untold).max() > 1e-4
    assert np.abs(model.sample(label=[0, 1], guidance=3) - model.sample(label=[0, 1], guidance=1)).max() > 1e-4


@pytest.mark.parametrize("options", [{"sampler": "ddpm"}, {"sampler": "ddim", "eta": 0.5}, {"sampler": "heun"}, {}])
def test_a_sample_depends_on_its_seed_index_and_label_alone(model, options):
    whole = model.sample(5, seed=1, steps=2, **options)
    labels = model.drawn_labels(5, seed=1)
    parts = [
        model.sample(2, label=labels[:2], seed=1, steps=2, batch_size=1, **options),
        model.sample(label=labels[2:], seed=1, start=2, steps=2, **options),
    ]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-4)  # the first step divides by 0.0015
    assert whole.min() >= -1 and whole.max() <= 1


def test_decoding_the_noise_of_samples_gives_the_samples(model):
    drawn = model.sample(3, label=1, seed=5, sampler="ddim")
    np.testing.assert_allclose(model.decode(noise.normal((8, 8, 1), 5, 0, 3), label=1), drawn, atol=1e-5)


def test_what_is_known_comes_back_as_it_was(model, images):
    mask = np.zeros(images.shape, bool)
    mask[:, 4:] = True
    drawn = model.inpaint(images, mask, seed=1, steps=3, repeats=2)
    np.testing.assert_array_equal(drawn[~mask], images[~mask])
    assert np.abs(drawn - images)[mask].mean() > 0.05
    again = model.inpaint(images[:3], mask[:3], seed=1, steps=3, repeats=2, batch_size=2)
    np.testing.assert_allclose(again, drawn[:3], atol=1e-5)


def test_variations_keep_more_of_an_image_the_weaker_they_are(model, images):
    away = [np.abs(model.vary(images, strength, steps=4) - images).mean() for strength in (0.02, 0.3, 1.0)]
    assert away[0] < away[1] < away[2]
    assert away[0] < 0.2


def test_denoise_asks_the_network_at_the_level_of_the_noise(model, images):
    cleaned = model.denoise(images, sigma=0.2)
    level = -2 * np.log(0.4)
    alpha = alpha_sigma("cosine", level, np)[0]
    np.testing.assert_allclose(cleaned, model.predictor(None, 8, 1.0)(np.float32(alpha) * images, level), atol=1e-5)
    assert model.denoise(images * 5, sigma=1.0).max() <= 1


def test_the_bound_of_an_image_depends_on_seed_and_index_alone(model, images):
    bounds = model.elbo(images, label=1, samples=3)
    np.testing.assert_allclose(model.elbo(images[:3], label=[1, 1, 1], samples=3, batch_size=2), bounds[:3], rtol=1e-4)
    assert bounds.shape == (8,)
    assert np.all(bounds < 0)


def test_images_without_classes():
    model = Diffusion((4, 4, 3), widths=(8,), steps=2, seed=0)
    model.compile("adam")
    model.fit(np.zeros((4, 4, 4, 3), "float32"), batch_size=2, verbose=0)
    assert model.sample(2, guidance=3).shape == (2, 4, 4, 3)
    assert model.interpolate(3).shape == (3, 4, 4, 3)
    assert model.encode(model.sample(2)).std() > 0.1
    with pytest.raises(ValueError, match=r"label must be None: this model has no classes .num_classes=0.; received 1"):
        model.sample(2, label=1)
    with pytest.raises(ValueError, match="y must be None"):
        model.fit(np.zeros((4, 4, 4, 3), "float32"), np.zeros(4, int), verbose=0)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"sampler": "euler"}, "sampler must be one of 'ddpm', 'ddim', 'heun', 'dpm\\+\\+'; received 'euler'"),
        ({"steps": 0}, "steps must be an integer from 1 to 10000; received 0"),
        ({"eta": 0.5}, "only the sampler 'ddim' takes it; received 0.5 with 'dpm\\+\\+'"),
        ({"sampler": "ddim", "eta": 2}, "eta must be a number from 0 to 1; received 2"),
        ({"guidance": -1}, "guidance must be a number from 0 to 100; received -1"),
        ({"label": 3}, "label must be an integer from 0 to 2; received 3"),
        ({"count": 2, "label": [1]}, "count must be None or the number of labels, 1; received 2"),
    ],
)
def test_samples_that_cannot_be_drawn(model, arguments, match):
    with pytest.raises(ValueError, match=match):
        model.sample(**arguments)


def test_bad_masks_strengths_and_labels(model, images):
    with pytest.raises(ValueError, match=r"mask must be of bool and of shape \(8, 8, 8, 1\); received float64"):
        model.inpaint(images, np.zeros(images.shape))
    with pytest.raises(ValueError, match=r"strength must be a number from 0.01 to 1; received 0"):
        model.vary(images, 0)
    with pytest.raises(ValueError, match=r"sigma must be a number from 0.001 to 100; received -1"):
        model.denoise(images, -1)
    with pytest.raises(ValueError, match="as many as there are images, 8; received 2"):
        model.encode(images, label=[1, 2])
    with pytest.raises(ValueError, match="y must be the labels"):
        model.fit(images, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"schedule": "sigmoid"}, "schedule must be one of 'cosine', 'linear', 'edm', 'straight'; received 'sigmoid'"),
        ({"target": "image"}, "target must be one of 'v', 'noise', 'velocity'; received 'image'"),
        ({"widths": (12, 16)}, r"widths must be multiples of 8; received \(12, 16\)"),
        ({"image_shape": (30, 30, 1)}, "multiples of 4"),
    ],
)
def test_bad_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        Diffusion(**arguments)
