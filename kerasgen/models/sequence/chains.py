"""Hidden Markov chains in logarithms: forward, backward, posterior, Viterbi and drawing, for many sequences at once.

Rabiner, 1989, "A tutorial on hidden Markov models and selected applications in speech recognition", section III. With z_t the
hidden state, x_t the frame and A_ij = p(z_t = j | z_(t-1) = i),

    forward    a_t(j) = log p(x_1 .. x_t, z_t = j)      = log sum_i exp(a_(t-1)(i)) A_ij  +  log p(x_t | j)
    backward   b_t(i) = log p(x_(t+1) .. x_T | z_t = i) = log sum_j A_ij p(x_(t+1) | j) exp(b_(t+1)(j))
    posterior  p(z_t = j | x_1 .. x_T) = exp(a_t(j) + b_t(j) - log p(x))

Arrays are (frames, sequences, states), so that a step reads one piece of memory. Sequences of different lengths are padded at
their end with frames whose log-density is 0 in every state: those change neither a nor b before them.
"""

import math

import numpy as np

from kerasgen import blocks
from kerasgen.models.sequence import scaled

FAR = 600.0  # exp(FAR) and exp(-FAR) are still ordinary float64 numbers
SMALL = np.exp(-FAR)
BLOCK = 2**22  # numbers held at once
FEW_FRAMES, FEW_NUMBERS = 64, 1000  # from how many frames, and up to how many sequences times states^2, pieces are faster


