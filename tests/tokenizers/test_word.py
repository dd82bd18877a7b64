"""Words as tokens."""

import numpy as np
import pytest

from kerasgen.tokenizers import WordTokenizer, load_tokenizer

TEXT = " \n = A title = \n \n the cat saw the dog and the <unk> \n"


def test_texts_of_the_usual_form_come_back_unchanged():
    tokenizer = WordTokenizer.from_text(TEXT)
    ids = tokenizer.encode(TEXT)
    assert ids.dtype == np.int32 and len(ids) == len(TEXT.split()) + 4
    assert tokenizer.decode(ids) == TEXT and tokenizer.decode([]) == ""
    assert "".join(tokenizer.decode([i]) for i in ids) == TEXT  # piece by piece
    assert ids[0] == tokenizer.line_end == 0  # the most frequent first
    assert tokenizer.words[1] == "the" and tokenizer.size == 10


def test_other_spaces_become_single_ones():
    tokenizer = WordTokenizer.from_text(TEXT)
    assert tokenizer.decode(tokenizer.encode("the  cat\tsaw\nthe dog")) == " the cat saw \n the dog"


def test_words_that_are_not_known():
    tokenizer = WordTokenizer.from_text(TEXT, size=4)
    assert tokenizer.words == ["<eos>", "the", "=", "<unk>"]
    assert WordTokenizer.from_text("a", size=5).words == ["<eos>", "a", "<unk>", "<unused1>", "<unused2>"]
    with pytest.raises(ValueError, match=r"^size must be an integer of at least 2; received 1"):
        WordTokenizer.from_text(TEXT, size=1)
    assert tokenizer.decode(tokenizer.encode("the cat = the owl")) == " the <unk> = the <unk>"
    assert tokenizer.unknown("the cat = cat owl \n") == {"cat": 2, "owl": 1}
    closed = WordTokenizer(["<eos>", "a"])
    with pytest.raises(
        ValueError, match=r"^prompt must consist of the 2 words .* no '<unk>' for others; received also 'b', 'c'\."
    ):
        closed.encode("a b c b", "prompt")


def test_a_file_gives_it_back(tmp_path):
    tokenizer = WordTokenizer(["<eos>", "naïve", "词", "😀", '"'])
    tokenizer.save(tmp_path / "tokenizer.json")
    assert load_tokenizer(tmp_path / "tokenizer.json") == tokenizer and tokenizer.holds_text
    (tmp_path / "tokenizer.json").write_text('{"kind": "word", "words": ["a"]}')
    with pytest.raises(ValueError, match="must contain '<eos>'"):
        load_tokenizer(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["<eos>", "a", "a"], r"^words must not repeat; received 'a' more than once"),
        (["<eos>", "a b"], r"^words must be str without white space, at least one character each; received 'a b'"),
        (["<eos>", ""], r"^words must be str without white space.*received ''"),
        (["<eos>", 3], r"^words must be str .*received 3"),
        (["a"], r"^words must contain '<eos>'"),
    ],
)
def test_words_that_are_none_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        WordTokenizer(words)


@pytest.mark.parametrize("ids", [[10], [-1], [0.5]])
def test_ids_out_of_range_are_refused(ids):
    with pytest.raises(ValueError, match=r"^ids must be integers from 0 to 9"):
        WordTokenizer.from_text(TEXT).decode(ids)
    with pytest.raises(ValueError, match=r"^text must be a str; received 3"):
        WordTokenizer.from_text(TEXT).encode(3)
