"""English Wikipedia: articles joined to one text."""

import json

from kerasgen.data import to_text


def test_articles_are_parted_by_an_empty_line(tiny):
    articles = [{"id": 1, "title": "Ada", "text": "Ada was.\nLife.\nShe lived."}, {"id": 2, "title": "Bö", "text": "Bö is."}]
    lines = "".join(json.dumps(article) + "\n" for article in articles).encode()
    splits = tiny("enwiki_sample", dict.fromkeys(("train.jsonl", "valid.jsonl", "test.jsonl"), lines))
    assert to_text(splits["train"]["text"]) == "Ada\nAda was.\nLife.\nShe lived.\n\nBö\nBö is.\n\n"
    assert to_text(splits["validation"]["text"]).strip().split("\n\n")[1] == "Bö\nBö is."
