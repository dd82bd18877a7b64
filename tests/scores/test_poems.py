"""Scores of poems, of a model whose probabilities are known."""

import numpy as np
import pytest

from kerasgen.data.ragged import from_strings
from kerasgen.models.language.poems import END, MARKS
from kerasgen.scores import poems
from kerasgen.tokenizers import CharacterTokenizer

TOKENIZER = CharacterTokenizer(MARKS + END + "山水月，。")
FIVE = ["山水月水山，月水山水月。" * 2, "月月月月月，水水水水水。" * 2]


class Even:
    """Every character is one of five with equal chances; writes the same poem again and again."""

    tokenizer = TOKENIZER

    def log_prob(self, texts, batch_size=64):
        return -np.log(5) * np.array(list(map(len, texts)), "float64")

    def token_log_probs(self, ids):
        return np.full(ids.shape, -np.log(5))

    def sample(self, count, seed, form, batch_size):
        return [FIVE[0]] * (count - 1) + ["月月月月月月月月月，" * 4]


@pytest.fixture(scope="module")
def splits():
    part = {**from_strings("poem", FIVE), "label": np.zeros(2, "int64")}
    letters = np.random.default_rng(0).choice(list("山水月，。"), (40, 24), p=[0.5, 0.25, 0.15, 0.06, 0.04])
    read = FIVE + ["".join(row) for row in letters]
    return {
        "train": {**from_strings("poem", read), "label": np.zeros(42, "int64")},
        "validation": part,
        "test": {**from_strings("poem", [FIVE[0], FIVE[1][:12] + "月水月水月，月水月月水。"]), "label": np.zeros(2, "int64")},
    }


def test_scores_are_those_of_what_is_known(splits):
    found = poems.score_poems(4)(Even(), splits)
    assert found["nats"].value == pytest.approx(np.log(5)) and found["nats"].count == 48
    assert found["perplexity"].value == pytest.approx(5) and found["perplexity"].leading
    assert found["ratio"].value == pytest.approx(5 / found["perplexity"].reference)
    assert found["form"].parts == (0.75, 0, 0, 0) and found["form"].count == 16
    assert found["copied"].value == pytest.approx(12 / 16) and found["copied"].reference == pytest.approx(6 / 8)


def test_validation_counts_the_mark_and_the_poem_but_no_ends(splits):
    assert poems.validate_poems()(Even(), splits)["nats"] == pytest.approx(np.log(5) * 50 / 48)


def test_nothing_is_counted_in_the_quick_mode(splits):
    assert "ratio" not in poems.score_poems(2)(Even(), splits, full=False)
