"""Chinese Wikipedia: articles joined to one text, entities replaced."""

import json

from kerasgen.data import to_text


def test_articles_are_joined_and_entities_replaced(tiny):
    article = json.dumps({"id": 1, "title": "錯愛", "text": "R&amp;B 與 &lt;br&gt;。"}, ensure_ascii=False)
    splits = tiny("zhwiki_sample", dict.fromkeys(("train.jsonl", "valid.jsonl", "test.jsonl"), f"{article}\n".encode()))
    assert to_text(splits["test"]["text"]) == "錯愛\nR&B 與 <br>。\n\n"
