"""One id per word: for texts whose words are separated by spaces, such as WikiText-2 and the Penn Treebank."""

import collections

import numpy as np

from kerasgen.tokenizers.tokenizer import Tokenizer

UNKNOWN, LINE_END = "<unk>", "<eos>"


class WordTokenizer(Tokenizer):
    """Numbers the words of a list in their order; the end of a line is a token, too.

    Decoded, each word follows a space, and a line ends with one, as in WikiText-2 and Mikolov's Penn Treebank: texts of that
    form come back unchanged, others with such spaces.

    Args:
        words: The words, without repetition. "<eos>" among them stands for the end of a line, "<unk>", if it is there, for
            all words that are not.
    """

    kind = "word"
    holds_text = True

    def __init__(self, words):
        self.words = list(words)
        for word in self.words:
            if not isinstance(word, str) or len(word.split()) != 1 or word.split()[0] != word:
                raise ValueError(f"words must be str without white space, at least one character each; received {word!r}.")
        twice = sorted(word for word, count in collections.Counter(self.words).items() if count > 1)
        if twice:
            raise ValueError(f"words must not repeat; received {', '.join(map(repr, twice[:20]))} more than once.")
        self._ids = {word: i for i, word in enumerate(self.words)}
        if LINE_END not in self._ids:
            raise ValueError(f"words must contain {LINE_END!r}, the end of a line; received {len(self.words)} without it.")
        self._pieces = np.array([" \n" if word == LINE_END else f" {word}" for word in self.words], object)

    @classmethod
    def from_text(cls, text, size=None):
        """The tokenizer of the words of `text`: "<eos>", whose id is 0, "<unk>" and the others, the most frequent first.

        With `size`, it has exactly so many: rarer ones are left out, and a text with fewer is filled up with "<unused1>", ...

        Raises:
            ValueError: `size` is below 2.
        """
        counts = collections.Counter(split(text))
        counts.update({LINE_END: 0, UNKNOWN: 0})
        words = sorted(counts, key=lambda word: (word != LINE_END, -counts[word], word))
        if size is not None:
            if not isinstance(size, int) or size < 2:
                raise ValueError(f"size must be an integer of at least 2; received {size!r}.")
            chosen = {LINE_END, UNKNOWN, *[word for word in words if word not in (LINE_END, UNKNOWN)][: size - 2]}
            words = [word for word in words if word in chosen]
            words += [f"<unused{i + 1}>" for i in range(size - len(words))]
        return cls(words)

    @property
    def size(self):
        return len(self.words)

    @property
    def line_end(self):
        """The id of the end of a line."""
        return self._ids[LINE_END]

    def encode(self, text, name="text"):
        if not isinstance(text, str):
            raise ValueError(f"{name} must be a str; received {text!r:.60} of type {type(text).__name__}.")
        unknown = self._ids.get(UNKNOWN)
        ids = [self._ids.get(word, unknown) for word in split(text)]
        if unknown is None and None in ids:
            shown = [repr(word) for word in self.unknown(text)]
            raise ValueError(
                f"{name} must consist of the {self.size} words of this tokenizer, which has no {UNKNOWN!r} for others; "
                f"received also {', '.join(shown[:20])}{' ...' if len(shown) > 20 else ''}."
            )
        return np.array(ids, "int32")

    def unknown(self, text):
        """{word: how often it occurs} of the words of `text` that are not in the list, the most frequent first."""
        counts = collections.Counter(word for word in split(text) if word not in self._ids)
        return dict(counts.most_common())

    def decode(self, ids):
        ids = np.asarray(ids)
        if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= self.size):
            raise ValueError(f"ids must be integers from 0 to {self.size - 1}; received {ids.tolist()!r:.60}.")
        return "".join(self._pieces[ids.astype("int64")])

    def get_config(self):
        return {"words": self.words}


def split(text):
    """The words of a text, and "<eos>" for the end of each line."""
    first, *lines = text.split("\n")
    words = first.split()
    for line in lines:
        words.append(LINE_END)
        words += line.split()
    return words
