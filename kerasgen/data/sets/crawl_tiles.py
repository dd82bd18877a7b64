"""The tiles of Dungeon Crawl Stone Soup, 32x32 colour images that travel with the package.

crawl_tiles.npz holds 5,816 distinct tiles of 32x32 pixels (RGBA), their file names, and the family of each. Many tiles are
near-copies: frames of an animation, a wall in six colours, the same sprite in two releases. A family holds all of them, and
goes into one split as a whole, so that memorising does not help on the test split.
"""

import pathlib
import re
import zlib

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet

BACKGROUND = 128  # mid grey: 0 in [-1, 1], and what `layers.DiffAugment` shows where nothing is
LARGE = 20  # tiles
KINDS = ("dungeon", "effect", "gui", "item", "misc", "monster", "player", "spell", "unused")  # label 0, 1, ...
FOLDERS = {"dngn": "dungeon", "dc-dngn": "dungeon", "mon": "monster", "dc-mon": "monster", "dc-misc": "misc", "spells": "spell"}


def parse(files):
    """{split: {"image": uint8 (count, 32, 32, 3), "label": int64 (count,), the kind}}; about 8:1:1 tiles."""
    arrays = parsing.npz(files["crawl_tiles.npz"])
    tiles, names, family = arrays["image"], arrays["name"], arrays["family"]
    images, labels = composite(tiles), np.array([KINDS.index(kind(name)) for name in names])
    lot = np.array([zlib.crc32(f"family {number}".encode()) % 100 for number in range(family.max() + 1)])[family]
    is_small = np.bincount(family)[family] < LARGE  # one large family would be most of a split
    parts = {"validation": is_small & (lot >= 85), "test": is_small & (lot < 15)}
    parts = {"train": ~(parts["validation"] | parts["test"]), **parts}
    return {split: {"image": images[part], "label": labels[part]} for split, part in parts.items()}


def composite(tiles):
    """RGBA tiles on the background: uint8 (count, 32, 32, 3)."""
    alpha = tiles[..., 3:].astype("float32") / 255
    return np.round(tiles[..., :3] * alpha + BACKGROUND * (1 - alpha)).astype("uint8")


def kind(name):
    """Which of `KINDS` a tile is by its folder in the release."""
    folder = re.sub(r"^(Nov-2015|Ancient/Oct-5-2010)/", "", name).split("/")[0].lower()
    return FOLDERS.get(folder, folder)


def families(tiles, names, block=1000):
    """The family of each tile, int16 (count,), numbered by first member: how those in crawl_tiles.npz were found.

    Two tiles belong to one family if their names differ only in numbers and directions at their end, if their grey values
    correlate by more than 0.9, or if both are cut out and their outlines overlap by more than 92%; families that share a tile
    are merged.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    grey = composite(tiles).mean(axis=-1).reshape(len(tiles), -1)
    grey -= grey.mean(axis=1, keepdims=True)
    grey /= np.maximum(np.linalg.norm(grey, axis=1, keepdims=True), 1e-3)
    inside = (tiles[..., 3] > 127).reshape(len(tiles), -1).astype("float64")
    area = inside.sum(axis=1)
    cut_out = area < 1000  # of 1,024 pixels
    first = {}
    links = [(first.setdefault(stem(name), i), i) for i, name in enumerate(names)]
    for start in range(0, len(tiles), block):
        rows = slice(start, start + block)
        overlap = inside[rows] @ inside.T
        union = np.maximum(area[rows, None] + area - overlap, 1)
        near = (grey[rows] @ grey.T > 0.9) | ((overlap / union > 0.92) & cut_out[rows, None] & cut_out)
        links.extend(zip(*(np.nonzero(near) + np.array([[start], [0]])), strict=True))
    ends = np.transpose(links)
    _, found = connected_components(coo_array((np.ones(len(links)), ends), (len(tiles), len(tiles))), directed=False)
    return found.astype("int16")


def stem(name):
    """A file name without folders, numbers, and directions at its end."""
    plain = re.sub(r"\d+", "", pathlib.PurePosixPath(name).stem.lower())
    return re.sub(r"(_(n|s|e|w|ne|nw|se|sw|left|right|old|new))+$", "", plain).strip("_")


DATA_SET = DataSet(
    name="crawl_tiles",
    parse=parse,
    files=(RawFile("crawl_tiles.npz", 2_747_888, "f32ca972ab50290bb0d8ef58799cdc74c5feb144d686e8bf9ad1ed0e291fe088"),),
    licence="CC0 1.0",
    redistributable=True,
    source="Dungeon Crawl Stone Soup tiles, the releases Nov-2015 and Oct-5-2010 of github.com/crawl/tiles at "
    "a6ea1655db5c044829d9eea19a232fa6fcac87b0: 32x32 files without exact duplicates and nearly empty ones, on mid grey",
    splits="by family of tiles (alike in name, grey values or outline), so that near-copies stay in one split: of the families "
    "below 20 tiles 15% are the test split and 15% the validation; all others, and the larger ones, are for training",
    made="the 32x32 .png files of the two releases as arrays `image` (RGBA), `name` and `family`, the last by `families`",
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 32, 32, 3), laid on mid grey", "label": "int64 (count,), the kind"},
    labels={"label": KINDS},
    counts={"train": 4_598, "validation": 596, "test": 622},
    hashes={
        "train": "33e20fbd050ddc7479f2aaa1018a57b11e2946df832a5e002c69185177c5f97d",
        "validation": "ce54bc9f1aac4168fcb569b8b59e806dcaf7b55519eb265b11a464cd84e1451b",
        "test": "a5ab931e146d37114be5e7d72621211543d74672845516f88abd0f2fad712c1e",
    },
)
