"""The chunker still finds the phrases of sentences that a rule makes: all with parts of speech, three quarters without."""

import kerasgen
from kerasgen import data
from kerasgen.data.sets.conll2000 import tagged_sentences
from kerasgen.scores.chunks import precision_recall_f1, span_counts


def test_it_finds_phrases():
    model = kerasgen.load("crf-conll2000")
    rows, tags = tagged_sentences(data.load("conll2000", smoke=True)["train"])
    assert precision_recall_f1(span_counts(tags, model.tag(rows)))[2] > 90
    words = [[word for word, _ in row] for row in rows]
    assert precision_recall_f1(span_counts(tags, model.tag(words)))[2] > 50


def test_it_reads_plain_text():
    (found,) = kerasgen.load("crf-conll2000").tag(["The old man bought a small boat in the harbour."], spans=True)
    assert ("NP", "The old man", 0, 3) in found and ("PP", "in", 7, 8) in found
