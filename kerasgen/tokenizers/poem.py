"""One id per character of Tang poems, and ids that are never shown: the form of a poem, which stands before it, and its end."""

import collections
import itertools
import unicodedata

import numpy as np

from kerasgen.tokenizers.character import shown
from kerasgen.tokenizers.tokenizer import Tokenizer

FORMS = ("五绝", "七绝", "五律", "七律")
SHAPES = ((4, 5), (4, 7), (8, 5), (8, 7))  # lines, characters a line
END, FIRST_FORM, MARKS, UNKNOWN = 0, 1, (5, 6), 7  # ids; those of the forms are 1 to 4
COMMA, STOP, GAP = "，", "。", "□"  # noqa: RUF001  the last stands for characters that are not in the list
OPEN, CLOSED = "，、；：,;", "。？！.?!"  # noqa: RUF001  all count as the end of a line
LONGEST = 1 + 8 * 8 + 1  # tokens of a form, the longest poem, and its end
# Simplified characters that occur in poems by mistake, at most a hundredth as often as the traditional ones.
SLIPS = str.maketrans(
    "个争凄凉别卧叶咏唤墙宫将帘异怜扑抛换术机来横泪瑶绵羡腊遥随静颜馀黄",
    "箇爭淒涼別臥葉詠喚牆宮將簾異憐撲拋換術機來橫淚瑤綿羨臘遙隨靜顏餘黃",
)


class PoemTokenizer(Tokenizer):
    """Numbers the end of a poem, the four forms, two marks, a gap, and the characters of a list in their order.

    Lines end with ， and 。 in turns, whichever marks a text has; white space is left out. Simplified characters are read as
    the traditional ones of the poems. Other Chinese characters that are not in the list are read as a gap, □. Decoded, forms
    are nothing, and the end is a newline.

    Args:
        characters: The list, a str without repetition, marks or white space.
    """  # noqa: RUF002

    kind = "poem"

    def __init__(self, characters):
        if not isinstance(characters, str) or not characters:
            raise ValueError(f"characters must be a str of at least one character; received {characters!r:.80}.")
        wrong = sorted(
            c for c, n in collections.Counter(characters).items() if n > 1 or c.isspace() or c in OPEN + CLOSED + GAP
        )
        if wrong:
            raise ValueError(f"characters must not repeat, nor be marks or white space; received {''.join(wrong)!r:.80}.")
        self.characters = characters
        self._pieces = ["\n", *[""] * len(FORMS), COMMA, STOP, GAP, *characters]
        self._ids = {character: UNKNOWN + 1 + i for i, character in enumerate(characters)} | {GAP: UNKNOWN}

    @classmethod
    def from_poems(cls, poems, size):
        """The tokenizer of `size` ids whose characters are the most frequent of a list of poems.

        If the poems have too few, the list is filled up with others in the order of Unicode, for models of a fixed size.
        """
        counts = collections.Counter(c for c in "".join(poems) if not c.isspace() and c not in OPEN + CLOSED + GAP)
        others = (chr(i) for i in range(0x4E00, 0x9FFF) if chr(i) not in counts)
        chosen = [*sorted(counts, key=lambda c: (-counts[c], c)), *others][: size - UNKNOWN - 1]
        return cls("".join(sorted(chosen)))

    @property
    def size(self):
        return len(self._pieces)

    def encode(self, text, name="text", drop_unknown=False):
        if not isinstance(text, str):
            raise ValueError(f"{name} must be a str; received {text!r:.60} of type {type(text).__name__}.")
        marks, ids, unknown = itertools.cycle(MARKS), [], collections.Counter()
        for character in text:
            if character not in self._ids:
                character = traditional_form(character)
            if character in OPEN + CLOSED:
                ids.append(next(marks))
            elif character in self._ids or unicodedata.name(character, "").startswith("CJK"):
                ids.append(self._ids.get(character, UNKNOWN))
            elif not character.isspace():
                unknown[character] += 1
        if unknown and not drop_unknown:
            raise ValueError(
                f"{name} must consist of Chinese characters and marks; received also {shown(unknown)}. Replace them, or pass "
                "drop_unknown=True to leave them out."
            )
        return np.array(ids, "int32")

    def decode(self, ids):
        ids = np.asarray(ids)
        if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= self.size):
            raise ValueError(f"ids must be integers from 0 to {self.size - 1}; received {ids.tolist()!r:.60}.")
        return "".join(self._pieces[i] for i in ids)

    def rows(self, poems, forms):
        """What a model learns from: int32 (count, LONGEST), each row a form, a poem, and its end until the row is full.

        Args:
            poems: A list of str, in the forms that are given.
            forms: The number of each one's form, 0 to 3.

        Raises:
            ValueError: A poem has another form.
        """
        found = np.full((len(poems), LONGEST), END, "int32")
        for i, (row, poem, form) in enumerate(zip(found, poems, forms, strict=True)):
            if form_of(poem) != FORMS[form]:
                raise ValueError(f"poems[{i}] must be a {FORMS[form]}; received {poem!r:.80}, form {form_of(poem)}.")
            ids = self.encode(poem, f"poems[{i}]")
            row[0], row[1 : 1 + len(ids)] = FIRST_FORM + form, ids
        return found

    def get_config(self):
        return {"characters": self.characters}


def traditional_form(character):
    """The form of a character that the poems have; itself where that is not known."""
    from kerasgen.data.sets.chinese_poetry import traditional  # when first used: the data package takes long to import

    return traditional().get(character, character)


def lines_of(poem):
    """The lines of a poem without their marks; what stands after the last mark is a line, too."""
    for mark in OPEN + CLOSED:
        poem = poem.replace(mark, "\n")
    return [line for line in ("".join(line.split()) for line in poem.split("\n")) if line]


def form_of(poem):
    """The form of a poem, one of FORMS; None if it has none of them: so many lines, so long, each with a mark after it."""
    lines = lines_of(poem)
    shape = (len(lines), len(lines[0])) if lines else None
    regular = shape in SHAPES and all(len(line) == shape[1] for line in lines)
    return FORMS[SHAPES.index(shape)] if regular and sum(poem.count(mark) for mark in OPEN + CLOSED) == len(lines) else None
