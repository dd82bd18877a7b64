"""What a mixture of Gaussians says of the numbers of a vector that are missing, given the others."""

import numpy as np

from kerasgen.models.mixture.covariances import Full, lower_triangles


def conditioned(weights, means, matrices, x, missing):
    """The mixtures of what is missing in vectors.

    Args:
        weights, means, matrices: Of the components; matrices (dim, dim) one by one.
        x: Vectors (rows, dim); what is missing is not looked at.
        missing: Which of their numbers are: bool (dim,).

    Returns:
        (weights (rows, components), means (rows, components, missing), covariances (components, missing, missing)).
    """
    joint, moved, rest, known = [], [], [], ~missing
    with np.errstate(divide="ignore"):  # a weight of 0
        log_weights = np.log(weights)
    for log_weight, mean, matrix in zip(log_weights, means, matrices, strict=True):
        apart, both = x[:, known] - mean[known], matrix[np.ix_(missing, known)]
        slopes = np.linalg.solve(matrix[np.ix_(known, known)], both.T).T if known.any() else both
        root = lower_triangles(matrix[np.ix_(known, known)][None], 0.0)
        joint.append(log_weight + Full.log_density(apart, np.zeros((1, apart.shape[1])), root)[0])
        moved.append(mean[missing] + apart @ slopes.T)
        rest.append(matrix[np.ix_(missing, missing)] - slopes @ both.T)
    joint = np.stack(joint, axis=1)
    return np.exp(joint - log_sum(joint)[:, None]), np.stack(moved, axis=1), np.stack(rest)


def log_sum(joint):
    """log sum_k exp(joint_nk), (rows,)."""
    top = joint.max(axis=1)
    return top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
