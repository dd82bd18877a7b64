"""Looking at the zoo: list, info."""

import sys
from typing import Annotated

import typer

from kerasgen import zoo
from kerasgen.cli.console import print_json, print_scores, print_table
from kerasgen.cli.options import NAME, Json, app, option
from kerasgen.json_files import plain
from kerasgen.zoo import card

PATTERN = typer.Argument(metavar="PATTERN", help='Pattern for the whole name, such as "dcgan*"; quote it.')


@app.command("list", epilog='Example: kerasgen list "dcgan*" --data mnist --max-params 1e6')
def list_models(
    pattern: Annotated[str | None, PATTERN] = None,
    family: option(str, 'Only this family, such as "gan".') = None,
    data: option(str, 'Only models trained on this data set, such as "mnist".') = None,
    modality: option(str, 'Only this kind of data, such as "image".') = None,
    can: option(str, 'Only models that offer this verb, such as "sample".') = None,
    max_params: option(float, "Only models with at most this many parameters.", min=1) = None,
    as_json: Json = False,
):
    """List the models; `info` shows all of one."""
    names = zoo.list_models(pattern, family, data, modality, can, max_params)
    models = zoo.manifest()["models"]
    if as_json:
        print_json([models[name] for name in names])
    elif names:
        rows = [(name, *card.line(models[name])) for name in names]
        print_table(("name", "size", "what", "score"), rows, cut=("what", "score"))
    if not names:
        near = zoo.list_models(f"*{pattern}*") if pattern and not zoo.list_models(pattern) else ()
        hint = f" A pattern must match the whole name: '*{pattern}*' finds {', '.join(near)}." if near else ""
        print(f"No model of the zoo fits.{hint}" if models else "The zoo holds no models.", file=sys.stderr)


@app.command(epilog="Example: kerasgen info dcgan-mnist --json")
def info(name: Annotated[str, NAME], as_json: Json = False):
    """Show a model's configuration, data, training, scores, limits."""
    entry = zoo.info(name)
    if as_json:
        return print_json(entry)
    entry["files"] = [f"{file['path']}, {file['bytes']:,} bytes" for file in entry["files"]]
    for key, value in entry.items():
        if isinstance(value, dict):
            value = "; ".join(f"{k}: {v}" for k, v in value.items() if not k.endswith("sha256"))
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        if key not in ("compile", "fingerprint", "probe", "metrics") and value:
            print(f"{plain(key):14}{plain(value)}")
    print(f"{'in Python':14}model = kerasgen.load({name!r})")
    if scores := card.scores_of(entry):
        print()
        print_scores(scores)
