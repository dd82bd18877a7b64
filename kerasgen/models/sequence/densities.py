"""The densities of emissions.py for gradients: in `keras.ops`, of raw numbers without bounds.

    emission         raw numbers             become
    categorical      (..., states, size)     p = softmax(raw)
    bernoulli        (..., states, 1, size)  p = sigmoid(raw)
    autoregressive   (states, 2, size)       p = sigmoid(raw)
    gaussian         (..., states, 2, size)  the mean; the variance, least + exp(2 raw)
    full_gaussian    (states, 1 + size, size)  the mean; the covariance, least I + R R' with R the lower triangle of raw

A table has the same raw numbers for all frames; a network gives each frame its own, by an axis (frames, ...) in front. Frames
are float32 (frames, size), of symbols with a one among zeros.
"""

import math

import numpy as np
from keras import ops

from kerasgen.models.sequence.chains import logarithm

LEAST = 1e-30  # instead of a probability of 0, which no raw number has
LOG_TWO_PI = math.log(2 * math.pi)


def log_density(emission, frames, before, raw, least):
    """log p(frame | state): (frames, states).

    Args:
        emission: A key of `emissions.KINDS`.
        frames, before: Frames, and those before them (0 before the first of a sequence).
        raw: As in the table above.
        least: Least variance of Gaussians.
    """
    if emission == "categorical":
        return weighted(frames, ops.log_softmax(raw, axis=-1))
    if emission == "bernoulli":
        raw = raw[..., 0, :]
        return weighted(frames, raw) - ops.sum(ops.softplus(raw), axis=-1)
    if emission == "autoregressive":
        silent, sounding = raw[:, 0], raw[:, 1]
        on = weighted(frames * (1.0 - before), silent) + weighted(frames * before, sounding)
        return on - weighted(1.0 - before, ops.softplus(silent)) - weighted(before, ops.softplus(sounding))
    apart = frames[:, None] - raw[..., 0, :]  # (frames, states, size)
    if emission == "gaussian":
        variance = least + ops.exp(2.0 * raw[..., 1, :])
        return -0.5 * ops.sum(ops.square(apart) / variance + ops.log(variance) + LOG_TWO_PI, axis=-1)
    lower, size = ops.tril(raw[:, 1:]), raw.shape[-1]
    factor = ops.cholesky(ops.matmul(lower, ops.transpose(lower, (0, 2, 1))) + least * ops.eye(size))  # (states, size, size)
    z = ops.solve_triangular(factor, ops.transpose(apart, (1, 2, 0)), lower=True)  # (states, size, frames)
    log_det = ops.sum(ops.log(ops.diagonal(factor, axis1=1, axis2=2)), axis=1)
    return ops.transpose(-0.5 * ops.sum(ops.square(z), axis=1)) - log_det - 0.5 * size * LOG_TWO_PI


def raw_shape(plain, size):
    """Shape of the raw numbers of a state."""
    rows = {"categorical": (), "bernoulli": (1,), "autoregressive": (2,), "gaussian": (2,), "full_gaussian": (1 + size,)}
    return (*rows[plain], size)


def middle(plain, size):
    """About which the raw numbers of a state are first drawn: 0, for a covariance of one and little more."""
    found = np.zeros(raw_shape(plain, size))
    if plain == "full_gaussian":
        found[1:] = np.eye(size)
    return found


def weighted(frames, values):
    """sum_k frames_k values_k for each frame and state: (frames, states)."""
    if len(values.shape) == 2:
        return ops.matmul(frames, ops.transpose(values))
    return ops.einsum("nk,nsk->ns", frames, values)


def from_raw(emission, raw, least):
    """The parameters that emissions.py knows, of raw numbers: float64 of the same shape."""
    raw = np.asarray(raw, "float64")
    if emission == "categorical":
        found = np.exp(raw - raw.max(axis=-1, keepdims=True))
        return found / found.sum(axis=-1, keepdims=True)
    if "gaussian" not in emission:
        return np.exp(-np.logaddexp(0.0, -raw))
    found = raw.copy()
    if emission == "gaussian":
        found[..., 1, :] = np.sqrt(least + np.exp(2 * raw[..., 1, :]))
    else:
        lower = np.tril(raw[:, 1:])
        found[:, 1:] = np.linalg.cholesky(lower @ lower.transpose(0, 2, 1) + least * np.eye(raw.shape[2]))
    return found


def to_raw(emission, parameters, least):
    """Raw numbers of parameters: float64 of the same shape. What is impossible gets the probability `LEAST`."""
    p = np.asarray(parameters, "float64")
    if emission == "categorical":
        return logarithm(np.maximum(p, LEAST))
    if "gaussian" not in emission:
        return logarithm(np.maximum(p, LEAST)) - logarithm(np.maximum(1.0 - p, LEAST))
    found = p.copy()
    if emission == "gaussian":
        found[:, 1] = 0.5 * logarithm(np.maximum(p[:, 1] ** 2 - least, 1e-6 * least))
    else:
        values, vectors = np.linalg.eigh(p[:, 1:] @ p[:, 1:].transpose(0, 2, 1))
        rest = np.sqrt(np.maximum(values - least, 1e-6 * least))
        found[:, 1:] = np.linalg.cholesky(vectors * rest[:, None] ** 2 @ vectors.transpose(0, 2, 1))
    return found
