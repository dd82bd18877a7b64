"""Photographs of five kinds of flowers, 64x64."""

import io
import pathlib

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

KINDS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


def parse(files):
    """{split: {"image": uint8 (count, 64, 64, 3), "label": int64 (count,)}}."""
    from PIL import Image

    photographs = {"train": [], "test": []}
    for name, content in sorted(parsing.zip_members(files["flowers64.zip"]).items()):
        part, kind, _ = pathlib.PurePosixPath(name).parts
        with Image.open(io.BytesIO(content)) as image:
            photographs[part].append((np.asarray(image.convert("RGB"), "uint8"), KINDS.index(kind)))
    given = {part: [np.stack(column) for column in zip(*rows, strict=True)] for part, rows in photographs.items()}
    given = {part: dict(zip(("image", "label"), columns, strict=True)) for part, columns in given.items()}
    return {**split(given["train"], (9, 1, 0), stratify="label"), "test": given["test"]}


DATA_SET = DataSet(
    name="flowers64",
    parse=parse,
    files=(RawFile("flowers64.zip", 8_694_302, "af673676b0f51c71e3654bde5a40b23a0b3bd98e1999af9b695d95ac5f0f7e01"),),
    licence="CC BY 2.0; the photographers are named in the folder's ATTRIBUTION.tsv",
    redistributable=True,
    source="The TensorFlow Team, 2019: tf_flowers, photographs of Flickr",
    splits="test: as given, a tenth by the sha256 of the file name; validation: a tenth of each kind of the rest, seed 0",
    made="pictures of github.com/JoelOscarsson/dl-assignment at 05bf18b10cd76b8225e93e93beef1cb94c77cfbb, data/flowers, that "
    "the licence file of the original lists, resized to 64x64 and written as JPEG of quality 85 into one zip",
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 64, 64, 3), decoded from JPEG", "label": "int64 (count,), the kind"},
    labels={"label": KINDS},
    counts={"train": 2_649, "validation": 294, "test": 361},
    hashes={
        "train": "bedeea68aa3b9aea4ab151d1e1ee9ddf7775483a20fef12d9947c63c7e442e70",
        "validation": "175758ef461f839ab529b2650caa47f33473eb425bb35e2a85dc764db13d0a33",
        "test": "0836cf62f06d92c98e66c989c972ecab2a6db2520194dc016858eedfd3dc6dc8",
    },
    instead_of=("tf_flowers", "oxford_flowers102"),
)
