"""A cache: what a text itself has said lately is likely to come again.

Kuhn & De Mori, 1990, "A cache-based natural language model for speech recognition". The probabilities of another model are
mixed with how often tokens came among the last `length`, then with how often they came there after the last token, after the
last two, and so on:

    p_j(w) = (n_j(w) + s_j p_{j-1}(w)) / (n_j + s_j)

where n_j(w) counts the places of the cache at which w followed the last j tokens, n_j is the sum of them, and p_{-1} is the
other model. What follows nothing (j = 0) has a weight of n_0 / (n_0 + s_0), constant once the cache is full.
"""

import numpy as np

from kerasgen import blocks

ROWS = 64  # texts that are looked through at once


class Cache:
    """The mixture of any probabilities with those of the text's own recent past.

    Args:
        length: Tokens that it reaches back.
        strengths: s_0, s_1, ...; at 0, contexts of that length are left out.
    """

    def __init__(self, length, strengths):
        self.length, self.strengths = length, strengths

    def start(self, count):
        """What is remembered before a text begins: int64 (count, tokens), -1 for nothing."""
        return np.full((count, self.length + len(self.strengths) - 1), -1, "int64")

    def step(self, past, tokens):
        """What is remembered after another token of each text."""
        return np.concatenate([past[:, 1:], tokens[:, None]], axis=1)

    def mixed(self, probabilities, past):
        """Probabilities of every next token (count, vocabulary_size), mixed with the cache."""
        found = np.array(probabilities)
        for first, last in blocks.spans(0, len(found), ROWS):
            self._mix(found[first:last], past[first:last])
        return found

    def _mix(self, found, past):
        longest, rows = len(self.strengths) - 1, np.arange(len(found))[:, None]
        recent = past[:, longest:]
        same = recent >= 0  # places whose token followed the same context
        for j, strength in enumerate(self.strengths):
            if j:
                before = past[:, longest - j : past.shape[1] - j]
                same = same & (before == past[:, -j][:, None]) & (before >= 0)
            if strength:
                counts = np.zeros_like(found)
                np.add.at(counts, (np.broadcast_to(rows, same.shape)[same], recent[same]), 1)
                total = same.sum(axis=1, keepdims=True)
                found[:] = (counts + strength * found) / (total + strength)

    def mixed_along(self, probabilities, tokens):
        """Probabilities of the tokens of texts (count, length), mixed with the cache of what stands before each.

        All places of a text at once: how often an n-gram came before is its rank among equal ones.
        """
        return np.stack([self._mix_along(*pair) for pair in zip(probabilities, np.asarray(tokens, "int64"), strict=True)])

    def _mix_along(self, found, tokens):
        found, size, base = np.array(found), len(tokens), int(tokens.max(initial=0)) + 1
        context, known = np.zeros(size, "int64"), np.ones(size, bool)  # which tokens stand before each place, as a number
        for strength in self.strengths:
            places = np.flatnonzero(known)
            grams = np.unique(context[places] * base + tokens[places], return_inverse=True)[1]
            if strength:
                total = self._earlier(context[places], places)
                found[places] = (self._earlier(grams, places) + strength * found[places]) / (total + strength)
            context, known = np.zeros(size, "int64"), np.zeros(size, bool)
            after = places[: np.searchsorted(places, size - 1)] + 1
            context[after], known[after] = grams[: len(after)], True
        return found

    def _earlier(self, kinds, places):
        """For each of ascending places, how many of the `length` places before it are of the same kind."""
        if not len(places):
            return np.zeros(0)
        size = places[-1] + 1
        codes = kinds * size + places
        order = np.argsort(codes)
        ranks = np.empty(len(places), "int64")
        ranks[order] = np.arange(len(places))
        return ranks - np.searchsorted(codes[order], kinds * size + np.maximum(places - self.length, 0))


def strengths_for(probabilities, tokens, length, contexts, factors=(4.0, 2.0, 1.3, 1.1)):
    """The strengths with which a cache makes a text likeliest, found by going up and down with one at a time.

    Args:
        probabilities: Those of its tokens by the other model, float64 (count, length of the texts).
        tokens: Its ids, of the same shape.
        length: As for `Cache`.
        contexts: Longest context, 0 for none.
        factors: How far to go up and down, round by round.

    Returns:
        A tuple of contexts + 1 numbers, 0 for contexts that do not help.
    """

    def loss(strengths):
        return -np.mean(np.log(Cache(length, strengths).mixed_along(probabilities, tokens)))

    found = [10.0 * length, *[100.0] * contexts]
    best = loss(found)
    for factor in factors:
        for j in range(contexts + 1):
            for change in (factor, 1 / factor):
                while 1e-2 < found[j] * change < 1e3 * length:
                    tried = loss(other := [*found[:j], found[j] * change, *found[j + 1 :]])
                    if tried >= best - 1e-7:
                        break
                    found, best = other, tried
            if found[j] and (tried := loss(other := [*found[:j], 0.0, *found[j + 1 :]])) < best + 1e-5:
                found, best = other, tried
    return tuple(float(f"{strength:.3g}") for strength in found)
