"""n-grams in sorted arrays against dictionaries of tuples."""

import collections

import numpy as np
import pytest
from counting import as_dictionary, rows_of

from kerasgen.models.language.grams import added, continuations, count, packed, places, pruned, unpacked, weights

BASE = 5


def by_hand(rows, order, skip=0):
    """{n-gram: how often}, with 0 for those that end in what is skipped."""
    found = collections.Counter()
    for row in rows.tolist():
        for end in range(1, len(row) + 1):
            for k in range(1, min(order, end) + 1):
                found[tuple(row[end - k : end])] += end > skip
    return dict(found)


@pytest.mark.parametrize("skip", [0, 2])
def test_counts_are_those_of_a_dictionary(skip):
    rows = rows_of(seed=1, shape=(6, 40))
    grams, suffixes = count(rows, 4, BASE, skip)
    assert as_dictionary(grams) == by_hand(rows, 4, skip)
    assert grams.order == 4 and grams.sizes[:2] == (1, 4)
    names = names_of(grams)
    for k in range(2, 5):
        assert all(names[k - 1][i] == name[1:] for i, name in zip(suffixes[k - 1], names[k], strict=True))
        assert np.all(np.diff(grams.codes(k)) > 0)
    np.testing.assert_array_equal(
        grams.totals(2), [sum(v for g, v in as_dictionary(grams, 2).items() if g[0] == a) for a in range(4)]
    )


def names_of(grams):
    """[(), n-grams of order 1, ...] as lists of tuples in their order."""
    names = [[()]]
    for k in range(grams.order):
        names.append([names[k][p] + (t,) for p, t in zip(grams.parents[k].tolist(), grams.tokens[k].tolist(), strict=True)])
    return names


def test_continuations_count_different_tokens_before():
    rows = np.array([[4, 0, 1, 2, 0, 1, 3, 0, 1]])  # 4 begins a text
    found = as_dictionary(continuations(*count(rows, 3, BASE, skip=1)))
    assert found[(0, 1)] == 3 and found[(1,)] == 1 and found[(0,)] == 3  # after 4, 2 and 3
    assert found[(4, 0)] == 1 and found[(4,)] == 0  # nothing stands before the beginning
    assert found[(4, 0, 1)] == found[(2, 0, 1)] == 1 and found[(0, 1, 2)] == 1
    twice = as_dictionary(continuations(*count(np.tile(rows, (2, 1)), 3, BASE, skip=1)))
    assert twice[(4, 0)] == 2 and twice[(0, 1)] == 3 and twice[(0, 1, 2)] == 2


def test_counts_of_two_texts_add_up_to_those_of_both():
    first, second = (np.pad(rows_of(seed, (3, 50)), ((0, 0), (1, 0)), constant_values=4) for seed in (1, 2))
    old = continuations(*count(first, 3, BASE, skip=1))
    new, suffixes = count(second, 3, BASE, skip=1)
    known = [(at >= 0) & (counts[at] > 0) for at, counts in zip(places(old, new), old.counts, strict=True)]
    together = added(old, continuations(new, suffixes, known))
    both = continuations(*count(np.concatenate([first, second]), 3, BASE, skip=1))
    assert as_dictionary(together) == as_dictionary(both)


def test_places_find_the_same_n_grams():
    old, new = (count(rows_of(seed, (1, 30)), 3, BASE)[0] for seed in (1, 2))
    names = [names_of(old), names_of(new)]
    for k, at in enumerate(places(old, new), start=1):
        expected = [names[0][k].index(name) if name in names[0][k] else -1 for name in names[1][k]]
        assert at.tolist() == expected


