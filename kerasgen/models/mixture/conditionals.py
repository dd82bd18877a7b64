"""What a mixture of Gaussians says of the numbers of a vector that are missing, given the others."""

import numpy as np


def conditioned(kind, weights, means, factors, x, missing):
    """The mixtures of what is missing in vectors.

    Args:
        kind: Of the covariances, see covariances.py.
        weights, means, factors: Of the components.
        x: Vectors (rows, dim); what is missing is not looked at.
        missing: Which of their numbers are: bool (dim,).

    Returns:
        (weights (rows, components), means (rows, components, missing), factors of the covariances, which are the same for all
        rows).
    """
    log_density, moved, rest = kind.given(x[:, ~missing], means, factors, missing)
    with np.errstate(divide="ignore"):  # a weight of 0
        joint = np.log(weights / weights.sum()) + log_density
    return np.exp(joint - log_sum(joint)[:, None]), moved, rest


def log_sum(joint):
    """log sum_k exp(joint_nk), (rows,)."""
    top = joint.max(axis=1)
    return top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
