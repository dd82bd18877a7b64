"""Emoji of two vendors, 64x64 in colour on white: the same 3,786 signs drawn in two styles."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.sets import _emoji
from kerasgen.data.splitting import split

VENDORS = ("twitter", "google")
CATEGORIES = (
    "Activities",
    "Animals & Nature",
    "Component",
    "Flags",
    "Food & Drink",
    "Objects",
    "People & Body",
    "Smileys & Emotion",
    "Symbols",
    "Travel & Places",
)


def parse(files):
    """{split: fields as declared}; in each split the same emoji of both vendors, in the same order."""
    parts = [vendor(files, name, number) for number, name in enumerate(VENDORS)]
    return {part: {field: np.concatenate([p[part][field] for p in parts]) for field in parts[0][part]} for part in parts[0]}


def vendor(files, name, number):
    """The emoji of one vendor."""
    rows = parsing.table(files[f"emoji64_{name}_index.tsv"])
    cell, codepoints, names, category, _, skin_tone = zip(*rows, strict=True)
    arrays = {
        "image": parsing.sheet(files[f"emoji64_{name}_sheet.png"], 64, len(rows)),
        "label": np.array([CATEGORIES.index(c) for c in category]),
        "vendor": np.full(len(rows), number),
        "emoji": np.array(cell, "int64"),
        "skin_tone": np.array(skin_tone, "int64"),
        **from_strings("name", names),
    }
    return split(arrays, (8, 1, 1), groups=[_emoji.base(points) for points in codepoints])


DATA_SET = DataSet(
    name="emoji64",
    parse=parse,
    files=(
        RawFile("emoji64_twitter_sheet.png", 9_722_405, "55172d806cd92a7261f1ccf714d7a97a6a648202fcd1bcbcc487970667b9b522"),
        RawFile("emoji64_twitter_index.tsv", 248_608, "69cb46318b5e1069e9540e542d1e8f4ac6bbecdaca03b1f7f1fc3d3d1044f668"),
        RawFile("emoji64_google_sheet.png", 9_249_934, "db8983953e5a9011e92dc88fade47aa7ec46e82defc8aee5f843a7bb4c79b327"),
        RawFile("emoji64_google_index.tsv", 248_608, "69cb46318b5e1069e9540e542d1e8f4ac6bbecdaca03b1f7f1fc3d3d1044f668"),
    ),
    licence="Twemoji graphics: CC BY 4.0 (Twitter and contributors); Noto Emoji images: Apache-2.0 (Google)",
    redistributable=True,
    source="Twemoji and Noto Emoji",
    splits="8:1:1, drawn by base emoji with seed 0: variations in skin tone, sex and direction are in one split, and so are "
    "the drawings of both vendors",
    made="from img/*/64 of the npm packages emoji-datasource-twitter and emoji-datasource-google, both 16.0.0: one sheet of 64 "
    "columns a vendor, and a table of cell number, code points, name, category, subcategory and skin variation",
    modality="image",
    unit="images",
    counted_by="image",
    fields={
        "image": "uint8 (count, 64, 64, 3), on white; first all of Twitter, then all of Google in the same order",
        "label": "int64 (count,), the category",
        "vendor": "int64 (count,), 0 Twitter, 1 Google",
        "emoji": "int64 (count,), the same number for the same sign of both vendors",
        "skin_tone": "int64 (count,), 1 for a variation in skin tone",
        "name": "texts",
    },
    labels={"label": CATEGORIES, "vendor": VENDORS},
    counts={"train": 6_058, "validation": 758, "test": 756},
    hashes={
        "train": "62bbd9b241c83e8b8ea73cb6625dcb594b051f525428ee598502a99b9d083e77",
        "validation": "c98a4e82484b1921e9873f01771807bf9de112bf5529bfd8a4fcebb34a726aa3",
        "test": "68e00dd444b9bdf612f4dcad517f393998b4a9ce647524fbe9bf3e5fc3824d98",
    },
)
