"""Tables of conditional probabilities that fall back to shorter contexts.

For a context h of k-1 tokens, of which h' is the rest without the first,

    p(w | h) = share(h w) + left(h) p(w | h'),        p(w | h) = p(w | h') for an h that was never followed by anything,

down to the empty context, below which all tokens are equally likely. `share` and `left` are what a model makes of its counts;
probabilities sum to one where the shares of a context and what is left of it do.
"""

import numpy as np

from kerasgen.models.language.grams import find, sums

BLOCK = 4_000_000  # probabilities that are computed at once


class BackoffTable:
    """The probabilities of the tokens 0 .. vocabulary_size-1.

    Args:
        grams: `Grams` of base vocabulary_size + 1: the last token is never predicted.
        shares: For each order, the share of each n-gram: float64 (nodes,).
        left: For each order, what each node of the order before leaves to shorter contexts: float64 (nodes of that order,).
    """

    def __init__(self, grams, shares, left):
        self.order = grams.order
        self.vocabulary_size = grams.base - 1
        self.base = grams.base
        self.tokens, self.shares = grams.tokens, shares
        self.codes = [grams.codes(k) for k in range(1, self.order + 1)]
        counts = [sums(grams.parents[k], np.ones(len(grams.tokens[k])), grams.sizes[k]) for k in range(self.order)]
        self.first = [np.concatenate([[0], np.cumsum(count)]) for count in counts]  # of the children of each node
        self.left = [np.where(grams.totals(k + 1) > 0, rest, 1.0) for k, rest in enumerate(left)]
        self.single = np.full(self.vocabulary_size, self.left[0][0] / self.vocabulary_size)  # given nothing
        predicted = self.tokens[0] < self.vocabulary_size
        self.single[self.tokens[0][predicted]] += shares[0][predicted]

    def start(self, count):
        """The states of `count` texts of which nothing is known, for `step`."""
        states = np.full((count, self.order), -1, "int64")  # column k: the node of the last k tokens, -1 for none
        states[:, 0] = 0
        return states

    def step(self, states, tokens):
        """The states after another token of each text; `tokens` are int (count,)."""
        after = self.start(len(states))
        for k in range(1, self.order):
            codes = np.where(states[:, k - 1] < 0, -1, states[:, k - 1] * self.base + tokens)
            after[:, k] = find(self.codes[k - 1], codes)
        return after

    def next_probabilities(self, states):
        """Those of every token that may come next: float64 (count, vocabulary_size)."""
        found = np.repeat(self.single[None], len(states), axis=0)
        for k in range(2, self.order + 1):
            rows = np.flatnonzero(states[:, k - 1] >= 0)
            nodes = states[rows, k - 1]
            found[rows] *= self.left[k - 1][nodes][:, None]
            first, count = self.first[k - 1][nodes], self.first[k - 1][nodes + 1] - self.first[k - 1][nodes]
            owners = np.repeat(rows, count)
            children = np.arange(len(owners)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
            predicted = self.tokens[k - 1][children] < self.vocabulary_size
            children, owners = children[predicted], owners[predicted]
            found[owners, self.tokens[k - 1][children]] += self.shares[k - 1][children]
        return found

    def probabilities(self, rows, skip=0):
        """Those of the tokens of texts, given all tokens before each.

        Args:
            rows: int (count, length).
            skip: Tokens at the beginning of each row that only stand before others.

        Returns:
            float64 (count, length - skip).
        """
        rows = np.asarray(rows, "int64")
        found = self.single[np.minimum(rows, self.vocabulary_size - 1)]
        before = np.zeros(rows.shape, "int64")  # the node of the k-1 tokens before each
        for k in range(1, self.order + 1):
            nodes = find(self.codes[k - 1], np.where(before < 0, -1, before * self.base + rows))
            if k > 1:
                known = np.maximum(before, 0)
                share = np.where(nodes < 0, 0.0, self.shares[k - 1][nodes]) if len(self.shares[k - 1]) else 0.0
                found = np.where(before < 0, found, share + self.left[k - 1][known] * found)
            before = np.concatenate([np.full((len(rows), 1), -1), nodes[:, :-1]], axis=1)
        return found[:, skip:]
