"""What the command line prints: scores, tables, JSON."""

import json
import sys

from kerasgen.json_files import plain
from kerasgen.zoo import card


def print_scores(scores):
    """A table of {name: `Score`}."""
    rows = []
    for key, score in scores.items():
        more = (card.interval(score) or "-", card.reference(score) or "-", score.better or "-", score.protocol)
        rows.append((score.named(key), card.number(score.value), *more))
    print_table(("metric", "value", "95% interval", "real data", "better", "protocol"), rows)


def print_table(header, rows, cut=()):
    """Aligned columns, folded to the width of a terminal; where output is no terminal, each row is one line.

    In the columns named in `cut`, text that does not fit into a terminal ends in "…" instead.
    """
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    columns = [Column(t, overflow="fold", justify="right" if t in ("parameters", "size") else "left") for t in header]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        cells = zip(header, map(plain, row), strict=True)
        table.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") if t in cut else cell for t, cell in cells))
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(80, console.width) if sys.stdout.isatty() else 1_000_000  # a narrower terminal folds lines
    with console.capture() as text:
        console.print(table)
    print("\n".join(line.rstrip() for line in text.get().splitlines()))


def print_json(value):
    print(json.dumps(value, indent=2, default=float))
