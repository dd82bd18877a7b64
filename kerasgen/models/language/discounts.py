"""How much is taken off the counts of n-grams: by formula, or as held-out text would have it."""

import numpy as np

from kerasgen.models.language.grams import find, sums

KINDS = 3  # of n-grams: those counted once, twice, and more often


def kind(counts):
    """0 for a count of 0, then 1, 2, and 3 for all higher ones."""
    return np.minimum(counts, KINDS)


def closed_form(grams):
    """The discounts of Chen & Goodman (1999), section 3.2: float64 (order, 3), for counts of 1, 2 and more.

    With n_r the number of n-grams of an order that were counted r times, and Y = n_1 / (n_1 + 2 n_2), they are
    D_r = r - (r + 1) Y n_{r+1} / n_r. Small data may give values outside of [0, r], or none: these are set to the nearest end,
    or to r / 2.
    """
    found = np.empty((grams.order, KINDS))
    for k, counts in enumerate(grams.counts):
        n = np.bincount(np.minimum(counts, KINDS + 2), minlength=KINDS + 3)
        r = np.arange(1, KINDS + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = r - (r + 1) * (n[1] / (n[1] + 2 * n[2])) * n[2 : KINDS + 2] / n[1 : KINDS + 1]
        found[k] = np.clip(np.where(np.isfinite(values), values, r / 2), 0, r)
    return found


def held_out(grams, rows, skip, steps=(0.2, 0.1, 0.05, 0.02)):
    """The discounts that make other text likeliest, found by going up and down with one at a time, from `closed_form`.

    Args:
        grams: Counts, not pruned, as Kneser and Ney take them.
        rows, skip: Texts, as `BackoffTable.probabilities` takes them.
        steps: How far to go up and down, round by round.

    Returns:
        float64 (order, 3).
    """
    seen = list(_what_each_order_says(grams, rows, skip))
    found = closed_form(grams)

    def above(below, discounts, first, last):
        """Probabilities by the orders first .. last-1, from those of the order below them."""
        for (places, kinds, counts, totals, many), discount in zip(seen[first:last], discounts[first:last], strict=True):
            kept = np.maximum(counts - np.append(0, discount)[kinds], 0)
            below = below.copy()
            below[places] = (kept + below[places] * (many @ discount)) / totals
        return below

    uniform = np.full(np.size(rows[:, skip:]), 1 / (grams.base - 1))
    for step in steps:
        for k in range(grams.order):
            below = above(uniform, found, 0, k)
            best = -np.mean(np.log(above(below, found, k, grams.order)))
            for r in range(KINDS):
                for change in (step, -step):
                    while True:
                        other = found.copy()
                        other[k, r] = np.clip(found[k, r] + change, 1e-3, r + 1)
                        tried = -np.mean(np.log(above(below, other, k, grams.order)))
                        if tried >= best - 1e-7:
                            break
                        found, best = other, tried
    return found


def _what_each_order_says(grams, rows, skip):
    """By order: which tokens have a known context, kind and count of the n-gram each ends, what its context has in total, and
    how many n-grams of each kind."""
    rows = np.asarray(rows, "int64")
    before = np.zeros(rows.shape, "int64")
    for k in range(1, grams.order + 1):
        counts, parents, size = grams.counts[k - 1], grams.parents[k - 1], grams.sizes[k - 1]
        totals = grams.totals(k)
        many = np.stack([sums(parents, kind(counts) == r, size) for r in range(1, KINDS + 1)], axis=1)
        nodes = find(grams.codes(k), np.where(before < 0, -1, before * grams.base + rows))
        context = before[:, skip:].ravel()
        places = np.flatnonzero((context >= 0) & (totals[context] > 0))
        found = nodes[:, skip:].ravel()[places]
        counts = np.where(found < 0, 0, counts[found])
        context = context[places]
        yield places, kind(counts), counts, totals[context].astype("float64"), many[context].astype("float64")
        before = np.concatenate([np.full((len(rows), 1), -1), nodes[:, :-1]], axis=1)
