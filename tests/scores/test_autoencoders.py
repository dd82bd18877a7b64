"""Scores of autoencoders: errors beside principal components, and Frechet distances of three sources of codes."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.data import to_float_images
from kerasgen.models.vae.autoencoder import Autoencoder
from kerasgen.scores import autoencoders, judged


class Reader:
    """Two features, of the brightness of the halves."""

    num_classes = 2

    def features_and_probabilities(self, images):
        features = np.stack([images[:, :4].mean(axis=(1, 2, 3)), images[:, 4:].mean(axis=(1, 2, 3))], axis=1)
        one = 1 / (1 + np.exp(-4 * features[:, 0]))
        return features, np.stack([1 - one, one], axis=1)

    def features(self, images):
        return self.features_and_probabilities(images)[0]


def splits(count=400):
    """Images whose halves are of one of two pairs of greys, so that codes lie in two clusters."""
    rng = np.random.default_rng(0)
    parts = {}
    for part in ("train", "validation", "test"):
        bright = rng.integers(0, 2, count)[:, None, None, None]
        greys = np.where(bright, 180, 60) + rng.integers(-15, 15, (count, 2, 1, 1))
        parts[part] = {"image": np.repeat(np.repeat(greys, 4, axis=1), 8, axis=2).astype("uint8")}
    return parts


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    for module in (judged, autoencoders):
        monkeypatch.setattr(module, "expert", lambda name: Reader())


@pytest.fixture(scope="module")
def model():
    """The principal components themselves, as a linear autoencoder of two latents."""
    images = to_float_images(splits()["train"]["image"])
    found = autoencoders.metrics.PrincipalComponents(images, 2)
    model = Autoencoder(tiny.IMAGE_SHAPE, latent_dim=2, widths=(), seed=0)
    directions = found.directions.astype("float32")
    model.encoder.set_weights([directions.T, np.float32(-found.directions @ found.mean)])
    model.decoder.set_weights([directions, np.float32(found.mean)])
    model.compile(keras.optimizers.Adam())
    return model


def test_projections_have_the_error_of_the_directions_left_out():
    images = np.random.default_rng(0).uniform(-1, 1, (300, 3, 4, 1)) * np.linspace(0.1, 1, 12).reshape(3, 4, 1)
    values = np.linalg.eigvalsh(np.cov(images.reshape(300, 12).T, bias=True))
    for count in (1, 5, 12):
        error = autoencoders.squared_errors(images, autoencoders.principal_reconstructions(images, images, count)).mean()
        assert error == pytest.approx(values[: 12 - count].sum() / 12 / 4, abs=1e-12)


def test_a_linear_autoencoder_scores_as_principal_components_do(model):
    parts = splits()
    autoencoders.fit_prior("gaussian_mixture", components=2)(model, parts)
    scores = autoencoders.score_autoencoder("a-judge", samples=300)(model, parts)
    assert scores["mse"].value == pytest.approx(scores["mse_principal"].value, rel=1e-3)
    assert scores["mse"].low <= scores["mse"].value <= scores["mse"].high and scores["mse"].leading
    assert autoencoders.validate_reconstructions()(model, parts)["mse"] == pytest.approx(scores["mse"].value, rel=0.1)
    # Two clusters: the mixture knows them, one Gaussian has their moments, and standard normal codes have neither.
    frechet = {name: scores[name].value for name in ("frechet", "frechet_gaussian", "frechet_naive")}
    assert frechet["frechet_naive"] > 5 * max(frechet["frechet"], frechet["frechet_gaussian"])
    assert scores["top_probability"].value > 0  # what score_images also tells
    assert scores["frechet_naive"].count == 300
