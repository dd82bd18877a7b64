"""n-grams and their counts in sorted arrays, which models of counts share.

The n-grams of the orders 1 .. n form a tree: the parent of an n-gram is what stands before its last token. The i-th node of an
order has the code `parent * base + token`; codes ascend, so that the children of a node lie side by side and any n-gram is
found by binary search. Nothing here is a dictionary of tuples: a million n-grams are counted in about a second.
"""

import dataclasses

import numpy as np

LARGE = 255  # in a packed array: the number stands in another


@dataclasses.dataclass(frozen=True)
class Grams:
    """Nodes by order; place k-1 of each tuple holds those of order k.

    Args:
        base: Tokens are 0 .. base-1.
        parents: int64 arrays (nodes,): index among the nodes of the order before; 0 for those of order one.
        tokens: int64 arrays (nodes,): the last token.
        counts: int64 arrays (nodes,); 0 for what only stands before other tokens.
        dropped: int64 arrays (nodes of the order before,): the sum of the counts of children that were pruned.
    """

    base: int
    parents: tuple
    tokens: tuple
    counts: tuple
    dropped: tuple

    @property
    def order(self):
        return len(self.tokens)

    @property
    def sizes(self):
        """Nodes of the orders 0 .. n; the only one of order 0 is the root."""
        return (1, *(len(tokens) for tokens in self.tokens))

    def codes(self, order):
        return self.parents[order - 1] * self.base + self.tokens[order - 1]

    def totals(self, order):
        """Of each node of the order before, the sum of all its children's counts: int64 (nodes of the order before,)."""
        return sums(self.parents[order - 1], self.counts[order - 1], self.sizes[order - 1]) + self.dropped[order - 1]


def sums(index, values, size):
    """The sums of integer values by index: int64 (size,)."""
    return np.bincount(index, values, size).astype("int64")


def count(rows, order, base, skip=0):
    """Counts the n-grams of texts of equal length.

    Args:
        rows: Integers (count, length), tokens 0 .. base-1.
        order: Longest n-grams.
        base: As for `Grams`.
        skip: Tokens at the beginning of each row that only stand before others and do not count.

    Returns:
        grams: `Grams`, with the number of occurrences of each.
        suffixes: For the orders 1 .. n, the index of each n-gram without its first token among the nodes of the order before.
    """
    rows = np.asarray(rows, "int64")
    before = np.zeros((len(rows), rows.shape[1] + 1), "int64")  # (k-1)-gram that ends before each place where a k-gram may end
    parents, tokens, counts, suffixes = [], [], [], []
    for k in range(1, order + 1):
        ends = rows[:, k - 1 :]
        codes, first, index = np.unique(before[:, :-1] * base + ends, return_index=True, return_inverse=True)
        index = index.reshape(ends.shape)
        parents.append(codes // base)
        tokens.append(codes % base)
        counts.append(np.bincount(index[:, max(0, skip - k + 1) :].ravel(), minlength=len(codes)))
        suffixes.append(before[:, 1:].ravel()[first])
        before = index
    dropped = [np.zeros(size, "int64") for size in (1, *map(len, tokens[:-1]))]
    return Grams(base, tuple(parents), tuple(tokens), tuple(counts), tuple(dropped)), tuple(suffixes)


def continuations(grams, suffixes, known=None):
    """Counts as Kneser and Ney take them: for orders below the highest, how many different tokens were seen before an n-gram.

    An n-gram before which nothing ever stood, as at the beginning of a text, keeps its number of occurrences (Heafield et al.,
    2013, section 3.2).

    Args:
        grams, suffixes: From `count`.
        known: For each order, whether the n-grams are known from earlier texts: they are no new ones then. None for nothing.

    Returns:
        The `Grams` with these counts.
    """
    counts = list(grams.counts)
    for k in range(1, grams.order):
        longer = grams.counts[k] > 0
        preceded = np.bincount(suffixes[k][longer], minlength=len(counts[k - 1])) > 0
        fresh = longer if known is None else longer & ~known[k]
        kinds = np.bincount(suffixes[k][fresh], minlength=len(counts[k - 1]))
        counts[k - 1] = np.where(preceded, kinds, counts[k - 1])
    return dataclasses.replace(grams, counts=tuple(counts))


def places(old, new):
    """For each order, where the nodes of `new` are among those of `old`: int64 (nodes,), -1 for those that are not there."""
    found, before = [], np.zeros(1, "int64")
    for k in range(1, new.order + 1):
        parents = before[new.parents[k - 1]]
        before = find(old.codes(k), np.where(parents < 0, -1, parents * new.base + new.tokens[k - 1]))
        found.append(before)
    return found


def find(codes, wanted):
    """The index of each wanted code among ascending `codes`; -1 for those that are not there."""
    if not len(codes):
        return np.full(np.shape(wanted), -1, "int64")
    index = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[index] == wanted, index, -1)


