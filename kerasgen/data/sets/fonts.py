"""Letters and digits of 568 typefaces, 32x32, grey."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet

CHARACTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def parse(files):
    """{split: fields as declared}; typeface by typeface, each with its 62 characters in order."""
    arrays = parsing.npz(files["fonts32.npz"])
    splits = {}
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        faces = np.flatnonzero(arrays["split"] == name)
        titles = [f"{arrays['family'][i]}, {arrays['style'][i]}" for i in faces]
        splits[split] = {
            "image": arrays["images"][faces].reshape(-1, 32, 32, 1),
            "label": np.tile(np.arange(len(CHARACTERS)), len(faces)),
            "face": np.repeat(faces, len(CHARACTERS)),
            **from_strings("title", np.repeat(titles, len(CHARACTERS)).tolist()),
        }
    return splits


DATA_SET = DataSet(
    name="fonts",
    parse=parse,
    files=(RawFile("fonts32.npz", 4_825_882, "48250b8a21230c43069ac27a7a1ea3de8516d6b3242066704b73b1a177e8be05"),),
    licence="OFL-1.1 almost throughout; a few Apache-2.0, MIT, BSD or public domain (the copyright file of each package)",
    redistributable=True,
    source="the makers of 141 Latin families in 99 Debian packages fonts-*",
    splits="as given, by Debian package: 464, 29 and 75 faces, so that typefaces of the test split are unseen",
    made="rendered from the font files of 99 Debian packages: cap height 18 pixels, baseline at row 24, ink centred, drawn "
    "four times as large and averaged; an .npz of images (568, 62, 32, 32), chars, split, family and style",
    modality="image",
    unit="images",
    counted_by="image",
    fields={
        "image": "uint8 (count, 32, 32, 1), white on black",
        "label": "int64 (count,), the character",
        "face": "int64 (count,), the typeface; its 62 characters stand together",
        "title": "texts, family and style of the typeface",
    },
    labels={"label": CHARACTERS},
    counts={"train": 28_768, "validation": 1_798, "test": 4_650},
    hashes={
        "train": "27846d1cdd933767339dee2561a33c87b475bbcb61a36b464a8513ceece6b4e7",
        "validation": "9b1283ab8dfa020968186c8c697371e5c40f3f98007e3a062597f8ff3b88c04f",
        "test": "a12f5ffb046e1fe25f30f326cf5a9759f71564697642175d8a4857add13ed4e0",
    },
)
