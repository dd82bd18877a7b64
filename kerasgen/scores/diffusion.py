"""Scores of diffusion models: those of any generator, and the bound on their likelihood."""

import math

import numpy as np

from kerasgen.data import to_float_images
from kerasgen.scores.experts import expert
from kerasgen.scores.features import score_features
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.labelled import agreement_scores, judge_recalls, label_hits, score_labels

BOUNDED = 1000  # test images
QUICK = 200  # samples of the quick mode
CLASSIFIED = 10_000  # samples that a classifier learns from: drawing them takes steps


def score_diffusion(judge_name=None, encoder_name=None):
    """Returns a `score` function: that of labels by a judge, or of features by an encoder, and the bound on the likelihood.

    The quick mode draws a few samples only: with a judge, for whether they show the label asked for.
    """
    quality = score_labels(judge_name, classified=CLASSIFIED) if judge_name else score_features(encoder_name)

    def score(model, splits, full=True):
        scores = bound_scores(model, splits["test"])
        if full:
            return quality(model, splits) | scores
        if judge_name:
            judge = expert(judge_name)
            scores |= agreement_scores(judge_name, label_hits(judge, model, QUICK), judge_recalls(judge, splits["test"]))
        return scores

    return score


def bound_scores(model, test, samples=20):
    """Bits a dimension of 8-bit images, an upper bound, given their class where the model has classes."""
    images = to_float_images(test["image"][:BOUNDED])
    label = {"label": test["label"][:BOUNDED]} if model.num_classes else {}
    bits = -model.elbo(images, samples=samples, **label).astype("float64") / (math.log(2) * images[0].size)
    given = ", given their class" if label else ""
    return {
        "bits_per_dimension": with_interval(
            np.mean,
            bits,
            protocol=f"variational bound on {len(images)} test images of 256 levels{given}; {samples} stratified noise levels",
            label="bits per dimension, upper bound",
            better="lower",
        )
    }
