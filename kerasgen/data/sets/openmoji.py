"""OpenMoji: line drawings of emoji and the same in colour, 64x64."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings, take
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.sets import _emoji
from kerasgen.data.splitting import split

GROUPS = (
    "activities",
    "animals-nature",
    "component",
    "extras-openmoji",
    "extras-unicode",
    "flags",
    "food-drink",
    "objects",
    "people-body",
    "smileys-emotion",
    "symbols",
    "travel-places",
)


def parse(files):
    """{split: fields as declared}."""
    rows = parsing.table(files["openmoji64_index.tsv"])
    _, codepoints, names, group, _, skin_tone, _, given = zip(*rows, strict=True)
    arrays = {
        "line": parsing.sheet(files["openmoji64_line_sheet.png"], 64, len(rows), channels=1),
        "image": parsing.sheet(files["openmoji64_color_sheet.png"], 64, len(rows)),
        "label": np.array([GROUPS.index(g) for g in group]),
        "skin_tone": np.array(skin_tone, "int64"),
        **from_strings("name", names),
    }
    is_test = np.array([part == "test" for part in given])
    base = np.array([_emoji.base(points) for points in codepoints])[~is_test]
    learned = split(take(arrays, np.flatnonzero(~is_test)), (9, 1, 0), groups=base)
    return {**learned, "test": take(arrays, np.flatnonzero(is_test))}


DATA_SET = DataSet(
    name="openmoji",
    parse=parse,
    files=(
        RawFile("openmoji64_line_sheet.png", 1_478_339, "6ff1ad82bc695c79f7766e4aaf3f0f9f52c254385a909ffa7652e51dfec70c3d"),
        RawFile("openmoji64_color_sheet.png", 5_754_493, "63851aedd4d1f6a28a4f6e0b5249af581ea238d5a18d7fe1aeaef715fc7c2525"),
        RawFile("openmoji64_index.tsv", 419_760, "f854467a7bb04b9b67e76ad97c7c8a516bdb8c716d1f9c5ec80f1dda929bd781"),
    ),
    licence="CC BY-SA 4.0 (OpenMoji, openmoji.org)",
    redistributable=True,
    source="OpenMoji, the open-source emoji and icon project of HfG Schwäbisch Gmünd",
    splits="test: as given, by emoji, variations in skin tone included; validation: a tenth of the rest, drawn with seed 0 by "
    "base emoji (variations in skin tone, sex and direction stay together)",
    made="from the SVG files of the npm package openmoji 17.0.0: line drawings and pictures rendered at 64x64 into one sheet "
    "of 64 columns each, and a table of cell number, code points, annotation, group, subgroup, skin variation, author, split",
    modality="image",
    unit="images",
    counted_by="image",
    fields={
        "line": "uint8 (count, 64, 64, 1), the line drawing",
        "image": "uint8 (count, 64, 64, 3), the same in colour",
        "label": "int64 (count,), the group",
        "skin_tone": "int64 (count,), 1 for a variation in skin tone",
        "name": "texts",
    },
    labels={"label": GROUPS},
    counts={"train": 3_613, "validation": 401, "test": 480},
    hashes={
        "train": "ad32eae09826004a5254546c153af9bdd2ded64c768052d52ba627144990c979",
        "validation": "f504fa3857b456ec179c3286f08f0e156fcdbc786fb50f02fd1a4acaaeddea25",
        "test": "7195e78f67dc8ab5a7ad262301d1ba3ce1a9d0ab15581cf8d0384195dbddca4d",
    },
)
