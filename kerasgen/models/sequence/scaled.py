"""What Baum-Welch needs of a chain, by probabilities that each step scales to a sum of one instead of by logarithms.

Rabiner, 1989, section V.A. With b_t(j) = p(x_t | j) up to a factor for each frame,

    a_t = (a_(t-1) A) b_t / c_t,    c_t such that a_t adds up to one,    log p(x) = sum_t log c_t + log of the factors
    v_(t-1) = A (b_t v_t / c_t),    v = 1 at the end,                    p(z_t = j | x) = a_t(j) v_t(j)
    sum_t p(z_(t-1) = i, z_t = j | x) = A_ij sum_t a_(t-1)(i) b_t(j) v_t(j) / c_t

This is exact up to rounding if every state can follow every other with a probability of e^-250 or more. What is too small for a
float64 (about e^-708) is then lost beside a sum of at least e^-250 / states; numbers of two states in v differ by no more than
e^250, so that no posterior of more than e^-450 is lost, and nothing overflows. `expected` gives up otherwise: chains.py then
computes the same in logarithms.

Few sequences that are long are cut into pieces, which go side by side: the product of the matrices A diag(b_t) of each piece,
with a scale for each row, says what enters the pieces from either side.
"""

import math

import numpy as np

LEAST = np.exp(-250.0)  # of a transition
FEW_FRAMES, FEW_NUMBERS = 64, 1000  # from how many frames, and up to how many sequences times states^2, pieces are faster


def expected(start, matrix, log_density, lengths):
    """As `chains.Chain.expected`, or None if a transition is too improbable for that, or a frame impossible.

    Args:
        start, matrix: Probabilities of first states (states,) and of steps (states, states).
        log_density: log p(x_t | j), (frames, sequences, states), 0 after the end of a sequence.
        lengths: Frames of each sequence, (sequences,).
    """
    top = log_density.max(axis=2, keepdims=True)
    if matrix.min() < LEAST or not (np.isfinite(top).all() and (start @ (log_density[0] > -np.inf).T).all()):
        return None
    densities = np.exp(log_density - top)
    frames, sequences, states = densities.shape
    length = frames
    if frames >= FEW_FRAMES and sequences * states**2 <= FEW_NUMBERS:
        length = math.isqrt(frames // 2)
    forward, scales, backward, ahead = passes(start, matrix, densities, length)
    inside = np.arange(frames)[:, None] < lengths
    total = np.where(inside, np.log(scales) + top[:, :, 0], 0.0).sum(axis=0)
    shares = forward * backward
    shares /= shares.sum(axis=2, keepdims=True)
    if not inside.all():
        shares[~inside], ahead[~inside] = 0.0, 0.0
    steps = matrix * (forward[:-1].reshape(-1, states).T @ ahead[1:].reshape(-1, states))
    return shares, steps, total


def passes(start, matrix, densities, length):
    """(a, c, v, b v / c) of all frames, computed in pieces of a `length`."""
    frames, sequences, states = densities.shape
    pieces = -(-frames // length)
    if pieces * length > frames:  # frames that say nothing, at the end
        more = np.ones((pieces * length - frames, sequences, states))
        densities = np.concatenate([densities, more])
    b = densities.reshape(pieces, length, sequences, states).swapaxes(0, 1).reshape(length, pieces * sequences, states)
    ones = np.ones((states, 1))  # what multiplies by it is summed up, sooner than by `sum` where there are few states
    first = np.empty((pieces, sequences, states))  # a_(t-1) A, or the start
    first[0], leave = start, np.ones((pieces, sequences, states))
    if pieces > 1:
        products, logs = transfer(start, matrix, b, pieces)
        weights = np.exp(logs - logs.max(axis=2, keepdims=True))[..., None] * products  # (pieces, sequences, from, to)
        enter = weights[0, :, 0] / (weights[0, :, 0] @ ones)
        for k in range(1, pieces):
            first[k] = enter @ matrix
            enter = np.matmul(enter[:, None], weights[k])[:, 0]
            enter /= enter @ ones
        for k in range(pieces - 1, 0, -1):
            found = np.matmul(weights[k], leave[k][..., None])[..., 0]
            leave[k - 1] = found / (found @ ones)
    a, c = np.empty_like(b), np.empty((length, pieces * sequences, 1))
    now = first.reshape(-1, states) * b[0]
    for t in range(length):
        if t:
            now = np.matmul(a[t - 1], matrix) * b[t]
        np.matmul(now, ones, out=c[t])
        np.divide(now, c[t], out=a[t])
    v, ahead, back = np.empty_like(b), b / c, matrix.T.copy()
    leave = leave.reshape(-1, states)
    v[-1] = leave / (a[-1] * leave).sum(axis=1, keepdims=True)
    for t in range(length - 1, -1, -1):
        ahead[t] *= v[t]
        if t:
            np.matmul(ahead[t], back, out=v[t - 1])

    def whole(x):
        return x.reshape(length, pieces, sequences, -1).swapaxes(0, 1).reshape(pieces * length, sequences, -1)[:frames]

    return whole(a), whole(c)[..., 0], whole(v), whole(ahead)


def transfer(start, matrix, b, pieces):
    """Products of the matrices of each piece, rows scaled to one, and logarithms of the scales.

    Returns:
        (pieces, sequences, states, states) and (pieces, sequences, states). All rows of the first piece come from the start.
    """
    length, _, states = b.shape
    now = np.broadcast_to(matrix, (pieces, b.shape[1] // pieces, states, states)).copy()
    now[0] = start
    now = now.reshape(-1, states, states) * b[0][:, None]
    scales, ones = np.empty((length, *now.shape[:2], 1)), np.ones((states, 1))
    for t in range(length):
        if t:
            now = np.matmul(now.reshape(-1, states), matrix).reshape(now.shape)
            now *= b[t][:, None]
        np.matmul(now, ones, out=scales[t])
        now /= scales[t]
    logs = np.log(scales).sum(axis=0)
    return now.reshape(pieces, -1, states, states), logs.reshape(pieces, -1, states)