def test_pruning_keeps_what_is_valued_and_what_it_hangs_on():
    grams = count(rows_of(seed=3, shape=(1, 300)), 3, BASE)[0]
    values = [np.random.default_rng(k).random(size) for k, size in enumerate(grams.sizes[1:])]
    worth = {
        name: v for names, each in zip(names_of(grams)[1:], values, strict=True) for name, v in zip(names, each, strict=True)
    }
    small = pruned(grams, values, 30)
    kept, every = as_dictionary(small), as_dictionary(grams)
    assert len(kept) == 30 and all(every[name] == number for name, number in kept.items())
    assert all(name[:-1] in kept for name in kept if len(name) > 1)
    lost = [name for name in every if name not in kept]
    top = {name: max(v for other, v in worth.items() if other[: len(name)] == name) for name in every if len(name) > 1}
    assert max(top[name] for name in lost) <= min(top[name] for name in kept if len(name) > 1)
    for k in (1, 2, 3):  # of a context that is still one, the count is the same
        for context, total in zip(names_of(small)[k - 1], small.totals(k).tolist(), strict=True):
            followers = [name for name in every if len(name) == k and name[:-1] == context]
            assert total == (sum(every[name] for name in followers) if set(followers) & set(kept) else 0)
    again = pruned(small, [np.ones(size) for size in small.sizes[1:]], 20)
    assert again.totals(1)[0] == grams.totals(1)[0] and pruned(small, values, 30) is small
    assert sum(pruned(grams, values, 1).sizes[1:]) == 4  # single tokens stay


def test_weights_are_the_occurrences():
    grams, suffixes = count(rows_of(seed=4, shape=(1, 200)), 3, BASE)
    for found, counts in zip(weights(continuations(grams, suffixes)), grams.counts, strict=True):
        assert np.all(np.abs(found - counts) <= 1)  # at the end of a text nothing follows


# In a file


def large():
    """Counts above 254, exactly 254 and 255 among them, after pruning."""
    rows = np.repeat([[0, 1, 2, 3], [1, 1, 2, 0], [2, 0, 0, 0], [3, 3, 3, 1]], [254, 255, 256, 700], axis=0)
    grams = count(rows, 3, 300)[0]
    return pruned(grams, [counts * 1.0 for counts in grams.counts], 14)


@pytest.mark.parametrize("make", [large, lambda: count(rows_of(1, (2, 90)), 4, BASE)[0]])
def test_packed_arrays_are_small_and_lose_nothing(make):
    grams = make()
    arrays = packed(grams)
    again = unpacked(arrays, grams.order, grams.base)
    for field in ("parents", "tokens", "counts", "dropped"):
        for this, that in zip(getattr(again, field), getattr(grams, field), strict=True):
            np.testing.assert_array_equal(this, that)
    assert arrays["tokens"].dtype == ("uint16" if grams.base == 300 else "uint8") and arrays["counts"].dtype == "uint8"


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("tokens", lambda a: a[:-1], "numbers where"),
        ("counts", lambda a: a[:-1], "numbers where"),
        ("inner", lambda a: a[:1], "numbers where"),
        ("children", lambda a: np.append(a, 1), "more than the n-grams need"),
        ("inner", lambda a: np.append(a, a[:1]), "more than the n-grams need"),
        ("inner", lambda a: a.astype("int64"), "unsigned byte"),
        ("large_counts", lambda a: np.append(a, 999), "large numbers for"),
        ("tokens", lambda a: a + 1, "token is not from 0 to 4|do not ascend"),
        ("tokens", lambda a: a[::-1], "do not ascend"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, damage, message):
    rows = np.array([[4, 3, 2, 1, 0, 0, 1, 2, 3, 4]])
    arrays = packed(count(rows, 3, BASE)[0])
    with pytest.raises(ValueError, match=f"The arrays are not those of n-grams of order 3: .*({message})"):
        unpacked({**arrays, name: damage(arrays[name])}, 3, BASE)


def test_a_million_tokens_take_seconds():
    rows = np.random.default_rng(0).integers(0, 60, (1, 100_000))
    assert count(rows, 4, 60)[0].totals(1)[0] == 100_000
