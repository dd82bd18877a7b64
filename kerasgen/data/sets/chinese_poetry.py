"""Tang poems of four and eight lines in traditional characters, which travel with the package.

The form of a poem is judged only by its number of lines and their length, so the eight-line poems include some in the old
style, which are not regulated verse (律) in the strict sense. The source often has the same poem twice, under two authors or as
a song text with some characters changed; a family holds such near-copies, and goes into one split as a whole.
"""

import collections
import functools
import re

import numpy as np

from kerasgen.data import parsing, places
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

FORMS = ("五绝", "七绝", "五律", "七律")  # label 0, 1, 2, 3: (lines, characters a line) as in SHAPES
SHAPES = ((4, 5), (4, 7), (8, 5), (8, 7))
PUNCTUATION = re.compile("[，。？！；]")  # noqa: RUF001  Chinese marks


def parse(files):
    """{split: fields as declared} from the table of title, author, poem, number of the family."""
    titles, authors, poems, family = zip(*parsing.table(files["poems.tsv.xz"]), strict=True)
    arrays = {
        **from_strings("poem", poems),
        **from_strings("title", titles),
        **from_strings("author", authors),
        "label": np.array([form(poem) for poem in poems]),
    }
    return split(arrays, (8, 1, 1), groups=list(family))


@functools.cache
def traditional():
    """{a simplified character, or another form of one: the form that the poems have}, of characters that no poem has.

    simplified.txt was made of STCharacters.txt of OpenCC (Apache-2.0; in opencc-python-reimplemented 0.1.7): among the forms
    that it gives for a simplified character, the most frequent one in the poems stands for all that do not occur in them.
    """
    pairs = (places.packaged_folder(DATA_SET) / "simplified.txt").read_text(encoding="utf-8").split()
    return dict(map(tuple, pairs))


def lines(poem):
    """The lines of a poem without punctuation."""
    return PUNCTUATION.split(poem)[:-1]


def form(poem):
    """Which of `FORMS` a poem has."""
    found = lines(poem)
    return SHAPES.index((len(found), len(found[0])))


def families(poems):
    """The family of each poem, a list of int, numbered by first member: how those in poems.tsv.xz were found.

    Two lines are alike if they differ in at most one character. Two poems belong to one family if at least half of the lines of
    the shorter one are like lines of the other; families that share a poem are merged.
    """
    places = collections.defaultdict(list)  # of each line with one character masked
    for number, poem in enumerate(poems):
        for position, line in enumerate(lines(poem)):
            for i in range(len(line)):
                places[line[:i] + "*" + line[i + 1 :]].append((number, position))
    alike = collections.defaultdict(set)  # of each pair of poems: the lines of the first that are in the second
    for members in places.values():
        for number, position in members if len(members) > 1 else ():
            for other, _ in members:
                if other != number:
                    alike[number, other].add(position)
    first = list(range(len(poems)))

    def head(number):
        while first[number] != number:
            number = first[number] = first[first[number]]
        return number

    for (one, other), shared in alike.items():
        if 2 * len(shared) >= min(len(lines(poems[one])), len(lines(poems[other]))):
            low, high = sorted((head(one), head(other)))
            first[high] = low
    return [head(number) for number in range(len(poems))]


DATA_SET = DataSet(
    name="chinese_poetry",
    parse=parse,
    files=(RawFile("poems.tsv.xz", 2_432_144, "49d0d82d468d9b6eb5c72d5ab1c51cf6dbbdd14d7ce98169011d69401989733b"),),
    licence="MIT (the poems: public domain)",
    redistributable=True,
    source="全唐诗, the complete Tang poems, in github.com/chinese-poetry/chinese-poetry at "
    "99ebbef7e1345c0985c44b9fd96a3f9e776f117b",
    splits="8:1:1, drawn by families of poems that share half of their lines (of which one character may differ), seed 0",
    made="of 全唐诗/poet.tang.*.json (57,607 poems) those of four or eight lines of 5 or 7 characters, without exact "
    "duplicates and without poems that lack characters, doubled punctuation made single; family numbers by "
    "kerasgen.data.sets.chinese_poetry.families; written as tab-separated values",
    modality="text",
    unit="poems",
    counted_by="label",
    fields={
        "poem": "texts with punctuation, in traditional characters",
        "title": "texts",
        "author": "texts",
        "label": "int64 (count,), the form: jueju and lüshi of 5 and 7 characters a line",
    },
    labels={"label": FORMS},
    counts={"train": 29_189, "validation": 3_649, "test": 3_649},
    hashes={
        "train": "4a2f8d04a33c914d4796f65e22f3ce52d392aebe182457d999569bc90ea9142e",
        "validation": "99e12da9189db59cf3e370805bcc9498480215fad3691dc0668d38571c877ceb",
        "test": "6f565eea72f46f34745d0aac5d3e6a509543cf74d9f4ba2c1bcfed3f262572b3",
    },
)
