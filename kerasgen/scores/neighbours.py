"""Precision, recall, density and coverage as scores, with intervals."""

import numpy as np

from kerasgen import metrics
from kerasgen.scores.intervals import with_interval

K = 5  # the neighbour that a ball reaches to
LABELS = {"precision": True, "recall": True, "density": False, "coverage": False}  # name: whether tables show it


def neighbour_scores(features, real, train, generated):
    """Precision, recall, density and coverage of generated features, with the same for as many training images as reference.

    Each is a mean over points: samples (precision, density) or test images (recall, coverage). Intervals come from resampling
    these points while the balls stay fixed: repeated rows would distort resampled balls.

    Args:
        features: What the features are, in words.
        real, train, generated: Features (count, dimensions) of test images, training images and samples.
    """
    protocol = (
        f"{features}, {len(generated)} samples against {len(real)} test images, balls to the {K}th neighbour; interval over "
        "the points that are counted"
    )
    values, references = (neighbour_values(real, points) for points in (generated, train))
    return {
        name: with_interval(
            np.mean,
            values[name],
            count=len(generated),
            protocol=protocol,
            label=name,
            better="higher",
            reference=references[name].mean(),
            leading=leading,
        )
        for name, leading in LABELS.items()
    }


def neighbour_values(real, points):
    """{name: one number a point, whose mean is the metric}."""
    precise, recalled = metrics.precision_recall_points(real, points, K)
    dense, covered = metrics.density_coverage_points(real, points, K)
    return {"precision": precise, "recall": recalled, "density": dense, "coverage": covered}
