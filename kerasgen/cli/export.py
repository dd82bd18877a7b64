"""Handing models to other programs: export."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from kerasgen import zoo
from kerasgen.cli.options import NAME, app, option, start_keras

FORMAT = "What to write: a folder for TensorFlow, or a file for each network. litert and onnx need the extra `export`."


@app.command(epilog="Example: kerasgen export dcgan-mnist --format onnx -o exported")
def export(
    name: Annotated[str, NAME],
    format: Annotated[Literal["saved_model", "litert", "onnx", "keras"], typer.Option(help=FORMAT)] = "saved_model",
    output: option(Path, "New folder for the result; NAME-FORMAT if not given.", "-o", "--output", metavar="DIR") = None,
):
    """Write a model's networks for other programs.

    They have the weights that `sample` uses. Generators and decoders take latents (and labels), encoders and classifiers
    images, language models one token and the state before it. The path of the folder is printed, and how far each network is
    from the model.
    """
    folder = output or Path(f"{zoo.find(name)[0]['name']}-{format}")
    start_keras(name)
    from kerasgen.zoo import export as exporting

    exporting.check_folder(folder)
    exporting.check_format(format)
    for network, difference in exporting.export(zoo.load(name), folder, format).items():
        print(f"{network}: largest difference to the model {difference:.1e}", file=sys.stderr)
    print(folder)
