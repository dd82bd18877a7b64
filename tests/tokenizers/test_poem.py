"""The tokenizer of poems: ids that are never shown, marks in turns, forms, and refusals."""

import numpy as np
import pytest

from kerasgen.data.sets import chinese_poetry
from kerasgen.tokenizers import PoemTokenizer, load_tokenizer
from kerasgen.tokenizers import poem as poems

SPRING = "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。"


@pytest.fixture(scope="module")
def tokenizer():
    return PoemTokenizer.from_poems([SPRING], 40)


def test_a_regular_poem_comes_back(tokenizer, tmp_path):
    assert tokenizer.decode(tokenizer.encode(SPRING)) == SPRING
    tokenizer.save(tmp_path / "tokenizer.json")
    assert load_tokenizer(tmp_path / "tokenizer.json") == tokenizer


def test_marks_come_in_turns_and_white_space_is_left_out(tokenizer):
    other = SPRING.replace("，", "？\n").replace("少。", "少！ ")
    np.testing.assert_array_equal(tokenizer.encode(other), tokenizer.encode(SPRING))


def test_a_list_is_filled_up_and_prefers_what_is_frequent():
    filled = PoemTokenizer.from_poems(["春春夏夏冬"], 13)
    assert filled.size == 13 and {"春", "夏", "冬", "一"} < set(filled.characters)
    assert PoemTokenizer.from_poems(["春春夏夏冬"], 10).characters == "夏春"


def test_an_unknown_character_is_a_gap_and_what_is_none_is_refused(tokenizer):
    assert tokenizer.decode(tokenizer.encode("春龘")) == "春□"
    with pytest.raises(ValueError, match=r"^text must consist of Chinese characters and marks; received also 'a' \(2\)"):
        tokenizer.encode("春aa")
    assert tokenizer.decode(tokenizer.encode("春aa", drop_unknown=True)) == "春"


def test_simplified_characters_are_read_as_those_of_the_poems(tokenizer):
    simplified = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
    assert tokenizer.decode(tokenizer.encode(simplified.translate(poems.SLIPS))) == SPRING
    assert tokenizer.decode(tokenizer.encode("风为")) == "風□"  # 爲 is not in the list
    assert PoemTokenizer("来來").encode("来").tolist() == [poems.UNKNOWN + 1]  # what is in the list is read as itself


def test_rows_hold_form_poem_and_end(tokenizer):
    rows = tokenizer.rows([SPRING], [0])
    assert rows.shape == (1, poems.LONGEST)
    assert rows[0, 0] == poems.FIRST_FORM and np.all(rows[0, 25:] == poems.END) and np.all(rows[0, 1:25] > poems.FIRST_FORM)
    assert tokenizer.decode(rows[0, :26]) == SPRING + "\n"
    with pytest.raises(ValueError, match=r"^poems\[0\] must be a 七绝; received"):
        tokenizer.rows([SPRING], [1])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (SPRING, "五绝"),
        (SPRING * 2, "五律"),
        (SPRING[:-1], None),  # the last mark is missing
        (SPRING.replace("眠", ""), None),
        (SPRING[:12], None),
        ("", None),
    ],
)
def test_the_form_is_that_of_lines_and_characters(text, form):
    assert poems.form_of(text) == form


def test_forms_are_those_of_the_data_set():
    assert (poems.FORMS, poems.SHAPES) == (chinese_poetry.FORMS, chinese_poetry.SHAPES)


@pytest.mark.parametrize("characters", ["", "春春", "春，", "春 ", None])
def test_a_bad_list_is_refused(characters):
    with pytest.raises(ValueError, match=r"^characters must"):
        PoemTokenizer(characters)
