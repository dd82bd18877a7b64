"""What GANs share, on a DCGAN: blocks of big samples, the verbs, what an evaluation records, and what cannot be asked."""

import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen import noise
from kerasgen.model import VerbNotOffered

IMAGES = tiny.images()


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("dcgan"))


@pytest.fixture
def recorded(model, monkeypatch):
    """The numbers of rows that the networks receive at once, with what they compute left as it is."""
    rows, draw, discriminator = [], model.draw, model.discriminator
    monkeypatch.setattr(model, "draw", lambda z: rows.append(len(z)) or draw(z))
    judge = lambda images, training: rows.append(len(images)) or discriminator(images, training=training)  # noqa: E731
    monkeypatch.setattr(model, "discriminator", judge)
    return rows


# Losses


def test_accuracies_count_signs():
    model = tiny.build("dcgan")
    real, fake = (np.array(signs, "float32").reshape(-1, 1, 1, 1) for signs in ([1, 1, -1, 1], [-1, 1, 1, 1]))
    model.discriminator = lambda images, training: ops.sign(ops.mean(images, axis=(1, 2)))
    model.fakes_like = lambda images, training: ops.convert_to_tensor(fake * np.ones_like(IMAGES[:4]))
    model.discriminator_loss(ops.convert_to_tensor(real * np.ones_like(IMAGES[:4])), training=False)
    logs = {name: float(value) for name, value in model.logs().items()}
    assert (logs["real_accuracy"], logs["fake_accuracy"]) == (0.75, 0.25)


@pytest.mark.skipif(tiny.BACKEND == "jax", reason="JAX steps see no numbers")
@pytest.mark.parametrize("name", ["dcgan", "mlp_gan", "sagan", "wgan_gp"])
def test_an_evaluation_looks_at_images_of_the_average(name):
    model = tiny.compiled(name, run_eagerly=True)
    tiny.fit(model, IMAGES)
    seen, network = [], model.discriminator
    model.discriminator = lambda images, training: seen.append((images, training)) or network(images, training=training)
    model.seed_generator.state.assign([1, 2])
    model.test_on_batch(IMAGES)
    model.seed_generator.state.assign([1, 2])
    fakes = model.fakes_like(IMAGES, training=False)
    assert any(np.array_equal(images, fakes) for images, _ in seen)
    assert np.array_equal(seen[0][0], IMAGES) or np.array_equal(seen[1][0], IMAGES)  # nothing is augmented


# Verbs


def test_samples_are_decoded_latents(model):
    latents = noise.normal((model.latent_dim,), 5, 2, 6)
    np.testing.assert_allclose(model.decode(latents), model.sample(4, seed=5, start=2), atol=1e-6)
    np.testing.assert_allclose(model.decode(latents), model.generator(latents, training=False), atol=1e-6)


def test_no_call_has_more_rows_than_batch_size(model, recorded):
    whole, latents = model.sample(11, seed=5, batch_size=11), noise.normal((model.latent_dim,), 5, 0, 11)
    assert recorded == [11]
    recorded.clear()
    for images in (model.sample(11, seed=5, batch_size=4), model.decode(latents, batch_size=4)):
        np.testing.assert_allclose(images, whole, atol=1e-6)
    scores = model.score(whole, batch_size=4)
    assert recorded == [4, 4, 3] * 3
    recorded.clear()
    np.testing.assert_allclose(model.score(whole), scores, atol=1e-6)
    model.sample(600), model.decode(np.repeat(latents, 60, axis=0)), model.interpolate(600)
    assert max(recorded) == 256 and sum(recorded) == 11 + 600 + 660 + 600


@pytest.mark.parametrize("latents", [np.zeros((2, 3)), np.zeros(4), np.full((2, 4), np.nan), np.zeros((0, 4))])
def test_latents_that_do_not_fit_are_refused(model, latents):
    with pytest.raises(ValueError, match=r"^latents must be finite, of shape \(count, 4\), at least one; received shape"):
        model.decode(latents)


def test_interpolation_joins_the_first_two_samples(model):
    images = model.interpolate(5, seed=9)
    np.testing.assert_allclose(images[[0, -1]], model.sample(2, seed=9), atol=1e-5)
    jumps = np.abs(np.diff(images, axis=0)).max(axis=(1, 2, 3))
    assert np.all(jumps > 1e-4)


def test_the_score_is_the_discriminators_logit(model):
    expected = ops.convert_to_numpy(model.discriminator(IMAGES, training=False))[:, 0]
    np.testing.assert_allclose(model.score(IMAGES), expected, atol=1e-6)


def test_truncation_of_one_is_none_and_of_zero_leaves_one_image(model):
    np.testing.assert_array_equal(model.sample(4, seed=2, truncation=1), model.sample(4, seed=2))
    still = model.sample(4, seed=2, truncation=0)
    np.testing.assert_allclose(still, np.repeat(model.decode(np.zeros((1, 4))), 4, axis=0), atol=1e-6)
    for wrong in (-0.1, 1.1, "a", None):
        with pytest.raises(ValueError, match=r"^truncation must be a number from 0 to 1; received"):
            model.sample(1, truncation=wrong)


# Refusals


def test_labels_are_refused():
    with pytest.raises(ValueError, match="y must be None: DCGAN learns from images alone"):
        tiny.compiled("dcgan").fit(IMAGES, np.zeros(len(IMAGES), int))


@pytest.mark.parametrize(("verb", "reason"), [("log_prob", "without computing how probable"), ("encode", "back to a latent")])
@pytest.mark.parametrize("name", ["cgan", "dcgan"])
def test_what_a_gan_cannot_do_is_refused_with_the_reason(name, verb, reason):
    model = tiny.build(name)
    assert not hasattr(model, verb) and verb not in model.capabilities
    with pytest.raises(VerbNotOffered, match=rf"^{type(model).__name__} has no {verb}: .*{reason}.* It offers sample, "):
        getattr(model, verb)(IMAGES)


@pytest.mark.parametrize("verb", ["sample", "decode", "score"])
@pytest.mark.parametrize("batch_size", [0, 2.5])
def test_batch_sizes_out_of_range_are_refused(model, verb, batch_size):
    argument = {"sample": 1, "decode": np.zeros((1, 4)), "score": IMAGES}[verb]
    with pytest.raises(ValueError, match=r"^batch_size must be an integer from 1 to"):
        getattr(model, verb)(argument, batch_size=batch_size)
