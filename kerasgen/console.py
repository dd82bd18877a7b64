"""What the command line prints: scores, tables, JSON."""

import json
import sys

from kerasgen import card


def print_scores(scores):
    rows = []
    for key, score in scores.items():
        interval = f"{number(score, 'low')} to {number(score, 'high')}" if "low" in score else "-"
        more = (number(score, "beside"), score.get("better", "-"), score.get("protocol", "-"))
        rows.append((card.LABELS.get(key, key), number(score), interval, *more))
    print_table(("metric", "value", "95% interval", "real data", "better", "protocol"), rows)


def number(score, key="value"):
    return card.number(score[key]) if key in score else "-"


def print_table(header, rows):
    """Aligned columns, folded into a terminal; elsewhere each row stands whole on one line."""
    from rich.console import Console
    from rich.table import Column, Table

    columns = [Column(t, overflow="fold", justify="right" if t in ("parameters", "size") else "left") for t in header]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(plain, row))
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(80, console.width) if sys.stdout.isatty() else 1_000_000  # a narrower terminal folds lines
    with console.capture() as text:
        console.print(table)
    print("\n".join(line.rstrip() for line in text.get().splitlines()))


def print_json(value):
    print(json.dumps(value, indent=2, default=float))


def plain(text):
    """One line without control characters: entries may come from elsewhere."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(str(text).split()))
