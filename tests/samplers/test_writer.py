"""Pieces of a growing text: whole characters, spaces between words, nothing after a stop."""

import itertools

import pytest

from kerasgen.samplers import Writer
from kerasgen.tokenizers import CharacterTokenizer

LETTERS = CharacterTokenizer("abc")


class Bytes:
    """A token a byte of UTF-8."""

    def decode(self, ids):
        return bytes(ids).decode("utf-8", errors="replace")


class Words:
    """A token a word, with a space between two."""

    def decode(self, ids):
        return " ".join(f"w{i}" for i in ids)


def pieces(writer, ids):
    return [*map(writer.add, ids), writer.rest()]


def test_characters_come_as_they_are_chosen():
    assert pieces(Writer(LETTERS), [0, 1, 2, 0]) == ["a", "b", "c", "a", ""]


def test_a_character_of_several_bytes_comes_whole():
    text = "aé木🙂!"
    found = pieces(Writer(Bytes()), text.encode())
    assert [piece for piece in found if piece] == list(text)
    assert "".join(pieces(Writer(Bytes()), "木".encode()[:2])) == "\N{REPLACEMENT CHARACTER}"  # it ends within a character
    broken = "".join(pieces(Writer(Bytes()), b"\xff\xff\xffabcd"))
    assert broken.endswith("abcd") and set(broken[:-4]) == {"\N{REPLACEMENT CHARACTER}"}


def test_words_keep_the_spaces_between_them():
    assert pieces(Writer(Words()), [1, 2, 3]) == ["w1", " w2", " w3", ""]
    assert pieces(Writer(Words(), before=[7, 8]), [1, 2]) == [" w1", " w2", ""]


@pytest.mark.parametrize("stops", [["ca"], ["abc", "ca"], ["bcb", "cc"], ["abcabcc"], ["aaaa"]])
def test_the_text_ends_before_the_first_stop(stops):
    for ids in itertools.product(range(3), repeat=6):
        text = LETTERS.decode(ids)
        ends = [text.find(stop) for stop in stops if stop in text]
        # Of several stops the one that is complete first ends the text; these are such that it also begins first.
        found = pieces(Writer(LETTERS, stops), ids)
        assert "".join(found) == text[: min(ends)] if ends else text
        shown = "".join(found[:-1])
        assert not any(stop in shown for stop in stops)


def test_nothing_is_held_back_that_cannot_become_a_stop():
    assert pieces(Writer(LETTERS, ["bca"]), [0, 1, 2, 2, 1, 0, 1]) == ["a", "", "", "bcc", "", "ba", "", "b"]