class Chain:
    """A chain of hidden states.

    Args:
        start: Probability of each first state: float64 (states,).
        transitions: A, rows sum to one: float64 (states, states).
    """

    def __init__(self, start, transitions):
        self.start, self.transitions = start / start.sum(), transitions / transitions.sum(axis=1, keepdims=True)
        self.log_start, self.log_transitions = logarithm(self.start), logarithm(self.transitions)

    def forward(self, log_density):
        """a of each step: float64 (frames, sequences, states); `log_density` is log p(x_t | j), of the same shape."""
        return along(self.log_start, self.transitions, self.log_transitions, log_density)

    def backward(self, log_density, lengths):
        """b of each step: float64 (frames, sequences, states), 0 at the last frame of each sequence and after it."""
        ahead, back = self.transitions.T, self.log_transitions.T
        # b_t(i) + log p(x_t | i) is a forward number of the chain in the other direction, from 0 at the end of the padding
        turned = along(np.zeros_like(self.start), ahead, back, log_density[::-1])[::-1]
        found = np.zeros_like(log_density)
        states = len(self.start)
        found[:-1] = multiplied(turned[1:].reshape(-1, states), ahead, back).reshape(found[:-1].shape)
        found[np.arange(len(found))[:, None] >= lengths - 1] = 0.0
        return found

    def posterior(self, log_density, lengths):
        """(p(z_t = j | x): float64 (frames, sequences, states), 0 after the end of a sequence; log p(x): (sequences,))."""
        forward = self.forward(log_density)
        total = ends(forward, lengths)
        return shares(forward, self.backward(log_density, lengths), total, lengths), total

    def expected(self, log_density, lengths):
        """What Baum-Welch needs of sequences that are possible.

        Returns:
            (posterior as above, expected number of steps from each state to each other: (states, states), log p(x)).
        """
        return scaled.expected(self.start, self.transitions, log_density, lengths) or self.expected_in_logs(
            log_density, lengths
        )

    def expected_in_logs(self, log_density, lengths):
        """As `expected`, however small numbers are."""
        forward, backward = self.forward(log_density), self.backward(log_density, lengths)
        total, states = ends(forward, lengths), len(self.start)
        found = shares(forward, backward, total, lengths)
        # p(z_(t-1) = i, z_t = j | x) = exp(a_(t-1)(i) + log p(x_t | j) + b_t(j) - log p(x)) A_ij
        with np.errstate(invalid="ignore"):  # of a sequence of probability 0
            after = np.where(found > 0, backward + log_density - total[:, None], -np.inf)[1:].reshape(-1, states)
        before, steps, by_one = forward[:-1].reshape(-1, states), np.zeros_like(self.transitions), 0.0
        for first, last in blocks.spans(0, len(before), max(1, BLOCK // states)):
            one, two = before[first:last], after[first:last]
            top = highest(one, 1)
            two = two + top
            far = np.flatnonzero((two > FAR).any(axis=1))
            for row in far:
                by_one += np.exp(one[row][:, None] - top[row] + self.log_transitions + two[row])
            two[far] = -np.inf
            steps += np.exp(one - top).T @ np.exp(two)
        return found, self.transitions * steps + by_one, total

    def viterbi(self, log_density, lengths):
        """The most probable states given x: int64 (frames, sequences), -1 after the end; the first of equally probable ones."""
        best, came_from = self.log_start + log_density[0], np.zeros(log_density.shape, "int32")
        final = best.copy()
        for t in range(1, len(log_density)):
            joint = best[:, :, None] + self.log_transitions
            came_from[t] = joint.argmax(axis=1)
            best = np.take_along_axis(joint, came_from[t][:, None], axis=1)[:, 0] + log_density[t]
            final[lengths > t] = best[lengths > t]
        paths, rows = np.full(log_density.shape[:2], -1, "int64"), np.arange(len(lengths))
        state = final.argmax(axis=1)
        for t in range(len(paths) - 1, -1, -1):
            inside = t < lengths
            paths[t] = np.where(inside, state, -1)
            state = np.where(inside, came_from[t][rows, state], state)
        return paths

    def drawn(self, uniform):
        """States of uniform numbers in [0, 1): int64 (frames, sequences) of numbers of that shape."""
        found = np.empty(uniform.shape, "int64")
        first, following = np.cumsum(self.start), np.cumsum(self.transitions, axis=1)
        first, following = first / first[-1], following / following[:, -1:]
        for t, numbers in enumerate(uniform):
            bounds = first[None] if t == 0 else following[found[t - 1]]
            found[t] = (bounds <= numbers[:, None]).sum(axis=1)
        return found


def along(log_start, matrix, log_matrix, log_density):
    """v_t = log(exp(v_(t-1)) @ matrix) + log_density_t from v_1 = log_start + log_density_1: (frames, sequences, states).

    A step costs little if there are few sequences and states, so that the frames are then cut into pieces that go side by side:
    first from every state that may stand before a piece, then from those numbers that do.
    """
    frames, sequences, states = log_density.shape
    if frames < FEW_FRAMES or sequences * states**2 > FEW_NUMBERS:
        return stepwise(log_start + log_density[0], matrix, log_matrix, log_density)
    length = math.isqrt(frames // 2)
    pieces = -(-frames // length)
    padded = np.zeros((pieces * length, sequences, states))
    padded[:frames] = log_density
    cut = padded.reshape(pieces, length, sequences, states).swapaxes(0, 1)  # (length, pieces, sequences, states)

    first = np.repeat(cut[0][:, :, None], states, axis=2)  # (pieces, sequences, state before, state)
    first[0] += log_start
    first[1:] += log_matrix
    each = np.repeat(cut[:, :, :, None], states, axis=3).reshape(length, -1, states)
    through = stepwise(first.reshape(-1, states), matrix, log_matrix, each)[-1].reshape(first.shape)
    enter = np.empty((pieces, sequences, states))
    enter[0] = through[0, :, 0]
    for piece in range(1, pieces):
        enter[piece] = log_sum(enter[piece - 1][:, :, None] + through[piece], axis=1)

    flat = cut.reshape(length, -1, states)
    start = np.broadcast_to(log_start, (sequences, states))
    start = np.concatenate([start, multiplied(enter[:-1].reshape(-1, states), matrix, log_matrix)])
    found = stepwise(start + flat[0], matrix, log_matrix, flat).reshape(length, pieces, sequences, states)
    return found.swapaxes(0, 1).reshape(padded.shape)[:frames]


def stepwise(first, matrix, log_matrix, log_density):
    """As `along`, one frame after another, from v_1: (frames, rows, states)."""
    found = np.empty_like(log_density)
    found[0] = first
    for t in range(1, len(found)):
        found[t] = multiplied(found[t - 1], matrix, log_matrix) + log_density[t]
    return found


def multiplied(logs, matrix, log_matrix):
    """log(exp(logs) @ matrix), row by row: (rows, states).

    The largest of a row is taken out before. A sum so small that parts of it may have been lost is computed once more, in
    logarithms alone, unless nothing but zeros goes into it.
    """
    top = highest(logs, 1)
    sums = np.exp(logs - top) @ matrix
    found = logarithm(sums) + top
    if (small := sums < SMALL).any():
        small &= (logs > -np.inf).astype("float32") @ (matrix > 0).astype("float32") > 0
        rows, columns = np.nonzero(small)
        for first, last in blocks.spans(0, len(rows), max(1, BLOCK // len(matrix))):
            part = slice(first, last)
            found[rows[part], columns[part]] = log_sum(logs[rows[part]] + log_matrix[:, columns[part]].T, axis=1)
    return found


def ends(forward, lengths):
    """log p(x) of the forward numbers of sequences: (sequences,)."""
    return log_sum(forward[lengths - 1, np.arange(len(lengths))], axis=1)


def require_possible(log_prob, numbers):
    """Raises a ValueError if sequences of these `numbers` have probability 0."""
    if np.any(log_prob == -np.inf):
        raise ValueError(
            f"Sequence {numbers[np.argmin(log_prob)]} has probability 0 by this model, which has never seen some of its frames "
            "or steps: no path of states leads to it. Fit with smoothing and transition_smoothing above 0 rules nothing out."
        )


def shares(forward, backward, total, lengths):
    """The posterior of forward and backward numbers, each row of which sums to one; 0 after the end of a sequence."""
    with np.errstate(invalid="ignore"):  # sequences of probability 0 have none
        found = np.exp(forward + backward - total[:, None])
    found[np.arange(len(found))[:, None] >= lengths] = 0.0
    sums = found.sum(axis=2, keepdims=True)
    return np.divide(found, sums, where=sums > 0, out=found)


def logarithm(probabilities):
    """Natural logarithms; -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.log(probabilities)


def log_sum(logs, axis):
    """log sum exp along an axis; -inf where all are."""
    top = highest(logs, axis)
    return logarithm(np.exp(logs - top).sum(axis=axis)) + np.squeeze(top, axis=axis)


def highest(logs, axis):
    """The largest along an axis, which stays, to be taken out before `exp`; 0 where all are -inf."""
    top = np.max(logs, axis=axis, keepdims=True)
    return np.where(top == -np.inf, 0.0, top)
