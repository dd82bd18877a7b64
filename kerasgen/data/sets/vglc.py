"""Levels of four video games as text, one character per tile, which travel with the package."""

import pathlib

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

MARIO = {
    "X": "ground, solid",
    "S": "breakable, solid",
    "-": "empty",
    "?": "full question block, solid",
    "Q": "empty question block, solid",
    "E": "enemy",
    "<": "top left of a pipe, solid",
    ">": "top right of a pipe, solid",
    "[": "left of a pipe, solid",
    "]": "right of a pipe, solid",
    "o": "coin",
    "B": "top of a cannon, solid",
    "b": "bottom of a cannon, solid",
}
ZELDA = {
    "F": "floor",
    "B": "block",
    "M": "monster",
    "P": "element (lava, water)",
    "O": "element and floor",
    "I": "element and block",
    "D": "door",
    "S": "stair",
    "W": "wall",
    "-": "void",
}
LODE_RUNNER = {
    "B": "ground, solid",
    "b": "ground that can be dug, solid",
    ".": "empty",
    "-": "rope, climbable",
    "#": "ladder, climbable",
    "G": "gold",
    "E": "enemy",
    "M": "where the player begins",
}
TILES = {  # {game: {character: meaning}}, after the legends in the archive
    "Super Mario Bros": MARIO,
    "Super Mario Bros 2 (Japan)": MARIO,
    "The Legend of Zelda": ZELDA,
    "Lode Runner": LODE_RUNNER,
}
GAMES = tuple(TILES)


def parse(files):
    """{split: {"level", "name": texts, "label": int64 (count,), the game}}."""
    levels, names, games = [], [], []
    for name, content in sorted(parsing.tar_members(files["vglc_text_levels.tar.gz"]).items()):
        path = pathlib.PurePosixPath(name)
        if path.parent.name == "Processed" and path.name != "README.txt":
            levels.append("\n".join(parsing.lines(content)).strip("\n"))
            names.append(path.stem)
            games.append(GAMES.index(path.parent.parent.name))
    arrays = {**from_strings("level", levels), **from_strings("name", names), "label": np.array(games)}
    return split(arrays, stratify="label")


DATA_SET = DataSet(
    name="vglc",
    parse=parse,
    files=(RawFile("vglc_text_levels.tar.gz", 39_403, "596c1e9def0887350d126b90a2ae4b03cbe9ce3230894e65d0aa032d50bebfbb"),),
    licence="MIT for the corpus (A. Summerville, S. Ontañón, S. Snodgrass); the games are trademarks of their owners",
    redistributable=True,
    source="A. Summerville et al., 2016, arXiv:1606.07487: The VGLC, the video game level corpus",
    splits="6:2:2 of each game's levels, drawn with seed 0",
    made="from github.com/TheVGLC/TheVGLC at 0e86a8f31f20ecad4eaa5741ff061af88767f7fb: <game>/Processed and the legends of "
    "four games in one tar archive",
    modality="text",
    unit="levels",
    counted_by="label",
    fields={
        "level": "texts, rows of one width with a newline between them; kerasgen.data.sets.vglc.TILES says what a tile is",
        "name": "texts",
        "label": "int64 (count,), the game",
    },
    labels={"label": GAMES},
    counts={"train": 123, "validation": 41, "test": 41},
    hashes={
        "train": "6b7074521b6c9c283877eb5ef1f41d1491f85db0c19e4ada06d9c8c30beaaa45",
        "validation": "2070acf2315f056cfd0e17073f00202364f0d0790b5a52fe319058e51bbe2a06",
        "test": "61ee231bf960f369e0267e7e802ce4303d4c5fbc181248663f3bf469798e025b",
    },
)
