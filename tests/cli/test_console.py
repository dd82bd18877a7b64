"""What is printed: tables that lose nothing, scores, and text that no terminal obeys."""

import io
import json
import re
import sys

import numpy as np
import pytest

from kerasgen import json_files
from kerasgen.cli import console
from kerasgen.score import Score


@pytest.mark.parametrize("columns", [40, 80, 130])
def test_tables_in_a_terminal_fold_and_lose_nothing(monkeypatch, columns):
    stdout = io.StringIO()
    stdout.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    header, rows = ("name", "words"), [("a-name[bold]" * 6, "some words " * 12), ("b", "x" * 70 + "end")]
    console.print_table(header, rows)
    lines = re.sub("\x1b.*?m", "", stdout.getvalue()).splitlines()  # the header is bold
    assert len(lines) > 3 and 60 < max(map(len, lines)) <= max(80, columns)
    split = lines[0].index("words")
    found = ["".join(line[part] for line in lines[1:]) for part in (slice(split), slice(split, None))]
    assert [text.replace(" ", "") for text in found] == ["".join(c).replace(" ", "") for c in zip(*rows, strict=True)]


def test_scores_are_a_table_and_zeros_are_shown(capsys):
    console.print_scores(
        {
            "white": Score(0.0, 7, "by eye", better="lower", low=-0.5, high=0.5, reference=0.0, label="white pixels"),
            "black": Score(2, 7, "by eye"),
        }
    )
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert rows[1:] == [
        ["white pixels", "0", "-0.5 to 0.5", "0", "lower", "by eye"],
        ["black", "2", "-", "-", "-", "by eye"],
    ]


def test_json_takes_numbers_of_numpy(capsys):
    console.print_json({"value": np.float32(0.5)})
    assert json.loads(capsys.readouterr().out) == {"value": 0.5}


def test_what_terminals_obey_is_not_printed():
    assert console.plain("a\x1b[31m\n  b\tc\u202e") == "a?[31m b c?"


def test_texts_keep_their_lines_and_lose_what_terminals_obey():
    assert json_files.clean("a\x1b[31m\n\tb\x07\u202e") == "a?[31m\n\tb??"
