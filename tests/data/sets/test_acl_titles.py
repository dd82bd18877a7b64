"""Abstracts and titles."""

import json


def test_papers_are_pairs(tiny, strings):
    papers = [{"id": "2020.a.1", "year": 2020, "title": "On Ü", "abstract": "We show.\nWell."}]
    lines = "".join(json.dumps(paper) + "\n" for paper in papers).encode()
    splits = tiny("acl_titles", dict.fromkeys(("train.jsonl", "valid.jsonl", "test.jsonl"), lines))
    assert strings(splits["train"], "title") == ["On Ü"] and strings(splits["test"], "abstract") == ["We show.\nWell."]
    assert splits["validation"]["year"].tolist() == [2020]
