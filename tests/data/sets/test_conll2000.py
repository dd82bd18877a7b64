"""CoNLL-2000: words with tags, the last sentences of training for validation."""

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
