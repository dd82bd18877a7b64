"""Tatoeba: pairs, no sentence in two splits."""

import io
import zipfile

from kerasgen.data.sets import _tatoeba


def packed(name, rows):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_about.txt", "read me")
        archive.writestr(name, "".join("\t".join(row) + "\n" for row in rows))
    return file.getvalue()


def test_no_sentence_is_in_two_splits(tiny, strings):
    rows = [(f"Go {i // 2}.", f"Va {(i + 1) // 2 % 15} !") for i in range(100)] + [("Go 0.", "Va 0 !")]
    rows += [(f"Run {i}.", f"Cours {i} !") for i in range(400)]
    splits = tiny("tatoeba_fra_eng", {"fra-eng.zip": packed("fra.txt", rows)})
    found = {split: list(zip(strings(f, "eng"), strings(f, "fra"), strict=True)) for split, f in splits.items()}
    assert sorted(pair for pairs in found.values() for pair in pairs) == sorted(set(rows))  # one pair stood there twice
    assert {split: len(pairs) for split, pairs in found.items()} == {"train": 400, "validation": 50, "test": 50}
    for side in range(2):
        sentences = [{pair[side] for pair in pairs} for pairs in found.values()]
        assert len(set.union(*sentences)) == sum(map(len, sentences))


def test_groups_are_linked_by_either_side():
    rows = [("a", "1"), ("b", "2"), ("a", "3"), ("c", "3"), ("d", "2"), ("1", "a")]
    assert _tatoeba.groups(rows) == [0, 1, 0, 0, 1, 5]
