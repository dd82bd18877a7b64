"""Tatoeba English-Chinese: a third column of names is left out."""

import io
import zipfile


def test_contributors_are_left_out(tiny, strings):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cmn.txt", "".join(f"Hi {i}.\t嗨{i}。\tCC-BY 2.0 #{i} (A) & #{i} (B)\n" for i in range(20)))
    splits = tiny("tatoeba_cmn_eng", {"cmn-eng.zip": file.getvalue()})
    assert {split: len(strings(fields, "eng")) for split, fields in splits.items()} == {"train": 16, "validation": 2, "test": 2}
    for fields in splits.values():
        pairs = zip(strings(fields, "eng"), strings(fields, "cmn"), strict=True)
        assert all(english[3:-1] == chinese[1:-1] for english, chinese in pairs)
