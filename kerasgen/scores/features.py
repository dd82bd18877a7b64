"""Scores of generators of images without classes, by the features of an encoder of the zoo."""

import numpy as np

from kerasgen import metrics, noise
from kerasgen.data import to_float_images
from kerasgen.score import Score
from kerasgen.scores.experts import SAMPLE_SEED, expert, features_drawn, features_of, sampler
from kerasgen.scores.neighbours import neighbour_scores
from kerasgen.scores.untrained import untrained

SAMPLES = 5_000


def validate_features(encoder_name, count=2000):
    """Returns a `validate` function: `count` samples compared with all validation images."""

    def validate(model, splits):
        encoder = expert(encoder_name)
        real = features_of(encoder, splits["validation"]["image"])
        generated = features_drawn(encoder, sampler(model, SAMPLE_SEED), min(count, 10 * len(real)))
        pair = metrics.precision_recall(real, generated[: len(real)], 5)
        return {
            "kernel_distance": metrics.kernel_distance(real, generated),
            "frechet": metrics.frechet_distance(real, generated),
            "precision": pair.precision,
            "recall": pair.recall,
        }

    return validate


def score_features(encoder_name, samples=SAMPLES):
    """Returns a `score` function for generators of images that an encoder of the zoo knows."""

    def score(model, splits, full=True):
        encoder = expert(encoder_name)
        test, train = splits["test"]["image"], splits["train"]["image"]
        real, known = features_of(encoder, test), features_of(encoder, train)
        count = min(samples, 10 * len(test))
        generated = features_drawn(encoder, sampler(model, SAMPLE_SEED), count)
        as_many = known[:: max(1, len(known) // len(real))][: len(real)]
        scores = distance_scores(encoder_name, real, known, generated)
        scores |= neighbour_scores(f"{encoder_name} features", real, as_many, generated[: len(real)])
        others = {
            "random": ("random weights", "untrained model", sampler(untrained(model), SAMPLE_SEED)),
            "gaussian": ("Gaussian pixels", "pixels as independent Gaussians", pixel_gaussian(train)),
        }
        for name, (label, what, draw) in others.items():
            scores[f"kernel_distance_{name}"] = Score(
                metrics.kernel_distance(real, features_drawn(encoder, draw, count)),
                count=count,
                protocol=f"baseline: {what}",
                label=f"kernel distance of {label}",
                better="lower",
            )
        return {**scores, "nearer_than_real": copying(encoder_name, real, known, generated[: len(real)])}

    return score


def pixel_gaussian(images):
    """A function (start, stop) -> images whose pixels are independent, of the mean and deviation of those of `images`."""
    pixels = to_float_images(images)
    mean, deviation = pixels.mean(axis=0), pixels.std(axis=0)
    shape = images.shape[1:]
    return lambda start, stop: np.clip(mean + deviation * noise.normal(shape, SAMPLE_SEED, start, stop), -1, 1)


def distance_scores(encoder_name, real, known, generated):
    """Distances of generated features from those of test images, each with the same for training images as reference."""
    protocol = f"{encoder_name} features, {len(generated)} samples against {len(real)} test images"
    scores = {}
    for name, label, distance in (
        ("kernel_distance", "kernel distance", metrics.kernel_distance),
        ("frechet", "Fréchet distance", metrics.frechet_distance),
    ):
        interval = metrics.bootstrap_interval(distance, real, generated, resamples=100, centred=True)
        scores[name] = Score(
            distance(real, generated),
            count=len(generated),
            protocol=protocol,
            label=label,
            better="lower",
            low=interval.low,
            high=interval.high,
            reference=distance(real, known),
            leading=name == "frechet",
        )
    return scores


def copying(encoder_name, real, known, generated):
    """Whether samples lie nearer to training images than test images do: the share of pairs in which the sample is nearer."""
    to_generated, to_real = metrics.nearest_distances(generated, known), metrics.nearest_distances(real, known)
    return Score(
        metrics.share_nearer(to_generated, to_real),
        count=len(generated),
        protocol=f"{encoder_name} features: share of (sample, test image) pairs whose sample is nearer to its nearest "
        "training image (Meehan et al., 2020, arXiv:2004.05675, section 3); 1/2 where both are alike, near 1 for copies",
        label="samples nearer to training images than real ones are",
    )


BESIDE_TRAINING = "Odd rows: the first samples of seed 0. Below each: the real training image that is nearest to it by pixels."


def beside_training(model, splits, count=50):
    """Samples of seed 0 in rows of ten, each with its nearest training image by pixels below it: float32 (2 * count, ...)."""
    samples, train = model.sample(count, seed=0), to_float_images(splits["train"]["image"])
    nearest = train[metrics.nearest_images(samples, train).indices[:, 0]]
    rows = [part for i in range(0, count, 10) for part in (samples[i : i + 10], nearest[i : i + 10])]
    return np.concatenate(rows)
