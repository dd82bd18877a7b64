"""Restaurant bookings: spans of five slots."""

import json


def item(text, labels=(), requested=()):
    spans = [{"slot": slot, "valueSpan": span} for slot, span in labels]
    return {
        "userInput": {"text": text},
        **({"labels": spans} if spans else {}),
        **({"context": {"requestedSlots": list(requested)}} if requested else {}),
    }


def test_spans_are_columns(tiny, strings):
    items = [
        item("6 a.m. for 4", [("time", {"endIndex": 6}), ("people", {"startIndex": 11, "endIndex": 12})], ["time"]),
        item("Hello there."),
    ]
    train = [item(f"We are {i}.") for i in range(10)]
    splits = tiny("restaurant8k", {"train_0.json": json.dumps(train).encode(), "test.json": json.dumps(items).encode()})
    test = splits["test"]
    assert test["start"].tolist() == [[11, -1, 0, -1, -1], [-1] * 5] and test["end"].tolist() == [[12, -1, 6, -1, -1], [-1] * 5]
    assert test["requested"].tolist() == [[0, 0, 1, 0, 0], [0] * 5]
    text = strings(test, "utterance")[0]
    assert (text[0:6], text[11:12]) == ("6 a.m.", "4")
    assert len(splits["validation"]["start"]) == 1 and len(splits["train"]["start"]) == 9
