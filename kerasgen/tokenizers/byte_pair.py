"""Byte pairs: pieces of words that occur often, down to single bytes, so that every text has ids.

Sennrich, Haddow & Birch, 2016, arXiv:1508.07909, on the bytes of UTF-8 (Radford et al., 2019, section 2.2). The library
`tokenizers` counts and applies the merges; this file says what they are applied to: each line by itself, its newline included,
cut into words as GPT-2 does. Nothing is normalised, so that decoding gives back every text as it was.
"""

import functools
import json

import numpy as np

from kerasgen import blocks, checks
from kerasgen.tokenizers.tokenizer import Tokenizer

MAX_MERGES = 1_000_000
MAX_PIECE = 256  # bytes of a token
LINES = 10_000  # encoded at once: the library keeps much beside the ids


class BytePairTokenizer(Tokenizer):
    """256 tokens of one byte, and one for each merge of two tokens before it.

    Args:
        merges: A list of str "a b", the best first: `a` and `b` are tokens, written as in GPT-2's files, where each byte is
            a printable character. Ids are those of the bytes, in the order of their characters, then those of the merges.

    Raises:
        ValueError: A merge is of tokens that do not come before it, or gives one that there already is, or a long one.
    """

    kind = "byte_pair"
    holds_text = True

    def __init__(self, merges):
        if not isinstance(merges, list) or not all(isinstance(merge, str) for merge in merges):
            raise ValueError(f"merges must be a list of str 'a b'; received {merges!r:.60}.")
        checks.integer("the number of merges", len(merges), 0, MAX_MERGES)
        ids = {byte: i for i, byte in enumerate(alphabet())}
        for i, merge in enumerate(merges):
            pair = merge.split(" ")
            if len(pair) != 2 or not all(part in ids for part in pair):
                raise ValueError(f"merges[{i}] must be two tokens that come before it; received {merge!r:.60}.")
            token = "".join(pair)
            if token in ids or len(token) > MAX_PIECE:
                raise ValueError(f"merges[{i}] must give a new token of at most {MAX_PIECE} bytes; received {merge!r:.60}.")
            ids[token] = len(ids)
        self.merges = merges
        self._ids = ids

    @classmethod
    def from_text(cls, text, vocabulary_size, fill=False):
        """The tokenizer of the pairs that are most frequent in a text, or in several.

        Args:
            text: A str, or an iterable of str.
            vocabulary_size: Number of tokens, at least 256; fewer if the text has no more pairs that occur twice.
            fill: Add merges of pairs of bytes that no text contains until there are so many, for models of a fixed size.

        Raises:
            ValueError: `vocabulary_size` is out of range, or there are not enough such pairs.
        """
        checks.integer("vocabulary_size", vocabulary_size, 256, 256 + MAX_MERGES)
        from tokenizers import Tokenizer as Library
        from tokenizers import models, trainers

        library = Library(models.BPE())
        library.pre_tokenizer = words()
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary_size,
            min_frequency=2,
            initial_alphabet=alphabet(),
            max_token_length=MAX_PIECE,
            show_progress=False,
        )
        texts = [text] if isinstance(text, str) else text
        library.train_from_iterator((line for each in texts for line in lines(each)), trainer)
        merges = json.loads(library.to_str())["model"]["merges"]
        merges = [" ".join(pair) for pair in merges]
        missing = vocabulary_size - len(alphabet()) - len(merges)
        if fill and missing > len(UNUSED):
            raise ValueError(
                f"vocabulary_size must be at most {vocabulary_size - missing + len(UNUSED)} for this text; received "
                f"{vocabulary_size}."
            )
        return cls(merges + UNUSED[: missing if fill else 0])

    @property
    def size(self):
        return len(self._ids)

    def encode(self, text, name="text", drop_unknown=False):
        if not isinstance(text, str):
            raise ValueError(f"{name} must be a str; received {text!r:.60} of type {type(text).__name__}.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{name} must be Unicode text; received half a character, {text[error.start]!r}.") from error
        parts, ids = lines(text), [np.zeros(0, "int32")]
        for first, last in blocks.spans(0, len(parts), LINES):
            ids += [np.array(line.ids, "int32") for line in self._library.encode_batch_fast(parts[first:last])]
        return np.concatenate(ids)

    def decode(self, ids):
        ids = np.asarray(ids)
        if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= self.size):
            raise ValueError(f"ids must be integers from 0 to {self.size - 1}; received {ids.tolist()!r:.60}.")
        return self._library.decode(ids.tolist(), skip_special_tokens=False)

    def token_bytes(self):
        """The bytes of each token, a list of bytes."""
        back = {character: byte for byte, character in bytes_as_characters().items()}
        return [bytes(back[character] for character in token) for token in self._ids]

    def get_config(self):
        return {"merges": self.merges}

    @functools.cached_property
    def _library(self):
        from tokenizers import Tokenizer as Library
        from tokenizers import decoders, models

        library = Library(models.BPE(vocab=self._ids, merges=[tuple(merge.split(" ")) for merge in self.merges]))
        library.pre_tokenizer, library.decoder = words(), decoders.ByteLevel()
        return library


def unused():
    """Merges of two bytes, one of which is none of UTF-8, so that they are never made."""
    names, never = bytes_as_characters(), (0xC0, 0xC1, *range(0xF5, 0x100))
    pairs = [(first, second) for first in never for second in range(256)]
    pairs += [(first, second) for first in range(256) if first not in never for second in never]
    return [f"{names[first]} {names[second]}" for first, second in pairs]


def lines(text):
    """A text cut after each newline: their concatenation is the text."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def words():
    """How a line is cut into words, and their bytes written as characters."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def alphabet():
    """The 256 bytes as GPT-2's files write them, in the order of these characters."""
    return sorted(bytes_as_characters().values())


def bytes_as_characters():
    """{byte: its character}: itself where it is printable in Latin-1, else one from 256 on, as in GPT-2's encoder.py."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


UNUSED = unused()
