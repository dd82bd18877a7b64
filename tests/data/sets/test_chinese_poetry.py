"""Tang poems: forms, families, and the split by families."""

import collections

import pytest

from kerasgen import data
from kerasgen.data import parsing, places
from kerasgen.data.raw import UNPACK
from kerasgen.data.sets import chinese_poetry

JUEJU = ("春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。", "牀前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。")


@pytest.fixture(scope="module")
def table():
    path = places.packaged_folder(chinese_poetry.DATA_SET) / "poems.tsv.xz"
    return parsing.table(UNPACK[".xz"](path.read_bytes()))


def test_a_table_becomes_poems_with_their_form(tiny, strings):
    rows = ["title\tauthor\tpoem\tfamily"]
    for i in range(40):
        line = "一二三四五六七"[: 5 if i % 2 else 7]
        poem = "".join(f"{line}，{line}。" for _ in range(2 if i % 4 < 2 else 4))
        rows.append(f"題{i}\t作者\t{poem}\t{i}")
    splits = tiny("chinese_poetry", {"poems.tsv.xz": "\n".join(rows).encode()})
    assert {split: len(fields["label"]) for split, fields in splits.items()} == {"train": 32, "validation": 4, "test": 4}
    for fields in splits.values():
        for title, poem, label in zip(strings(fields, "title"), strings(fields, "poem"), fields["label"], strict=True):
            number = int(title[1:])
            assert (4 if number % 4 < 2 else 8, 5 if number % 2 else 7) == chinese_poetry.SHAPES[label]
            assert len(chinese_poetry.lines(poem)) == chinese_poetry.SHAPES[label][0]


def test_near_copies_are_a_family():
    one, other = JUEJU
    copy = one.replace("聞", "問").replace("多", "夕")  # a character in each of two lines
    longer = one + other
    half = chinese_poetry.PUNCTUATION.sub("，", one)[:12] + other[12:]
    assert chinese_poetry.families([one, other, copy]) == [0, 1, 0]
    assert chinese_poetry.families([one, other, longer]) == [0, 0, 0]
    assert chinese_poetry.families([other, half, one]) == [0, 0, 0]
    assert chinese_poetry.families([one, one.replace("春眠不覺", "秋日乍醒")]) == [0, 0]  # three lines are the same
    assert chinese_poetry.families([one, other.replace(other[:6], one[:6])]) == [0, 1]  # one line of four


def test_the_package_has_the_declared_forms(strings):
    splits = data.load("chinese_poetry")
    found = collections.Counter(label for fields in splits.values() for label in fields["label"].tolist())
    assert [found[label] for label in range(4)] == [3791, 10_369, 14_384, 7943]
    assert all(
        chinese_poetry.form(poem) == label
        for poem, label in zip(strings(splits["test"], "poem"), splits["test"]["label"].tolist(), strict=True)
    )


def test_no_family_is_in_two_splits(table, strings):
    family = {}
    for _, _, poem, number in table:
        family.setdefault(poem, set()).add(number)
    found = [
        set().union(*(family[poem] for poem in strings(fields, "poem"))) for fields in data.load("chinese_poetry").values()
    ]
    assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])


@pytest.mark.slow
def test_the_families_in_the_package_are_what_the_function_finds(table):
    assert chinese_poetry.families([row[2] for row in table]) == [int(row[3]) for row in table]


def test_simplified_characters_have_a_form_that_the_poems_have():
    known, poems = chinese_poetry.traditional(), set()
    for fields in data.load("chinese_poetry").values():
        poems |= set(fields["poem"].tobytes().decode())
    assert len(known) == 1987 and set(known.values()) <= poems and not set(known) & poems
    assert "".join(known.get(each, each) for each in "举头望山月，低头思故乡。为云") == "舉頭望山月，低頭思故鄉。爲云"
