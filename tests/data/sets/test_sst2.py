"""SST-2: phrases of one sentence in one split."""

from kerasgen.data.sets import sst2


def table(rows):
    return ("sentence\tlabel\n" + "".join(f"{text} \t{label}\n" for text, label in rows)).encode()


def test_phrases_of_a_sentence_stay_together(tiny, strings):
    train = []
    for i in range(20):
        train += [
            (f"a {i} very charming film .", 1),
            (f"a {i} very charming film", 1),
            (f"{i} very charming", 1),
            ("film .", i % 2),
        ]
    splits = tiny("sst2", {"train.tsv": table(train), "dev.tsv": table([("it 's fine", 1), ("dull", 0)])})
    assert strings(splits["test"], "sentence") == ["it 's fine", "dull"] and splits["test"]["label"].tolist() == [1, 0]
    held = strings(splits["validation"], "sentence")
    assert len(held) == 6 and len({next(word for word in text.split() if word.isdigit()) for text in held}) == 2
    assert sorted(held + strings(splits["train"], "sentence")) == sorted(text for text, _ in train)


def test_the_sentence_of_a_phrase_is_the_longest_that_holds_it():
    texts = ["one two three", "zero one two three four", "two three four", "one two", "onetwo three four"]
    assert sst2.sentences(texts) == [1, 1, 1, None, 4]
