"""Scores of poems, of a model whose probabilities are known and that writes poems that are known."""

import numpy as np
import pytest
from tiny.poems import TOKENIZER, poem

from kerasgen.data.ragged import from_strings
from kerasgen.scores import poems
from kerasgen.tokenizers.poem import FORMS

NATS = np.log(7)


class Even:
    """Seven things may come next, with equal chances; of four poems one is in the wrong form, whatever is asked for."""

    tokenizer = TOKENIZER

    def token_log_probs(self, rows):
        return np.full(rows.shape, -NATS, "float32")

    def sample(self, count, seed, batch_size, form):
        lines, length = [(4, 5), (4, 7), (8, 5), (8, 7)][FORMS.index(form)]
        return [poem(lines, length)] * (count - 1) + [poem(4, 6)]


@pytest.fixture(scope="module")
def splits():
    """Lines of the training poems are 春夏秋冬春 in any order; some of them are in the test poems."""

    def part(chosen):
        return {**from_strings("poem", chosen), "label": np.zeros(len(chosen), "int64")}

    turns = [poem(4, 5, i) for i in range(4)]
    mixed = ["".join(np.random.default_rng(i).permutation(list("春夏秋冬春"))) for i in range(240)]
    read = ["".join(f"{line}{mark}" for line, mark in zip(mixed[i : i + 4], "，。，。", strict=True)) for i in range(0, 240, 4)]
    return {"train": part(read), "validation": part(turns), "test": part([turns[1], "春冬春秋春，夏秋春冬夏。" * 2])}


def test_nats_are_those_of_characters_marks_and_end_by_characters(splits):
    found = poems.score_poems("made up", count=16)(Even(), splits)
    assert found["nats"].value == pytest.approx(NATS * 25 / 20) and found["nats"].count == 40
    assert found["perplexity"].value == pytest.approx(np.exp(NATS * 25 / 20)) and found["perplexity"].leading
    assert 1 < found["perplexity"].reference < np.inf and found["perplexity"].beside.startswith("Kneser-Ney of order ")
    assert poems.validate_poems()(Even(), splits)["nats"] == pytest.approx(NATS * 25 / 20)


def test_forms_and_copies_are_counted(splits):
    found = poems.score_drawn(Even(), splits, 16)
    known = {line for text in splits["train"]["poem"].tobytes().decode().split("。") for line in text.split("，")}
    drawn = [line for form in FORMS for each in Even().sample(4, 0, 4, form) for line in poems.lines_of(each)]
    assert (found["form"].value, found["form"].count) == (0.75, 16)
    assert found["copied_lines"].value == pytest.approx(np.mean([line in known for line in drawn]))
    held_out = poems.lines_of(poem(4, 5, 1)) + ["春冬春秋春", "夏秋春冬夏"] * 2
    assert found["copied_lines"].reference == pytest.approx(np.mean([line in known for line in held_out]))


def test_nothing_is_counted_in_the_quick_mode(splits):
    assert poems.score_poems("made up")(Even(), splits, full=False)["perplexity"].reference is None
