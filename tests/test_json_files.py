"""JSON from anywhere: what is wrong is said with file and field, whatever it is."""

import json
import os
import random

import pytest
from places import CHECKPOINTS

from kerasgen import zoo
from kerasgen.json_files import MAX_DEPTH, check_fields, read_object


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe{}", "byte 0 is not UTF-8 text"),
        (b'{"a": 1', "broken in line 1, column 8"),
        (b"[1, 2]", r"must hold a JSON object; found \[1, 2\] of type list"),
        (b'{"a": {"b": 1, "b": 2}}', "the name 'b' stands twice"),
        (b'{"a": NaN}', "NaN is no number of JSON"),
        (b'{"a": [1, 1e999]}', r"a\[?.*inf is no finite number|a\.1: inf is no finite number"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", f"nested more than {MAX_DEPTH} levels deep"),
        (b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", f"nested more than {MAX_DEPTH} levels deep"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_object(path)
    assert str(error.value).startswith(str(path)) and len(str(error.value)) < 400


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    for path in (tmp_path / "a.json", tmp_path):
        with pytest.raises(ValueError, match="is no file"):
            read_object(path)


@pytest.mark.parametrize(
    ("found", "kinds", "message"),
    [
        ({}, {"a": int}, "here: field 'a' is missing"),
        ({"a": "1"}, {"a": int}, "here: a must be of type int; found '1' of type str"),
        ({"a": True}, {"a": int}, "here: a must be of type int; found True of type bool"),
        ({"a": None}, {"a?": (int, str)}, "here: a must be of type int or str; found None"),
        ({"a": [1, {}]}, {"a": [int]}, r"here: a\[1\] must be of type int; found \{\}"),
        ({"a": {"b": []}}, {"a": {"b": dict}}, r"here: a: b must be of type dict"),
    ],
)
def test_fields_of_another_kind_are_named(found, kinds, message):
    with pytest.raises(ValueError, match=message):
        check_fields(found, kinds, "here")


def test_fields_that_fit_pass():
    check_fields({"a": 1, "b": [{"c": None}]}, {"a": int, "b": [{"c": (str, type(None))}], "d?": str}, "here")


def mutated(text, generator):
    """The text of a JSON file with one to three small damages, as bytes."""
    content = bytearray(text.encode())
    for _ in range(generator.randint(1, 3)):
        place, kind = generator.randrange(len(content)), generator.randrange(4)
        if kind == 0:
            content[place] = generator.randrange(256)
        elif kind == 1:
            del content[place : place + generator.randint(1, 40)]
        elif kind == 2:
            content[place:place] = generator.choice([b"[", b"{", b"null", b'"', b"1e999", b"\x1b[31m", b"\xff"])
        else:
            values = [b"null", b"[]", b"{}", b"-1", b'"x"', b"true"]
            content[place : place + 1] = generator.choice(values)
    return bytes(content)


def test_mutated_entries_never_end_in_a_raw_exception(tmp_path):
    """300 damages: each is refused by a ValueError that names the file, or harms no field that is relied on."""
    text = (CHECKPOINTS / "dcgan-mnist" / "entry.json").read_text(encoding="utf-8")
    generator, refused = random.Random(0), 0
    for _ in range(300):
        (tmp_path / "entry.json").write_bytes(mutated(text, generator))
        try:
            json.dumps(zoo.info(tmp_path))
        except ValueError as error:
            assert "entry.json" in str(error)
            refused += 1
    assert refused > 100


def test_many_names_and_many_digits_are_refused_at_once(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{" + ", ".join(f'"n{i}": 0' for i in range(200_000)) + ', "n199999": 0}')
    with pytest.raises(ValueError, match=r"a\.json: the name 'n199999' stands twice"):
        read_object(path)
    path.write_text('{"a": ' + "7" * 5000 + "}")
    with pytest.raises(ValueError, match=r"a\.json: a number of 5,000 digits"):
        read_object(path)
