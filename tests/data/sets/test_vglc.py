"""Game levels: rows of one width, tiles with a known meaning, 6:2:2 of each game."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import vglc


def test_levels_are_whole_and_their_tiles_known(strings):
    splits = data.load("vglc")
    together = np.concatenate([fields["label"] for fields in splits.values()])
    assert np.bincount(together).tolist() == [15, 22, 18, 150]
    assert np.bincount(splits["test"]["label"]).tolist() == [3, 4, 4, 30]
    names = [name for fields in splits.values() for name in strings(fields, "name")]
    assert len(set(names)) == 205
    for fields in splits.values():
        for level, game in zip(strings(fields, "level"), fields["label"], strict=True):
            rows = level.split("\n")
            assert len({len(row) for row in rows}) == 1 and len(rows) > 10
            assert set(level) - {"\n"} <= set(vglc.TILES[vglc.GAMES[game]])
