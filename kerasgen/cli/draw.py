"""Using models: sample."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgen import zoo
from kerasgen.cli.options import NAME, app, option, start_keras
from kerasgen.json_files import clean

SAMPLES = "Images: .png for a grid, .npy or .npz for the array; NAME.png if not given. Texts: .txt; printed if not given."


@app.command(epilog="Example: kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png")
def sample(
    name: Annotated[str, NAME],
    count: Annotated[int, typer.Option("-n", "--count", help="How many samples.")] = 16,
    seed: Annotated[int, typer.Option(help="The same seed draws the same samples.")] = 0,
    label: option(int, "Class to draw, for models that take one.") = None,
    output: option(Path, SAMPLES, "-o", "--output") = None,
):
    """Draw samples into a file, or print texts.

    The path of the file is printed.
    """
    from kerasgen import checks, modalities
    from kerasgen.zoo.loading import locate

    entry, folder = zoo.find(name)
    modality = modalities.get(entry["modality"])
    file = output or Path(Path(entry["name"]).name + modality.suffixes[0])
    try:
        checks.count(count)
        checks.seed(seed)
        modality.check_output(file, count)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    for record in entry["files"] if label is None else ():
        locate(entry, folder, Path(record["path"]).name)  # missing weights are reported before Keras is imported
    start_keras()
    conditions = {} if label is None else {"label": label}
    if conditions and "sample" in entry["capabilities"]:
        check_label(entry, label)
    samples = zoo.load(name).sample(count, seed=seed, **conditions)  # a model that cannot sample says so itself
    if output is None and (text := modality.printed(samples)) is not None:
        return print(clean(text))
    modality.write(samples, file)
    print(file)


def check_label(entry, label):
    """Raises unless the model draws that class; no weights are loaded for this."""
    import inspect

    from kerasgen import checks
    from kerasgen.zoo.loading import find_class

    def takes_label(entry):
        return "label" in inspect.signature(find_class(entry["model"]).sample).parameters

    if not takes_label(entry):
        others = [name for name in zoo.list_models(can="sample") if takes_label(zoo.info(name))]
        takers = f"These do: {', '.join(others)}." if others else "No model of the zoo does yet."
        raise ValueError(f"{entry['name']} takes no label. {takers}")
    checks.integer("label", label, 0, entry["config"].get("num_classes", 2**31) - 1)
