"""Using models: sample, generate."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgen import zoo
from kerasgen.cli.options import NAME, app, flag, option, start_keras
from kerasgen.json_files import clean

SAMPLES = "Images: .png for a grid, .npy or .npz for the array; NAME.png if not given. Texts: .txt; printed if not given."


@app.command(epilog="Example: kerasgen sample dcgan-mnist -n 64 --seed 1 -o digits.png")
def sample(
    name: Annotated[str, NAME],
    count: Annotated[int, typer.Option("-n", "--count", help="How many samples.")] = 16,
    seed: Annotated[int, typer.Option(help="The same seed draws the same samples.")] = 0,
    label: option(int, "Class to draw, for models that take one.") = None,
    steps: option(int, "Steps from noise to image, for models that take them.") = None,
    sampler: option(str, "How steps are taken: ddpm, ddim, heun or dpm++.") = None,
    guidance: option(float, "How far images are pushed towards their class; 1 for not.") = None,
    form: option(str, "Form of a poem, for models that take one.") = None,
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
    given = {"label": label, "steps": steps, "sampler": sampler, "guidance": guidance, "form": form}
    conditions = {name: value for name, value in given.items() if value is not None}
    for record in () if conditions else entry["files"]:
        locate(entry, folder, Path(record["path"]).name)  # missing weights are reported before Keras is imported
    start_keras()
    for option_name in conditions if "sample" in entry["capabilities"] else ():
        check_takes(entry, option_name)
    if label is not None:
        checks.integer("label", label, 0, entry["config"].get("num_classes", 2**31) - 1)
    samples = zoo.load(name).sample(count, seed=seed, **conditions)  # a model that cannot sample says so itself
    if output is None and (text := modality.printed(samples)) is not None:
        return print(clean(text))
    modality.write(samples, file)
    print(file)


def check_takes(entry, option_name):
    """Raises unless the model's `sample` takes that argument; no weights are loaded for this."""
    import inspect

    from kerasgen.zoo.loading import find_class

    def takes(entry):
        draw = find_class(entry["model"]).sample  # a property where a model must be given something before it can
        return callable(draw) and option_name in inspect.signature(draw).parameters

    if not takes(entry):
        others = [name for name in zoo.list_models(can="sample") if takes(zoo.info(name))]
        takers = f"These do: {', '.join(others)}." if others else "No model of the zoo does yet."
        raise ValueError(f"{entry['name']} takes no {option_name}. {takers}")


@app.command(epilog='Example: kerasgen generate lstm-shakespeare --prompt "ROMEO:" --temperature 0.8')
def generate(
    name: Annotated[str, NAME],
    prompt: Annotated[str, typer.Option(help="The text to continue; without, a new one begins.")] = "",
    length: Annotated[int, typer.Option(help="Most tokens to add.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed writes the same text.")] = 0,
    temperature: Annotated[float, typer.Option(help="Below 1 for safer, above 1 for wilder text; 0 for the likeliest.")] = 1.0,
    top_k: option(int, "Choose among the K likeliest tokens only.") = None,
    top_p: option(float, "Choose among the fewest tokens whose probabilities sum to P.") = None,
    min_p: option(float, "Choose among tokens at least P times as probable as the likeliest.") = None,
    repetition_penalty: option(float, "Factor, 1 to 100, of the log-probability of tokens that the text holds.") = None,
    stop: option(list[str], "The text ends before the first of these; may be repeated.") = None,
    beams: option(int, "Search for a likely continuation with so many open ones, instead of drawing one.") = None,
    n_best: option(int, "With --beams: print so many continuations, each with its log-probability.") = None,
    length_penalty: Annotated[float, typer.Option(help="With --beams: rank by log p / tokens ** PENALTY.")] = 0.0,
    drop_unknown: flag("--drop-unknown", "Leave out the characters of the prompt that the model does not know.") = False,
):
    """Continue a text, printed as it is written."""
    entry, _ = zoo.find(name)
    writers = zoo.list_models(can="generate", modality="text")
    if entry["name"] not in writers:
        raise ValueError(f"{entry['name']} writes no texts. These do: {', '.join(writers)}.")
    start_keras()
    model = zoo.load(name)
    choice = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": repetition_penalty,
    }
    options = {"length": length, "seed": seed, "stop": stop or None, "drop_unknown": drop_unknown, **choice}
    if beams is None and n_best is None and "stream" in model.capabilities:
        pieces = model.stream(prompt, **options)  # checks the arguments before anything is printed
        print(clean(prompt), end="")
        for piece in pieces:
            print(clean(piece), end="", flush=True)
        return print()
    found = model.generate(prompt, beams=beams, n_best=n_best, length_penalty=length_penalty, **options)
    for text, log_prob in [(found, None)] if isinstance(found, str) else found:
        print(clean(text) if log_prob is None else f"{log_prob:.3f}\t{clean(text)}")
