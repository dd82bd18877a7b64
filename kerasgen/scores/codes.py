"""Scores of autoencoders whose codes come from a codebook, with a prior that takes labels."""

import numpy as np

from kerasgen.data import to_float_images
from kerasgen.score import Score
from kerasgen.scores.autoencoders import squared_errors
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.judged import SAMPLES
from kerasgen.scores.labelled import score_labels, validate_labels


def validate_codes(judge_name, count=2000):
    """`validate_labels`, the error of reconstructions and the perplexity of the codes, on the first validation images."""

    def validate(model, splits):
        images = to_float_images(splits["validation"]["image"][:count])
        error = np.mean(squared_errors(images, model.reconstruct(images)))
        numbers = {"mse": float(error), "codebook_perplexity": model.codebook_perplexity(images)}
        return {**numbers, **validate_labels(judge_name, count)(model, splits)}

    return validate


def score_codes(judge_name, samples=SAMPLES):
    """`score_labels`, the error of reconstructed test images, and how many codes these use."""

    def score(model, splits, full=True):
        test = to_float_images(splits["test"]["image"])
        scores = score_labels(judge_name, samples)(model, splits, full)
        scores["mse"] = with_interval(
            np.mean,
            squared_errors(test, model.reconstruct(test)),
            protocol=f"test images, {model.length} codes of {model.codebook_size} each; pixels in [0, 1]",
            label="squared error of a reconstructed pixel",
            better="lower",
        )
        scores["codebook_perplexity"] = Score(
            model.codebook_perplexity(test),
            count=len(test),
            protocol=f"exp of the entropy of the codes of all test images; at most {model.codebook_size}",
            label="perplexity of the codebook",
            better="higher",
        )
        return scores

    return score
