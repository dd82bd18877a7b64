"""Spans as conlleval counts them, against examples counted by hand."""

import numpy as np
import pytest

from kerasgen.scores.chunks import precision_recall_f1, span_counts, spans

EXPECTED = [["B-NP", "I-NP", "B-VP", "O", "B-NP"], ["B-NP", "B-NP", "O"]]
FOUND = [["B-NP", "I-NP", "I-VP", "I-NP", "B-NP"], ["B-NP", "I-NP", "O"]]


def test_spans_begin_and_end_as_conlleval_says():
    assert spans(["I-NP", "I-NP", "O", "I-VP", "B-VP", "I-PP"]) == {("NP", 0, 2), ("VP", 3, 4), ("VP", 4, 5), ("PP", 5, 6)}
    assert spans(["O", "O"]) == spans([]) == set()
    assert spans(["B-NP", "I-VP", "I-NP"]) == {("NP", 0, 1), ("VP", 1, 2), ("NP", 2, 3)}


def test_precision_recall_and_f1_of_an_example_counted_by_hand():
    # There: NP 0-2, VP 2-3, NP 4-5; NP 0-1, NP 1-2. Found: NP 0-2, VP 2-3, NP 3-4, NP 4-5; NP 0-2.
    counts = span_counts(EXPECTED, FOUND)
    assert counts.tolist() == [[3, 4, 3], [0, 1, 2]]
    assert precision_recall_f1(counts) == pytest.approx((60.0, 60.0, 60.0))
    assert precision_recall_f1(counts[:1]) == pytest.approx((75.0, 100.0, 600 / 7))
    assert precision_recall_f1(np.zeros((1, 3))) == (0.0, 0.0, 0.0)


def test_it_agrees_with_seqeval():
    seqeval = pytest.importorskip("seqeval.metrics")
    assert precision_recall_f1(span_counts(EXPECTED, FOUND))[2] == pytest.approx(100 * seqeval.f1_score(EXPECTED, FOUND))
