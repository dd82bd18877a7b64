"""One id per character (Unicode code point)."""

import collections

import numpy as np

from kerasgen.tokenizers.tokenizer import Tokenizer


class CharacterTokenizer(Tokenizer):
    """Numbers the characters of an alphabet in their order.

    Args:
        characters: The alphabet, a str without repetition.
    """

    kind = "character"

    def __init__(self, characters):
        if not isinstance(characters, str) or not characters:
            raise ValueError(f"characters must be a str of at least one character; received {characters!r:.80}.")
        twice = sorted(c for c, count in collections.Counter(characters).items() if count > 1)
        if twice:
            raise ValueError(f"characters must not repeat; received {''.join(twice)!r:.80} more than once.")
        self.characters = characters
        self._ids = {character: i for i, character in enumerate(characters)}

    @classmethod
    def from_text(cls, text):
        """The tokenizer of the characters that occur in `text`, sorted by code point."""
        return cls("".join(sorted(set(text))))

    @property
    def size(self):
        return len(self.characters)

    def encode(self, text, name="text", drop_unknown=False):
        if not isinstance(text, str):
            raise ValueError(f"{name} must be a str; received {text!r:.60} of type {type(text).__name__}.")
        unknown = self.unknown(text)
        if unknown and not drop_unknown:
            raise ValueError(
                f"{name} must consist of the {self.size} characters {self.characters!r:.400}; {unknown.total():,} of its "
                f"{len(text):,} are others: {shown(unknown)}. Replace them, or pass drop_unknown=True to leave them out."
            )
        ids = (self._ids.get(character) for character in text)
        return np.array([i for i in ids if i is not None], "int32")

    def unknown(self, text):
        """The characters of a text that have no id: a `collections.Counter`."""
        return collections.Counter({c: n for c, n in collections.Counter(text).items() if c not in self._ids})

    def decode(self, ids):
        ids = np.asarray(ids)
        if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= self.size):
            raise ValueError(f"ids must be integers from 0 to {self.size - 1}; received {ids.tolist()!r:.60}.")
        return "".join(self.characters[i] for i in ids)

    def get_config(self):
        return {"characters": self.characters}


def shown(unknown, most=20):
    """Characters and how often each occurs, the most frequent first, in words."""
    return ", ".join(f"{c!r} ({n:,})" for c, n in unknown.most_common(most)) + (" ..." if len(unknown) > most else "")
