"""The cache against loops over what stands before each token."""

import numpy as np
import pytest
from counting import rows_of

from kerasgen.models.language.cache import Cache, strengths_for


def by_hand(probability, past, token, length, strengths):
    """p(token | past) with the cache, from that of the other model."""
    for j, strength in enumerate(strengths):
        if strength == 0 or len(past) < j:
            continue
        places = [t for t in range(max(j, len(past) - length), len(past)) if past[t - j : t] == past[len(past) - j :]]
        hits = sum(past[t] == token for t in places)
        probability = (hits + strength * probability) / (len(places) + strength)
    return probability


@pytest.mark.parametrize("length", [1, 7, 1000])
@pytest.mark.parametrize("strengths", [(2.0,), (3.0, 0.7), (0.0, 5.0, 0.5, 2.0)])
def test_both_ways_are_those_of_a_loop(length, strengths):
    tokens, cache = rows_of(1, (3, 60)), Cache(length, strengths)
    table = np.random.default_rng(0).dirichlet(np.ones(4), 60)
    own = table[np.arange(60), tokens]
    along = cache.mixed_along(own, tokens)
    past = cache.start(3)
    for t in range(60):
        every = cache.mixed(np.repeat(table[t][None], 3, axis=0), past)
        np.testing.assert_allclose(every.sum(axis=1), 1)
        for i, text in enumerate(tokens.tolist()):
            expected = [by_hand(table[t, token], text[:t], token, length, strengths) for token in range(4)]
            np.testing.assert_allclose(every[i], expected, rtol=1e-10)
            assert along[i, t] == pytest.approx(expected[text[t]], rel=1e-10)
        past = cache.step(past, tokens[:, t])
    np.testing.assert_array_equal(own, table[np.arange(60), tokens])  # what was given is left alone


def test_strengths_fit_the_text():
    repeating, random = np.tile(rows_of(1, (1, 25)), (1, 8)), np.random.default_rng(0).integers(0, 4, (1, 400))
    strong, weak = (strengths_for(np.full(text.shape, 0.25), text, 100, 3) for text in (repeating, random))
    assert 0 < strong[3] < 5 and (weak[3] == 0 or weak[3] > 10 * strong[3])

    def nats(text, strengths):
        return -np.log(Cache(100, strengths).mixed_along(np.full(text.shape, 0.25), text)).mean()

    assert nats(repeating, strong) < np.log(4) - 0.4 and nats(random, weak) < np.log(4) + 1e-6
