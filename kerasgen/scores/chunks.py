"""Scores of taggers of phrases: precision, recall and F1 of whole spans, as conlleval counts them.

Tjong Kim Sang & Buchholz, 2000, "Introduction to the CoNLL-2000 shared task: chunking", section 4: a span is right if its kind,
its first and its last word are.
"""

import numpy as np

from kerasgen.data.sets.conll2000 import tagged_sentences
from kerasgen.metrics import bootstrap_interval
from kerasgen.score import Score


def spans(tags):
    """The spans of a list of tags: a set of (kind, first, stop).

    As conlleval: B-X begins a span, and so does an I-X after "O" or after a tag of another kind.
    """
    found, first = set(), None
    for t, tag in enumerate([*tags, "O"]):
        before = tags[t - 1] if t else "O"
        goes_on = tag[:2] == "I-" and before != "O" and before[2:] == tag[2:]
        if first is not None and not goes_on:
            found.add((before[2:], first, t))
            first = None
        if tag != "O" and not goes_on:
            first = t
    return found


def span_counts(expected, tags):
    """Spans in each sentence: int64 (sentences, 3) of those that are right, were found, and are there."""
    pairs = [(spans(one), spans(other)) for one, other in zip(expected, tags, strict=True)]
    return np.array([(len(one & other), len(other), len(one)) for one, other in pairs], "int64").reshape(-1, 3)


def precision_recall_f1(counts):
    """(precision, recall, F1) of `span_counts`, in percent; 0 where nothing is right."""
    right, found, there = np.asarray(counts).sum(axis=0)
    if not right:
        return 0.0, 0.0, 0.0
    return float(100 * right / found), float(100 * right / there), float(200 * right / (found + there))


def validate_chunks(model, splits):
    """F1 on the validation split, in percent."""
    rows, tags = tagged_sentences(splits["validation"])
    return {"f1": precision_recall_f1(span_counts(tags, model.tag(rows)))[2]}


def score_chunks(model, splits, full=True):
    """F1 on the test split with parts of speech and on words alone, the accuracy of tags, and nats a word."""
    rows, tags = tagged_sentences(splits["test"])
    found = model.tag(rows)
    words = [[word for word, _ in row] for row in rows]
    total = sum(map(len, rows))
    hits = sum(one == other for a, b in zip(found, tags, strict=True) for one, other in zip(a, b, strict=True))
    return {
        "f1": f1_score(span_counts(tags, found), "test split, conlleval's definition", "chunk F1, %", leading=True),
        "f1_words": f1_score(
            span_counts(tags, model.tag(words)), "test split without parts of speech", "chunk F1 on words alone, %"
        ),
        "accuracy": Score(100 * hits / total, total, "test split", "correct tags, %", "higher"),
        "nats": Score(
            float(-model.log_prob(rows, tags).sum() / total), total, "-log p(tags | words) a word", "nats per tag", "lower"
        ),
    }


def f1_score(counts, protocol, label, **fields):
    """The `Score` of `span_counts`, with a bootstrap interval over sentences; its parts are precision and recall."""
    precision, recall, f1 = precision_recall_f1(counts)
    interval = bootstrap_interval(lambda rows: precision_recall_f1(rows)[2], counts.astype("float64"))
    return Score(f1, len(counts), protocol, label, "higher", interval.low, interval.high, parts=(precision, recall), **fields)
