"""Tagged sentences: read from files of columns, as a model learns from them, shown and probed."""

import types

import numpy as np
import pytest
import tiny

from kerasgen import modalities
from kerasgen.data.sets import conll2000
from kerasgen.data.sets.conll2000 import tagged_sentences
from kerasgen.modalities.tags import read_columns
from kerasgen.models.sequence.crf import CRFTagger

TAGS = modalities.get("tags")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.conll"
    text = "\n\n".join(
        "\n".join(f"{word} {pos} {'O' if 'NP' not in chunk else chunk}" for word, pos, chunk in sentence)
        for sentence in conll2000.phrases(30, 0)
    )
    path.write_text(text + "\n\n\n", encoding="utf-8")
    return path


def test_a_file_of_columns_becomes_what_fit_takes(file):
    model = tiny.build("crf")
    about, notes = TAGS.read(file, model)
    splits = about.read()
    assert notes == [] and {part: len(fields["tag"]) for part, fields in splits.items()} == {
        "train": 24,
        "validation": 3,
        "test": 3,
    }
    assert TAGS.fields(model, splits) == ("features", "tag")
    rows, tags = read_columns(file)
    assert len(rows) == 30 and rows[0][0] == tuple(conll2000.phrases(1, 0)[0][0][:2])
    seen = {row.tobytes() for fields in splits.values() for row in (line[line >= 0] for line in fields["tag"])}
    assert seen == {model.numbers([names], [len(names)]).tobytes() for names in tags}


def test_words_alone_may_be_tagged(tmp_path):
    path = tmp_path / "two.txt"
    path.write_text("a B-NP\ncat I-NP\n\nsleeps O\n", encoding="utf-8")
    assert read_columns(path) == ([["a", "cat"], ["sleeps"]], [["B-NP", "I-NP"], ["O"]])


def test_a_recipe_sees_each_sentence_with_and_without_parts_of_speech():
    train = conll2000.fields(conll2000.phrases(4, 0))
    model = CRFTagger(conll2000.CHUNKS, buckets=64)
    recipe = types.SimpleNamespace(batch_size=8, seed=0, steps_per_epoch=None)
    x, y = TAGS.batches(recipe, {"train": train}, model)[0]
    assert len(x) == len(y) == 8
    rows, tags = tagged_sentences(train)
    alone = [[word for word, _ in row] for row in rows]
    expected = {*map(bytes, model.hashed([*rows, *alone]))}
    assert {*map(bytes, np.ascontiguousarray(x))} == expected
    assert tags[0] == [chunk for _, _, chunk in conll2000.phrases(1, 0)[0]]


def test_example_and_probe_come_from_the_model():
    model = tiny.stir(tiny.build("crf"))
    assert len(TAGS.example(model).split("\n")) == 2
    assert TAGS.shown({"example": "[NP a cat]"}) == ["```text", "[NP a cat]", "```"] and TAGS.shown({}) == []
    found = TAGS.probe(model, "marginals", 1)
    assert found.shape == (72, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a NN B-NP\nb O\n", "line 2 must have a word, a tag and as many columns as the first line; received 'b O'"),
        (b"alone\n", "line 1 must have a word"),
        (b"\xff O\n", "must be UTF-8 text: byte 0 is none"),
        (b"a O\n\n" * 5, "must hold at least 20 sentences .* received 5"),
    ],
)
def test_files_that_it_cannot_use_are_refused(content, message, tmp_path):
    path = tmp_path / "broken.conll"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        TAGS.read(path, tiny.build("crf"))
