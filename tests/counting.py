"""Counts and probabilities of n-grams by dictionaries of tuples, as one would write them first."""

import collections

import numpy as np


def rows_of(seed, shape, size=4):
    """Texts in which tokens depend on those before: int (count, length)."""
    random = np.random.default_rng(seed)
    table = random.dirichlet(np.full(size, 0.4), (size, size))
    rows = random.integers(0, size, shape)
    for t in range(2, shape[1]):
        for row in rows:
            row[t] = random.choice(size, p=table[row[t - 2], row[t - 1]])
    return rows


def as_dictionary(grams, order=None):
    """{n-gram: count} of `Grams`, of one order or of all."""
    names, found = [()], {}
    for k in range(grams.order):
        names = [names[p] + (t,) for p, t in zip(grams.parents[k].tolist(), grams.tokens[k].tolist(), strict=True)]
        if order in (None, k + 1):
            found |= dict(zip(names, grams.counts[k].tolist(), strict=True))
    return found


class KneserNey:
    """Interpolated Kneser-Ney with discounts {order: (for 1, for 2, for more)}, of texts that begin with the token `size`."""

    def __init__(self, rows, order, size, discounts):
        self.order, self.size, self.discounts = order, size, discounts
        raw = collections.Counter()
        for row in rows.tolist():
            text = [size, *row]
            for end in range(2, len(text) + 1):
                for k in range(1, min(order, end) + 1):
                    raw[tuple(text[end - k : end])] += 1
        self.counts = {}
        for gram, occurrences in raw.items():
            before = len([other for other in raw if other[1:] == gram]) if len(gram) < order else 0
            self.counts[gram] = before or occurrences
        self.followers = collections.defaultdict(list)
        for gram, number in self.counts.items():
            self.followers[gram[:-1]].append(number)

    def discount(self, order, number):
        return self.discounts[order][min(number, 3) - 1] if number else 0

    def probability(self, token, context):
        """p(token | context), which may be longer than the model looks."""
        context = tuple(context)[max(0, len(context) - self.order + 1) :]
        if not context:
            return self.by_count(token, (), 1 / self.size)
        return self.by_count(token, context, self.probability(token, context[1:]))

    def by_count(self, token, context, shorter):
        followers, order = self.followers.get(context, []), len(context) + 1
        if not followers:
            return shorter
        number = self.counts.get((*context, token), 0)
        off = sum(self.discount(order, each) for each in followers)
        return (number - self.discount(order, number) + off * shorter) / sum(followers)
