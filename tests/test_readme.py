"""The two READMEs: linked, alike, in their own language, and with examples that find something."""

import pathlib
import re

import pytest

import kerasgen

ROOT = pathlib.Path(__file__).parent.parent
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
CJK = "\u4e00-\u9fff"


def fenced(text):
    """The code of a page without comments, in order; of a shell's lines, what comes before the comment."""
    blocks = re.findall(r"^```(?:python|bash)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(re.sub(r"(^|\s+)#.*$", "", line) for line in block.splitlines()) for block in blocks]


def test_each_links_to_the_other():
    assert "[中文](README.zh.md)" in ENGLISH[:100] and "[English](README.md)" in CHINESE[:100]


def test_both_show_the_same_code_and_pictures():
    english, chinese = ([re.sub(rf'"[^"]*[{CJK}][^"]*"', '""', block) for block in fenced(text)] for text in (ENGLISH, CHINESE))
    assert len(english) > 10 and english == chinese
    pictures = [re.findall(r"!\[[^]]*\]\(([^)]+)\)", text) for text in (ENGLISH, CHINESE)]
    assert pictures[0] == pictures[1] and all((ROOT / path).is_file() for path in pictures[0])


def test_chinese_stands_beside_full_width_punctuation():
    half = re.compile(rf"[{CJK}][,;:?!()]|[,;:?!()][{CJK}]")
    wrong = [line for line in CHINESE.splitlines() if half.search(re.sub(r"\]\([^)]*\)|`[^`]*`", "", line))]
    assert wrong == []


def test_no_cell_of_the_chinese_table_is_english():
    rows = [line.strip("| ").split(" | ") for line in CHINESE.splitlines() if line.startswith("| [`")]
    assert len(rows) == len(kerasgen.list_models())
    for name, what, _, _, scores in rows:
        assert re.search(f"[{CJK}]", what) and re.search(f"[{CJK}]", scores), name
        assert not re.search("[a-z]{3}", re.sub("|".join(["Fréchet", "Kneser-Ney", *kerasgen.list_models()]), "", scores)), name


@pytest.mark.parametrize("call", sorted({*re.findall(r"kerasgen\.list_models\([^)]*\)", ENGLISH + CHINESE)}))
def test_examples_of_lists_find_something(call):
    found = eval(call, {"kerasgen": kerasgen})
    assert len(found) > 1
    if comment := re.search(rf"{re.escape(call)}  # \[(.*), \.\.\.\]", ENGLISH):
        assert comment[1] == str(found)[1:].split(", 'dcgan-sprites'")[0][: len(comment[1])]
