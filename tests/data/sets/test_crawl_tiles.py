"""The tiles: whole, split by family, composited."""

import numpy as np
import pytest
from PIL import Image

from kerasgen import data
from kerasgen.data import parsing, places
from kerasgen.data.sets import crawl_tiles


@pytest.fixture(scope="module")
def file():
    return parsing.npz((places.packaged_folder(crawl_tiles.DATA_SET) / "crawl_tiles.npz").read_bytes())


@pytest.fixture(scope="module")
def splits():
    return data.load("crawl_tiles")


def test_every_tile_is_in_one_split(file, splits):
    assert {name: len(part["image"]) for name, part in splits.items()} == {"train": 4598, "validation": 596, "test": 622}
    together = np.concatenate([part["image"] for part in splits.values()])
    assert together.shape == (5816, 32, 32, 3) and together.dtype == np.uint8
    whole = crawl_tiles.composite(file["image"])
    assert sorted(tile.tobytes() for tile in together) == sorted(tile.tobytes() for tile in whole)


def test_smoke_runs_see_a_few_of_each_split(splits):
    for name, part in data.load("crawl_tiles", smoke=True).items():
        known = {tile.tobytes() for tile in splits[name]["image"]}
        assert len(part["image"]) == (80 if name == "train" else 20) and all(t.tobytes() in known for t in part["image"])


def test_no_family_is_in_two_splits(file, splits):
    family = {}
    for tile, number in zip(crawl_tiles.composite(file["image"]), file["family"], strict=True):
        family.setdefault(tile.tobytes(), set()).add(int(number))
    found = [set().union(*(family[tile.tobytes()] for tile in part["image"])) for part in splits.values()]
    assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])


def test_tiles_lie_on_grey_as_pillow_lays_them(file):
    tiles = file["image"][::500]
    for tile, composed in zip(tiles, crawl_tiles.composite(tiles), strict=True):
        ground = Image.new("RGBA", (32, 32), (128, 128, 128, 255))
        expected = np.asarray(Image.alpha_composite(ground, Image.fromarray(tile, "RGBA")))[..., :3]
        assert np.abs(expected.astype(int) - composed).max() <= 1  # Pillow rounds otherwise


@pytest.mark.parametrize(
    ("name", "kind", "stem"),
    [
        ("Nov-2015/dngn/wall/abyss/abyss_blue7.png", "dungeon", "abyss_blue"),
        ("Ancient/Oct-5-2010/dc-mon/animals/butterfly6.png", "monster", "butterfly"),
        ("Nov-2015/mon/tentacles/vine_segments/vine_segment_N_SE.png", "monster", "vine_segment"),
        ("Nov-2015/UNUSED/armour/cap1.png", "unused", "cap"),
    ],
)
def test_names_tell_kind_and_stem(name, kind, stem):
    assert crawl_tiles.kind(name) == kind and crawl_tiles.stem(name) == stem


def test_near_copies_are_a_family():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, (2, 32, 32, 4), dtype="uint8")
    one[..., 3] = other[..., 3] = 255
    dark = np.concatenate([one[..., :3] // 2, one[..., 3:]], axis=-1)
    blob, recoloured = np.zeros((2, 32, 32, 4), "uint8")
    blob[8:20, 8:20] = (200, 40, 10, 255)
    recoloured[8:20, 8:20] = (10, 60, 200, 255)
    tiles, names = np.stack([one, other, dark, blob, recoloured, other[::-1]]), ["a.png", "b1.png", "c", "d", "e", "x/b2_n.png"]
    np.testing.assert_array_equal(crawl_tiles.families(tiles, names), [0, 1, 0, 2, 2, 1])


@pytest.mark.slow
def test_the_families_in_the_package_are_what_the_function_finds(file):
    np.testing.assert_array_equal(crawl_tiles.families(file["image"], file["name"]), file["family"])
