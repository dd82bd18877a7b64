"""What a classifier's probabilities say about generated data: balance, legibility, agreement with labels."""

import numpy as np

from kerasgen.metrics.checks import probability_array, real_array, refusal, require


def class_shares(probabilities):
    """Share of the rows for which each class is the most probable.

    Args:
        probabilities: (count, classes), rows sum to 1.

    Returns:
        Shares, float64, (classes,), summing to 1; of equal probabilities, the lower class counts.

    Raises:
        ValueError: The shape does not fit, or a row is not a distribution.

    Example:
        >>> class_shares([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
        array([0.75, 0.25])
    """
    probabilities = probability_array("probabilities", probabilities)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return counts / len(probabilities)


def mean_top_probability(probabilities):
    """Mean probability of the most probable class: how sure the classifier is; compare it with the value for real data.

    Args:
        probabilities: (count, classes), rows sum to 1.

    Returns:
        A float in [1 / classes, 1].

    Raises:
        ValueError: The shape does not fit, or a row is not a distribution.

    Example:
        >>> mean_top_probability([[0.75, 0.25], [0.5, 0.5]])
        0.625
    """
    return float(probability_array("probabilities", probabilities).max(axis=1).mean(dtype="float64"))


def label_agreement(probabilities, labels):
    """Share of the rows whose most probable class is the label that was asked for.

    Args:
        probabilities: (count, classes), rows sum to 1.
        labels: Integers, (count,), in 0..classes - 1.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: A shape does not fit, a row is not a distribution, or a label is not a class.

    Example:
        >>> label_agreement([[0.9, 0.1], [0.8, 0.2]], [0, 1])
        0.5
    """
    probabilities = probability_array("probabilities", probabilities)
    count, classes = probabilities.shape
    labels = real_array("labels", labels)
    allowed = f"integers of shape ({count},) in 0..{classes - 1}"
    fits = labels.dtype.kind in "iu" and labels.shape == (count,)
    require(fits, "labels", allowed, f"dtype {labels.dtype} and shape {labels.shape}")
    is_class = (labels >= 0) & (labels < classes)
    if not is_class.all():
        raise refusal("labels", allowed, f"{labels[~is_class][0]} at index {int(np.argmin(is_class))}")
    return float((probabilities.argmax(axis=1) == labels).mean())
