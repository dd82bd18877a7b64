"""How a `ChordLSTM` draws: pieces that grow side by side, chord by chord, and pieces under a melody."""

import numpy as np
from keras import ops


class Past:
    """Pieces that grow frame by frame, side by side: what the memory holds of them."""

    def __init__(self, model, count):
        self.model, self.states = model, model.memory.start_states(count)
        self.remember(np.zeros((count, model.size), "float32"), 1.0)

    def remember(self, before, is_first):
        self.before = before
        x = np.concatenate([before, np.full((len(before), 1), is_first, "float32")], axis=1)
        h, self.states = self.model.remember(x[:, None], self.states)
        self.h = ops.convert_to_numpy(h)[:, 0]

    def add(self, frames):
        """One frame of each piece, (count, size)."""
        self.remember(frames.astype("float32"), 0.0)

    def keep(self, rows):
        """Those of these numbers, in their order, go on."""
        self.before, self.h = self.before[rows], self.h[rows]
        self.states = [tuple(ops.take(part, rows, axis=0) for part in state) for state in self.states]

    def chord(self, uniform, temperature, top=None):
        """Draws the next chord of each piece with uniform numbers (count, size).

        Args:
            uniform: float array (count, size).
            temperature: Logits are divided by it.
            top: The highest note, 0 for silence, that all chords shall have; None to draw it, too.

        Returns:
            (0 and 1, uint8 (count, size); the log probability of `top`, float64 (count,), zeros where it was drawn).
        """
        count, size = self.before.shape
        known, last, log_top = np.zeros((count, size), "float32"), np.full(count, size + 1, "int32"), np.zeros(count)
        rows = np.arange(count)
        for k in range(size):
            logs = ops.convert_to_numpy(self.model.next_note(self.h, self.before, known, last)).astype("float64") / temperature
            shares = np.exp(logs - logs.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            if k == 0 and top is not None:
                note, log_top = np.full(count, top), np.log(np.maximum(shares[:, top], 1e-300))
            else:
                note = np.minimum(np.sum(np.cumsum(shares, axis=1) < uniform[:, k, None], axis=1), np.maximum(last - 1, 0))
            if not note.any():
                break
            last = note.astype("int32")
            known[rows[note > 0], note[note > 0] - 1] = 1.0
        return known.astype("uint8"), log_top


def under(model, tops, temperature, uniform, choices):
    """A piece with these highest notes, by a particle filter: uint8 (frames, size).

    Args:
        model: The `ChordLSTM`.
        tops: Highest note of each frame, 0 for silence, int (frames,).
        temperature: Logits are divided by it.
        uniform: Numbers that chords are drawn with, (candidates, frames, size).
        choices: Numbers that candidates are chosen with, (frames + 1,).
    """
    count, length, size = uniform.shape
    past, found, log_weights = Past(model, count), np.zeros((count, length, size), "uint8"), np.zeros(count)
    for t, top in enumerate(tops.tolist()):
        found[:, t], log_top = past.chord(uniform[:, t], temperature, top)
        log_weights += log_top
        weights = np.exp(log_weights - log_weights.max())
        weights /= weights.sum()
        past.add(found[:, t])
        if 1 / np.sum(weights**2) < count / 2:  # few of them carry all the weight
            kept = systematic(weights, choices[t])
            past.keep(kept)
            found, log_weights, weights = found[kept], np.zeros(count), np.full(count, 1 / count)
    return found[min(np.searchsorted(np.cumsum(weights), choices[length]), count - 1)]


def systematic(weights, uniform):
    """Which candidates go on, as often as their weights say, by a single uniform number (Kitagawa, 1996)."""
    places = (np.arange(len(weights)) + uniform) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)
