"""CoNLL-2000: words with tags, the last sentences of training for validation."""

import itertools

import numpy as np

from kerasgen import data
from kerasgen.data import to_sequences
from kerasgen.data.sets import conll2000


def test_words_and_tags_of_each_sentence(tiny, strings):
    sentence = "Confidence NN B-NP\nin IN B-PP\nthe DT B-NP\npound NN I-NP\n. . O\n"
    files = {"train.txt": "\n".join(f"w{i} CD B-NP\n" for i in range(20)) + "\n", "test.txt": f"{sentence}\nHe PRP B-NP\n\n"}
    splits = tiny("conll2000", {name: text.encode() for name, text in files.items()})
    assert strings(splits["validation"], "token") == ["w18", "w19"] and len(splits["train"]["length"]) == 18
    test = splits["test"]
    assert to_sequences(strings(test, "token"), test["length"]) == [["Confidence", "in", "the", "pound", "."], ["He"]]
    assert [conll2000.POS[i] for i in test["pos"]] == ["NN", "IN", "DT", "NN", ".", "PRP"]
    assert [conll2000.CHUNKS[i] for i in test["chunk"]] == ["B-NP", "B-PP", "B-NP", "I-NP", "O", "B-NP"]
    assert len(conll2000.POS) == 44 and len(conll2000.CHUNKS) == 23


def test_the_examples_inside_the_package_are_made_by_a_rule(check_form):
    splits = data.load("conll2000", smoke=True)
    check_form(conll2000.DATA_SET, splits)
    for seed, (split, count) in enumerate((("train", 24), ("validation", 8), ("test", 8))):
        made = conll2000.fields(conll2000.phrases(count, seed))
        assert all(np.array_equal(splits[split][field], made[field]) for field in made)
    for sentence in conll2000.phrases(50, 3):
        chunks = [chunk for _, _, chunk in sentence]
        assert chunks[0] == "B-NP" and chunks[-1] == "O" and len(sentence) >= 4
        for before, chunk in itertools.pairwise(chunks):
            assert chunk[0] != "I" or before[2:] == chunk[2:]
