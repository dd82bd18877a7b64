"""Scores of generators of images that a judge of the zoo knows: distances, precision and recall, legibility."""

import numpy as np

from kerasgen import metrics
from kerasgen.score import Score
from kerasgen.scores.classification import COUNT, classification_accuracy
from kerasgen.scores.experts import SAMPLE_SEED, expert, features_and_probabilities, judge_samples, sampler
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.neighbours import neighbour_scores

SAMPLES = 10_000


def validate_images(judge_name, count=2000):
    """Returns a `validate` function: a quick comparison of samples with the validation images."""

    def validate(model, splits):
        judge = expert(judge_name)
        real, _ = features_and_probabilities(judge, splits["validation"]["image"][:count])
        features, probabilities = judge_samples(judge, model, len(real))
        return {
            "frechet": metrics.frechet_distance(real, features),
            "top_probability": metrics.mean_top_probability(probabilities),
            "smallest_class": float(metrics.class_shares(probabilities).min()),
            "largest_class": float(metrics.class_shares(probabilities).max()),
        }

    return validate


def score_images(judge_name, samples=SAMPLES):
    """Returns a `score` function for generators of images that a judge of the zoo knows."""

    def score(model, splits, full=True):
        judge = expert(judge_name)
        count = min(samples, len(splits["test"]["image"]))
        real, real_probabilities = features_and_probabilities(judge, splits["test"]["image"][:count])
        train, _ = features_and_probabilities(judge, splits["train"]["image"][:count])
        features, probabilities = judge_samples(judge, model, count)
        scores = {
            **distance_scores(judge_name, real, train, features),
            **neighbour_scores(f"{judge_name} features", real, train, features),
            **legibility_scores(judge_name, real_probabilities, probabilities),
        }
        if full and "label" in splits["train"]:
            draw = sampler(model, SAMPLE_SEED + 1)
            scores["classification_accuracy"] = classification_accuracy(judge_name, draw, splits, count=COUNT)
        return scores

    return score


def distance_scores(judge_name, real, train, generated):
    """Distances of generated features from those of test images, with the same for training images as reference."""
    about = {
        "count": len(generated),
        "protocol": f"{judge_name} features, {len(generated)} samples against {len(real)} test images",
        "better": "lower",
    }
    interval = metrics.bootstrap_interval(metrics.frechet_distance, real, generated, resamples=100, centred=True)
    return {
        "frechet": Score(
            metrics.frechet_distance(real, generated),
            low=interval.low,
            high=interval.high,
            reference=metrics.frechet_distance(real, train),
            label="Fréchet distance",
            leading=True,
            **about,
        ),
        "kernel_distance": Score(
            metrics.kernel_distance(real, generated),
            reference=metrics.kernel_distance(real, train),
            label="kernel distance",
            **about,
        ),
    }


def legibility_scores(judge_name, real_probabilities, probabilities):
    """How sure the judge is of samples, and how their classes are distributed, with the same for test images as reference."""
    count, top, real_top = len(probabilities), probabilities.max(axis=1), real_probabilities.max(axis=1)
    shares, real_shares = metrics.class_shares(probabilities), metrics.class_shares(real_probabilities)
    named = f"{judge_name} names {count} samples"
    return {
        "top_probability": with_interval(
            np.mean,
            top,
            protocol=f"{judge_name}, mean probability of the likeliest class",
            label="mean top probability",
            better="higher",
            reference=real_top.mean(),
            leading=True,
        ),
        "confident": with_interval(
            np.mean,
            top >= 0.9,
            protocol=f"{judge_name}, share of samples whose likeliest class has >= 0.9",
            label="share named with 90% certainty",
            better="higher",
            reference=np.mean(real_top >= 0.9),
        ),
        "smallest_class": Score(
            shares.min(),
            count=count,
            protocol=named,
            label="share of the rarest class",
            better="higher",
            reference=real_shares.min(),
        ),
        "largest_class": Score(
            shares.max(),
            count=count,
            protocol=named,
            label="share of the commonest class",
            better="lower",
            reference=real_shares.max(),
        ),
    }
