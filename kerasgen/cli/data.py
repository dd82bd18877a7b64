"""Looking at the data sets: data list, data info."""

import dataclasses
import sys
from typing import Annotated

import typer

from kerasgen.cli.console import print_json, print_table
from kerasgen.cli.options import Json, option
from kerasgen.json_files import plain

NAME = typer.Argument(metavar="NAME", help='A data set, such as "mnist".')

data_app = typer.Typer(
    help="Look at the data sets.",
    epilog="Example: kerasgen data list --modality text",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@data_app.command("list", epilog="Example: kerasgen data list --modality text")
def list_data_sets(
    modality: option(str, 'Only this kind of data, such as "text".') = None,
    as_json: Json = False,
):
    """List the data sets and where each can be found."""
    from kerasgen import data
    from kerasgen.data import places  # with NumPy, which help and lists of models can do without

    found = [data.describe(name) for name in data.names()]
    kept = [about for about in found if modality in (None, about.modality)]
    if as_json:
        return print_json([summary(about) for about in kept])
    if kept:
        rows = [(about.name, about.modality, counts(about), about.licence, places.whereabouts(about)) for about in kept]
        print_table(("name", "modality", "examples", "licence", "where"), rows)
    else:
        known = ", ".join(sorted({about.modality for about in found}))
        print(f"No data set has the modality {modality!r}; the modalities are {known}.", file=sys.stderr)


@data_app.command(epilog="Example: kerasgen data info wikitext2 --json")
def info(name: Annotated[str, NAME], as_json: Json = False):
    """Show a data set's fields, splits, files, licence."""
    from kerasgen import data
    from kerasgen.data import places

    about = data.describe(name)
    if as_json:
        return print_json(everything(about))
    lines = {
        "name": about.name,
        "modality": about.modality,
        "examples": counts(about),
        "splits": about.splits,
        "licence": about.licence,
        "parts": "may be published (word lists, counts)" if about.redistributable else "not to be published",
        "source": about.source,
        "made": about.made,
        "where": places.whereabouts(about),
        "in Python": f"splits = kerasgen.data.load({about.name!r})",
    }
    for key, value in lines.items():
        if value:
            print(f"{key:14}{plain(value)}")
    for title, rows in details(about).items():
        if rows:
            print(f"\n{title}")
            for row in rows:
                print(f"  {plain(row)}")


def summary(about):
    """What `list --json` prints for a data set."""
    from kerasgen.data import places

    keys = ("name", "modality", "unit", "counts", "licence", "redistributable")
    return {**{key: getattr(about, key) for key in keys}, "where": places.whereabouts(about)}


def everything(about):
    """What `info --json` prints: the declaration without its functions."""
    from kerasgen.data import places

    known = dataclasses.asdict(dataclasses.replace(about, read=None, parse=None))
    del known["read"], known["parse"]
    return {**known, "where": places.whereabouts(about), "place_at": place_at(about)}


def details(about):
    """{title: lines} of fields, classes, hashes and files."""
    files = []
    for file in about.files:
        files.append(f"{file.path}, {file.bytes:,} bytes, sha256 {file.sha256}")
        if file.packed:
            files.append(f"or {file.packed.path}, {file.packed.bytes:,} bytes, sha256 {file.packed.sha256}")
        files += [f"from {url}" for url in file.urls]
    return {
        "fields": [f"{field}: {what}" for field, what in about.fields.items()],
        "classes": [f"{field}: {', '.join(names)}" for field, names in about.labels.items()],
        "sha256 of the splits (kerasgen.data.fingerprint)": [f"{split}: {digest}" for split, digest in about.hashes.items()],
        f"files, looked for in {place_at(about)}": files,
    }


def counts(about):
    """Examples in each split, in words."""
    numbers = ", ".join(f"{split} {count:,}" for split, count in about.counts.items())
    return f"{numbers} {about.unit}" if numbers else "not counted"


def place_at(about):
    """The folder or the file in which the user's copy is looked for; None if there is nothing to place."""
    from kerasgen.data import places

    if about.files:
        return str(places.raw_folder(about))
    return str(places.npz_path(about)) if about.remote else None
