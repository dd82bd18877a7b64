"""Scores of classifiers, the judges of others."""

import keras
import numpy as np

from kerasgen import blocks
from kerasgen.data import to_float_images
from kerasgen.score import Score
from kerasgen.scores.classification import train_classifier
from kerasgen.scores.experts import BLOCK, SAMPLE_SEED, features_and_probabilities, floats
from kerasgen.scores.intervals import with_interval


def hits(model, part):
    """1 where the model classifies an image correctly, else 0: float64 (count,)."""
    named = np.argmax(features_and_probabilities(model, part["image"])[1], axis=1)
    return (named == part["label"]).astype("float64")


def judge_accuracy(model, splits):
    """Share of the validation images that a judge classifies correctly."""
    return {"accuracy": float(hits(model, splits["validation"]).mean())}


LEAST_CONFIDENT = "Test images that it is least sure of, row by row, the least sure first."


def least_confident_images(model, splits, count=50):
    """The test images whose likeliest class has the lowest probability, lowest first; in [-1, 1]."""
    images = splits["test"]["image"]
    order = np.argsort(features_and_probabilities(model, images)[1].max(axis=1))
    return to_float_images(images[order[:count]])


def score_judge(model, splits, full=True):
    """Test accuracy, plain and under the disturbances of training; with `full`, also its architecture trained without them."""
    train, test = splits["train"], splits["test"]
    scores = {
        "accuracy": with_interval(
            np.mean, hits(model, test), protocol="test split", label="accuracy", better="higher", leading=True
        ),
        "accuracy_disturbed": with_interval(
            np.mean,
            disturbed_hits(model, test),
            protocol="test split, shifted, blurred and noisy",
            label="accuracy on disturbed images",
            better="higher",
        ),
    }
    if full:
        scores["scratch_accuracy"] = Score(
            train_classifier(model, train["image"], train["label"], test),
            count=len(train["image"]),
            protocol="cas-v1 with the real training images: what classification accuracy scores are held against",
            label="accuracy of its architecture trained from scratch (cas-v1, real data)",
            better="higher",
        )
    return scores


def disturbed_hits(model, part):
    """`hits` after the changes that the model was trained against, of a fixed seed."""
    model.seed_generator.state.assign(keras.random.SeedGenerator(SAMPLE_SEED).state.value)

    def named(images):
        disturbed = np.clip(keras.ops.convert_to_numpy(model.disturb(floats(images))), -1, 1)
        return np.argmax(model.classify(disturbed), axis=1)

    return (blocks.mapped(named, part["image"], size=BLOCK) == part["label"]).astype("float64")
