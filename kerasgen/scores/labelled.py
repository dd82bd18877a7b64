"""Scores of generators that draw the class they are asked for."""

import numpy as np

from kerasgen import blocks
from kerasgen.data import binarise
from kerasgen.scores.bits import BIT_SEED, score_bits
from kerasgen.scores.classification import COUNT, classification_accuracy
from kerasgen.scores.experts import BLOCK, SAMPLE_SEED, expert, features_and_probabilities, sampler
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.judged import SAMPLES, score_images, validate_images


def validate_labels(judge_name, count=2000):
    """`validate_images`, and the share of samples that the judge takes for what was asked: of all labels, and of the worst."""

    def validate(model, splits):
        agreement = label_hits(expert(judge_name), model, count)
        found = {"label_agreement": agreement.mean(), "label_agreement_worst": agreement.mean(axis=0).min()}
        return {**validate_images(judge_name, count)(model, splits), **{name: float(value) for name, value in found.items()}}

    return validate


def score_labels(judge_name, samples=SAMPLES, classified=COUNT):
    """Returns a `score` function for generators whose `sample` takes a label that a judge of the zoo knows.

    `classified` is how many images the classification accuracy score is learned from.

    Returns the scores of `score_images`, for samples of random labels, and whether samples show the label asked for. The
    classification accuracy score also uses the labels asked for.
    """

    def score(model, splits, full=True):
        judge = expert(judge_name)
        scores = score_images(judge_name, samples)(model, splits, full=False)
        scores |= agreement_scores(judge_name, label_hits(judge, model, samples), judge_recalls(judge, splits["test"]))
        if full:
            draw, labels = sampler(model, SAMPLE_SEED + 1), model.drawn_labels(classified, SAMPLE_SEED + 1)
            scores["classification_accuracy"] = classification_accuracy(judge_name, draw, splits, labels, classified)
        return scores

    return score


def score_labelled_bits(judge_name, samples=SAMPLES, **options):
    """`score_labels`, `score_bits` given the labels (its `options`), and how often the likeliest class is the right one."""

    def score(model, splits, full=True):
        scores = score_bits(labelled=True, **options)(model, splits, full)
        scores |= score_labels(judge_name, samples)(model, splits, full)
        test = splits["test"]
        right = np.argmax(model.classify(binarise(test["image"], BIT_SEED)), axis=1) == test["label"]
        protocol = "test images as bits: the class with the highest lower bound, one sample an image"
        scores["accuracy"] = with_interval(np.mean, right, protocol=protocol, label="accuracy by Bayes' rule", better="higher")
        return scores

    return score


def label_hits(judge, model, count, seed=SAMPLE_SEED + 2):
    """1 where the judge sees the label asked for, else 0: (samples of each label, num_classes), about `count` in all."""
    classes = model.num_classes
    rows = count // classes

    def hits(start, stop):
        asked = np.arange(start, stop) % classes
        return np.argmax(judge.classify(model.sample(label=asked, seed=seed, start=start)), axis=1) == asked

    return blocks.drawn(hits, rows * classes, size=BLOCK).reshape(rows, classes).astype("float64")


def judge_recalls(judge, part):
    """Share of the real images of each class that the judge classifies correctly: (classes,)."""
    named = np.argmax(features_and_probabilities(judge, part["image"])[1], axis=1)
    return np.array([np.mean(named[part["label"] == label] == label) for label in range(judge.num_classes)])


def agreement_scores(judge_name, hits, real):
    """Scores of `label_hits`, with the judge's `judge_recalls` on real images as reference: over all labels, and the worst."""
    rows, classes = hits.shape
    protocol = f"{judge_name} names the label asked for, {rows} samples of each of {classes}"
    return {
        "label_agreement": with_interval(
            np.mean,
            hits.mean(axis=1),
            count=hits.size,
            protocol=protocol,
            label="samples that show the label asked for",
            better="higher",
            reference=real.mean(),
            parts=tuple(hits.mean(axis=0)),
            leading=True,
        ),
        "label_agreement_worst": with_interval(
            lambda rows: rows.mean(axis=0).min(),
            hits,
            count=hits.size,
            protocol=f"{protocol}, the label with fewest",
            label="samples that show the label asked for, worst label",
            better="higher",
            reference=real.min(),
        ),
    }
