"""Byte pairs: round trips of any text, merges by hand, and refusals."""

import itertools

import numpy as np
import pytest

from kerasgen.tokenizers import BytePairTokenizer, load_tokenizer
from kerasgen.tokenizers.byte_pair import MAX_PIECE

TEXTS = [
    "",
    "plain words, and 12.5% of numbers\n",
    "line\r\nends\rand  two  spaces \n\n\ttabs ",
    "\ufeffa mark, 木 and é and e\u0301, 🙂👩‍👩‍👧, \x00 and \x7f\n",
    "  \n \n",
    "\u2028x\x85y",
]
WORDS = "the cat sat on the mat and the cat ate the rat\n" * 20


@pytest.fixture(scope="module")
def tokenizer():
    return BytePairTokenizer.from_text(WORDS, 270)


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_comes_back_as_it_was(tokenizer, text):
    ids = tokenizer.encode(text)
    assert ids.dtype == np.int32 and ids.ndim == 1
    assert tokenizer.decode(ids) == text
    assert BytePairTokenizer([]).decode(BytePairTokenizer([]).encode(text)) == text
    assert len(BytePairTokenizer([]).encode(text)) == len(text.encode())


def test_random_texts_come_back():
    rng = np.random.default_rng(0)
    tokenizer = BytePairTokenizer.from_text([WORDS, "".join(TEXTS) * 3], 300)
    points = rng.integers(0, 0x2FFF, (50, 40))
    pieces = tokenizer.token_bytes()
    for row in points:
        text = "".join(map(chr, row))
        assert tokenizer.decode(tokenizer.encode(text)) == text
        assert b"".join(pieces[i] for i in tokenizer.encode(text)) == text.encode()


def by_hand(merges, word):
    """The ids of a word: of the merges that can be made, the first in the list is made, until none can."""
    parts = list(word)
    pairs = [tuple(merge.split(" ")) for merge in merges]
    while found := [pair for pair in pairs if pair in list(itertools.pairwise(parts))]:
        place = next(i for i in range(len(parts)) if tuple(parts[i : i + 2]) == found[0])
        parts[place : place + 2] = ["".join(found[0])]
    return parts


def test_merges_are_made_in_their_order(tokenizer):
    tokens = list(tokenizer._ids)
    for word in ("the", "cat", "mat", "rattat", "sand", "thecat"):
        assert [tokens[i] for i in tokenizer.encode(word)] == by_hand(tokenizer.merges, word)
    first = next(merge for merge in tokenizer.merges)
    assert first in ("a t", "t h", "h e", "Ġ t")  # the most frequent pair of the text


def test_frequent_words_are_short(tokenizer):
    assert tokenizer.size == 270 == 256 + len(tokenizer.merges)
    assert len(tokenizer.encode(WORDS)) < len(WORDS) / 2
    assert BytePairTokenizer.from_text(WORDS, 270) == tokenizer  # counting is exact: the same text, the same merges
    assert BytePairTokenizer.from_text("abc", 1000).size == 256  # no pair occurs twice


def test_a_text_is_encoded_line_by_line(tokenizer):
    text = "the cat\n\nsat on\nthe mat"
    parts = [tokenizer.encode(part) for part in ("the cat\n", "\n", "sat on\n", "the mat")]
    np.testing.assert_array_equal(tokenizer.encode(text), np.concatenate(parts))


def test_saved_and_loaded(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert again == tokenizer != BytePairTokenizer([])
    np.testing.assert_array_equal(again.encode(WORDS), tokenizer.encode(WORDS))


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ("a b", r"^merges must be a list of str 'a b'; received 'a b'"),
        ([("a", "b")], r"^merges must be a list of str"),
        (["ab"], r"^merges\[0\] must be two tokens that come before it; received 'ab'"),
        (["a b c"], r"^merges\[0\] must be two tokens"),
        (["ab c", "a b"], r"^merges\[0\] must be two tokens that come before it; received 'ab c'"),
        (["a 木"], r"^merges\[0\] must be two tokens"),
        (["a b", "a b"], r"^merges\[1\] must give a new token"),
        (
            [f"{'a' * 2**n} {'a' * 2**n}" for n in range(12)],
            rf"^merges\[8\] must give a new token of at most {MAX_PIECE} bytes",
        ),
    ],
)
def test_merges_that_cannot_be_are_refused(merges, message):
    with pytest.raises(ValueError, match=message):
        BytePairTokenizer(merges)


def test_what_is_no_text_is_refused(tokenizer):
    with pytest.raises(ValueError, match=r"^prompt must be a str; received 3"):
        tokenizer.encode(3, "prompt")
    with pytest.raises(ValueError, match=r"^text must be Unicode text; received half a character, '\\ud800'"):
        tokenizer.encode("a\ud800b")
    for ids in ([270], [-1], [0.5]):
        with pytest.raises(ValueError, match=r"^ids must be integers from 0 to 269; received"):
            tokenizer.decode(ids)
    with pytest.raises(ValueError, match=r"^vocabulary_size must be an integer from 256"):
        BytePairTokenizer.from_text("abc", 100)


def test_a_short_text_is_filled_up_with_merges_that_no_text_needs():
    short, filled = BytePairTokenizer.from_text(WORDS, 600), BytePairTokenizer.from_text(WORDS, 600, fill=True)
    assert short.size < filled.size == 600 and filled.merges[: len(short.merges)] == short.merges
    for text in (*TEXTS, WORDS):
        np.testing.assert_array_equal(filled.encode(text), short.encode(text))
    with pytest.raises(ValueError, match=r"^vocabulary_size must be at most \d+ for this text; received 9000"):
        BytePairTokenizer.from_text(WORDS, 9000, fill=True)