def added(old, new):
    """The n-grams of both, with the sums of their counts."""
    parents, tokens, counts, dropped = [], [], [], []
    maps = [np.zeros(1, "int64")] * 2  # of the nodes of each, of the order before
    for k in range(1, new.order + 1):
        codes = [moved[g.parents[k - 1]] * g.base + g.tokens[k - 1] for moved, g in zip(maps, (old, new), strict=True)]
        union = np.unique(np.concatenate(codes))
        size = len(tokens[-1]) if tokens else 1
        dropped.append(sum(sums(moved, g.dropped[k - 1], size) for moved, g in zip(maps, (old, new), strict=True)))
        maps = [np.searchsorted(union, each) for each in codes]
        parents.append(union // new.base)
        tokens.append(union % new.base)
        counts.append(sum(sums(moved, g.counts[k - 1], len(union)) for moved, g in zip(maps, (old, new), strict=True)))
    return Grams(new.base, tuple(parents), tuple(tokens), tuple(counts), tuple(dropped))


def weights(grams):
    """About how often each n-gram occurred: the larger of its count and the sum of its children's weights, by order."""
    found = [grams.counts[-1]]
    for k in range(grams.order, 1, -1):
        below = sums(grams.parents[k - 1], found[0], grams.sizes[k - 1]) + grams.dropped[k - 1]
        found.insert(0, np.maximum(grams.counts[k - 2], below))
    return found


def pruned(grams, values, limit):
    """Keeps the n-grams of highest value and those that they hang on; single tokens always stay.

    Args:
        grams: `Grams`.
        values: For each order, the value of each n-gram.
        limit: How many n-grams to keep; more, if single tokens alone are more.

    Returns:
        `Grams`; the counts of what was pruned are added to `dropped`, where something is left beside it.
    """
    if sum(grams.sizes[1:]) <= limit:
        return grams
    values = [np.array(value, "float64") for value in values]
    for k in range(grams.order, 1, -1):  # nothing is worth less than what hangs on it
        np.maximum.at(values[k - 2], grams.parents[k - 1], values[k - 1])
    values[0] = np.full(len(values[0]), np.inf)
    order = np.argsort(-np.concatenate(values), kind="stable")[: max(limit, len(values[0]))]  # of equal ones, the shorter
    keep = np.zeros(sum(grams.sizes[1:]), bool)
    keep[order] = True
    keep = np.split(keep, np.cumsum(grams.sizes[1:-1]))
    parents, tokens, counts, dropped, moved = [], [], [], [], np.zeros(1, "int64")
    above = np.ones(1, bool)
    for k, kept in enumerate(keep):
        lost = sums(grams.parents[k][~kept], grams.counts[k][~kept], len(above)) + grams.dropped[k]
        lost[np.bincount(grams.parents[k][kept], minlength=len(above)) == 0] = 0  # as if nothing had ever followed
        parents.append(moved[grams.parents[k][kept]])
        tokens.append(grams.tokens[k][kept])
        counts.append(grams.counts[k][kept])
        dropped.append(lost[above])
        moved, above = np.cumsum(kept) - 1, kept
    return Grams(grams.base, tuple(parents), tuple(tokens), tuple(counts), tuple(dropped))


# In a file

ARRAYS = ("tokens", "counts", "large_counts", "inner", "children", "large_children", "dropped", "large_dropped")


def packed(grams):
    """The n-grams as the small arrays `ARRAYS` of a file, without loss: {name: array}, two to four bytes an n-gram.

    The orders follow one another, the root first. Of the tree, it is kept which nodes have children (eight in a byte of
    `inner`), and how many these have; of `dropped`, their places. A number above 254 stands in an array of its own.
    """
    sizes = zip(grams.parents, grams.sizes[:-1], strict=True)
    children = np.concatenate([np.bincount(parents, minlength=size) for parents, size in sizes])
    inner = children > 0
    parts = {
        "counts": np.concatenate(grams.counts),
        "children": children[inner],
        "dropped": np.concatenate(grams.dropped)[inner],
    }
    found = {"tokens": np.concatenate(grams.tokens).astype(np.min_scalar_type(grams.base - 1)), "inner": np.packbits(inner)}
    for name, values in parts.items():
        found[name] = np.minimum(values, LARGE).astype("uint8")
        found[f"large_{name}"] = values[values >= LARGE].astype("uint32")
    return found


def unpacked(arrays, order, base):
    """The `Grams` of `packed`.

    Raises:
        ValueError: The arrays do not fit each other, or hold tokens out of range.
    """
    try:
        numbers = {name: _joined(arrays[name], arrays[f"large_{name}"]) for name in ("counts", "children", "dropped")}
        all_tokens, inner = np.asarray(arrays["tokens"]).astype("int64"), np.unpackbits(arrays["inner"])
        parents, tokens, counts, dropped = [], [], [], []
        size, done, above, owned = 1, 0, 0, 0  # nodes of the order before; nodes, places of `inner`, and owners so far
        for _ in range(order):
            owners = np.flatnonzero(_taken(inner, above, size))
            children = _taken(numbers["children"], owned, len(owners))
            dropped.append(np.zeros(size, "int64"))
            dropped[-1][owners] = _taken(numbers["dropped"], owned, len(owners))
            above, owned, size = above + size, owned + len(owners), int(children.sum())
            parents.append(np.repeat(owners, children))
            tokens.append(_taken(all_tokens, done, size))
            counts.append(_taken(numbers["counts"], done, size))
            done += size
        ends = {"children": owned, "dropped": owned, "counts": done}
        if any(len(numbers[name]) != end for name, end in ends.items()) or len(all_tokens) != done or len(inner) - above > 7:
            raise ValueError("they hold more than the n-grams need")
        if done and not 0 <= all_tokens.min() <= all_tokens.max() < base:
            raise ValueError(f"a token is not from 0 to {base - 1}")
        grams = Grams(base, tuple(parents), tuple(tokens), tuple(counts), tuple(dropped))
        if not all(np.all(np.diff(grams.codes(k)) > 0) for k in range(1, order + 1)):
            raise ValueError("the n-grams do not ascend")
    except (TypeError, ValueError) as error:
        raise ValueError(f"The arrays are not those of n-grams of order {order}: {error}.") from error
    return grams


def _joined(small, large):
    numbers = np.asarray(small).astype("int64")
    if np.count_nonzero(numbers == LARGE) != len(large):
        raise ValueError(f"{len(large)} large numbers for {np.count_nonzero(numbers == LARGE)} places")
    numbers[numbers == LARGE] = large
    return numbers


def _taken(array, first, count):
    if first + count > len(array):
        raise ValueError(f"{len(array)} numbers where {first + count} are needed")
    return array[first : first + count]
