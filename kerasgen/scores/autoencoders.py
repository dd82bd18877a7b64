"""Scores of autoencoders without a likelihood: what reconstructions lose, and what samples from fitted codes look like."""

import numpy as np

from kerasgen import latents, metrics
from kerasgen.data import to_float_images
from kerasgen.models.mixture.gaussian_mixture import GaussianMixture
from kerasgen.score import Score
from kerasgen.scores.experts import SAMPLE_SEED, expert, features_and_probabilities, features_drawn
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.judged import SAMPLES, score_images

FITTED = 50_000  # training images that principal components and Gaussians are fitted to


def validate_reconstructions(count=2000):
    """Returns a `validate` function: the mean squared error of a pixel in [0, 1], on the first validation images."""

    def validate(model, splits):
        images = to_float_images(splits["validation"]["image"][:count])
        return {"mse": float(np.mean(squared_errors(images, model.reconstruct(images))))}

    return validate


def fit_prior(prior, **options):
    """Returns a `finish` function: `model.fit_prior` on all training images."""

    def finish(model, splits):
        model.fit_prior(prior, to_float_images(splits["train"]["image"]), **options)

    return finish


def score_autoencoder(judge_name, samples=SAMPLES):
    """Returns a `score` function for autoencoders with a prior, of images that a judge of the zoo knows.

    Reconstructions stand beside those of as many principal components; samples, beside those of codes from one Gaussian that is
    fitted to the codes of training images, and of codes from a standard normal distribution at the codes' mean square.
    """

    def score(model, splits, full=True):
        train, test = (to_float_images(splits[part]["image"]) for part in ("train", "test"))
        scores = reconstruction_scores(model, train[:FITTED], test)
        scores |= score_images(judge_name, samples)(model, splits, full=False)
        return {**scores, **other_codes(judge_name, model, train[:FITTED], splits, min(samples, len(test)))}

    return score


def squared_errors(images, others):
    """Mean squared error of the pixels in [0, 1] of images in [-1, 1], image by image: float64 (count,)."""
    return 0.25 * np.mean(np.square(images.astype("float64") - others), axis=(1, 2, 3))


def principal_reconstructions(train, images, components):
    """Images projected on the leading principal components of training images."""
    found = metrics.PrincipalComponents(train, components)
    return (found.mean + found(images) * found.scale @ found.directions).reshape(images.shape)


def reconstruction_scores(model, train, test):
    """The error of reconstructed test images, and that of as many principal components of the training images."""

    def error(others, **fields):
        return with_interval(np.mean, squared_errors(test, others), better="lower", **fields)

    codes = model.latent_dim
    return {
        "mse": error(
            model.reconstruct(test),
            protocol=f"test images, {codes} numbers each; pixels in [0, 1]",
            label="squared error of a reconstructed pixel",
            leading=True,
        ),
        "mse_principal": error(
            principal_reconstructions(train, test, codes),
            protocol=f"the same with {codes} principal components of {len(train)} training images",
            label="squared error of a pixel, principal components",
        ),
    }


def other_codes(judge_name, model, train, splits, count):
    """Frechet distances of images of codes that do not come from the model's prior."""
    judge = expert(judge_name)
    real, _ = features_and_probabilities(judge, splits["test"]["image"][:count])
    codes = model.encode(train)
    single = GaussianMixture(1, "full", seed=0)
    single.fit(codes.astype("float64"))
    scale = float(np.sqrt(np.mean(np.square(codes))))

    def standard(start, stop):
        return model.decode(scale * latents.draw(model.latent_dim, stop - start, seed=SAMPLE_SEED, start=start))

    sources = {
        "frechet_gaussian": (
            "one Gaussian fitted to the codes of training images",
            lambda start, stop: model.decode(single.sample(stop - start, SAMPLE_SEED, start)),
        ),
        "frechet_naive": (f"{scale:.3g} times standard normal codes, as large as those of training images", standard),
    }
    scores = {}
    for name, (words, draw) in sources.items():
        features = features_drawn(judge, draw, count)
        interval = metrics.bootstrap_interval(metrics.frechet_distance, real, features, resamples=100, centred=True)
        scores[name] = Score(
            metrics.frechet_distance(real, features),
            count=count,
            protocol=f"{judge_name} features, {count} samples against {len(real)} test images; {words}",
            label=f"Fréchet distance, {'naive' if name == 'frechet_naive' else 'one Gaussian'}",
            better="lower",
            low=interval.low,
            high=interval.high,
        )
    return scores
