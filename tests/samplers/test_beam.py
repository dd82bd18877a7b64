"""Beam search beside the enumeration of every text, and beside greedy choice."""

import itertools

import numpy as np
import pytest

from kerasgen.samplers import beam_search, log_softmax

LETTERS, LENGTH = 3, 5
TABLES = [np.random.default_rng(seed).normal(0, 1, (LETTERS + 1, LETTERS)) for seed in range(10)]


def search(table, beams, **options):
    """Over a Markov chain: what is known of a text is its last token, a row of the table."""

    def read(tokens, states):
        assert tokens.dtype == np.int32 and tokens.shape == (len(states), 1)
        assert np.all(states[:, 1] == states[0, 1])  # every text has read equally many tokens
        return table[tokens], np.stack([tokens[:, 0], states[:, 1] + 1], axis=1)

    return beam_search(read, table[[LETTERS]], np.array([[LETTERS, 0]]), beams, options.pop("length", LENGTH), **options)


def log_prob(table, ids):
    rows = log_softmax(table)
    return sum(rows[pair] for pair in itertools.pairwise([LETTERS, *ids]))


def every_text(table, ended, length_penalty):
    """All finished texts, best first: those that end early, and those of full length."""
    texts = set()
    for ids in itertools.product(range(LETTERS), repeat=LENGTH):
        ends = [n for n in range(1, LENGTH + 1) if ended(list(ids[:n]))]
        texts.add(ids[: ends[0]] if ends else ids)
    return sorted(((list(t), log_prob(table, t)) for t in texts), key=lambda e: -e[1] / len(e[0]) ** length_penalty)


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("ended", [lambda ids: False, lambda ids: ids[-1] == 2, lambda ids: ids[-2:] == [0, 1]])
def test_with_enough_beams_it_finds_the_best_of_all_texts(ended, length_penalty):
    for table in TABLES:
        expected = every_text(table, ended, length_penalty)
        found = search(table, LETTERS**LENGTH, ended=ended, length_penalty=length_penalty)
        assert len(found) == len(expected)
        assert sorted(ids for ids, _ in found) == sorted(ids for ids, _ in expected)  # several may be equally probable
        for (ids, total), (best, best_total) in zip(found, expected, strict=True):
            assert total == pytest.approx(log_prob(table, ids))
            assert total / len(ids) ** length_penalty == pytest.approx(best_total / len(best) ** length_penalty)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("beams", [1, 2, 3])
def test_it_is_never_below_greedy_and_sometimes_above(beams, length_penalty):
    gains = []
    for table in TABLES:
        greedy = []
        for _ in range(LENGTH):
            greedy.append(int(np.argmax(table[greedy[-1] if greedy else LETTERS])))
            if greedy[-1] == 2:
                break
        found = search(table, beams, ended=lambda ids: ids[-1] == 2, length_penalty=length_penalty)
        assert 1 <= len(found) <= beams
        scores = [total / len(ids) ** length_penalty for ids, total in found]
        assert scores == sorted(scores, reverse=True)
        gains.append(scores[0] - log_prob(table, greedy) / len(greedy) ** length_penalty)
        assert all(total == pytest.approx(log_prob(table, ids)) for ids, total in found)
    assert min(gains) >= -1e-12
    assert (max(gains) > 0) == (beams > 1)


def test_what_cannot_be_is_not_found():
    table = np.log([[0.5, 0.5, 1e-300], [1.0, 1e-300, 1e-300], [1.0, 1e-300, 1e-300], [1e-300, 1.0, 1e-300]])
    table[table < -100] = -np.inf
    found = search(table, 50, length=3)
    assert [ids for ids, _ in found] == [[1, 0, 0], [1, 0, 1]]
