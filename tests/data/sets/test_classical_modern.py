"""Classical and modern Chinese: pairs and their book."""


def test_rows_are_pairs_of_a_book(tiny, strings):
    rows = "学而时习之\t学了又时常温习\t论语\n子曰\t孔子说\t孟子\n".encode()
    splits = tiny("classical_modern", dict.fromkeys(("train.tsv", "valid.tsv", "test.tsv"), rows))
    fields = splits["validation"]
    assert strings(fields, "classical") == ["学而时习之", "子曰"] and strings(fields, "modern")[1] == "孔子说"
    assert len(set(fields["label"].tolist())) == 2
