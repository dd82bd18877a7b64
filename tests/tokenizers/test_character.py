"""Tokenizers: round trips, files and refusals."""

import pytest

from kerasgen.tokenizers import CharacterTokenizer, load_tokenizer


def test_round_trip_in_the_order_of_the_alphabet():
    tokenizer = CharacterTokenizer("ab 你\n")
    assert tokenizer.size == 5
    assert tokenizer.encode("你 b\n").tolist() == [3, 2, 1, 4]
    assert tokenizer.decode(tokenizer.encode("你 b\n")) == "你 b\n"
    assert tokenizer.encode("").shape == (0,) and tokenizer.decode([]) == ""


def test_the_alphabet_of_a_text_is_sorted():
    assert CharacterTokenizer.from_text("banana\n").characters == "\nabn"


def test_saved_and_loaded(tmp_path):
    tokenizer = CharacterTokenizer('ab"\\\n你\u2028')
    tokenizer.save(tmp_path / "tokenizer.json")
    assert load_tokenizer(tmp_path / "tokenizer.json") == tokenizer
    assert load_tokenizer(tmp_path / "tokenizer.json") != CharacterTokenizer("ab")


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"kind": "morse"}', '{"kind": "character"}', '{"kind": "character", "x": 1}']
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json holds no tokenizer of the kinds 'byte_pair', 'character'"):
        load_tokenizer(tmp_path / "tokenizer.json")


def test_unknown_characters_are_shown():
    message = r"^text must consist of the 2 characters 'ab'; 3 of its 5 are others: '你' \(2\), 'c' \(1\)\. .*drop_unknown=True"
    with pytest.raises(ValueError, match=message):
        CharacterTokenizer("ab").encode("a你c你b")
    assert CharacterTokenizer("ab").encode("a你c你b", drop_unknown=True).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"^text must be a str; received b'a'"):
        CharacterTokenizer("ab").encode(b"a")


@pytest.mark.parametrize("ids", [[2], [-1], [0.5]])
def test_ids_out_of_range_are_refused(ids):
    with pytest.raises(ValueError, match=r"^ids must be integers from 0 to 1; received"):
        CharacterTokenizer("ab").decode(ids)


@pytest.mark.parametrize("characters", ["", "aba", None, 3])
def test_what_is_no_alphabet_is_refused(characters):
    with pytest.raises(ValueError, match=r"^characters must"):
        CharacterTokenizer(characters)
