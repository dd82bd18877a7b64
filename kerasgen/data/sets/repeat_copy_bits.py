"""Rows of random bits that are to be said again several times."""

from kerasgen.data.sets._bit_tasks import declare, rows_of


def draw(random, sizes, fewest, most):
    """Rows, and how many times: drawn evenly."""
    return {**rows_of(random, sizes), "repeats": random.integers(fewest, most + 1, len(sizes))}


DATA_SET = declare(
    "repeat_copy_bits",
    draw,
    seed=2,
    sizes={
        "train": (40_000, 1, 10, 1, 10),
        "validation": (400, 1, 10, 1, 10),
        "test": (1000, 1, 10, 1, 10),
        "test_longer": (300, 20, 20, 10, 10),
        "test_oftener": (300, 10, 10, 20, 20),
    },
    of="rows, to be said 1 to 10 times (test_longer: 10; test_oftener: 20)",
    hashes={
        "train": "0c7648e3b92b1ed7cf333839721e6186868bd10bf77cb0cf27b57eb46fddaec0",
        "validation": "819255d5cbdf50170191fcd4aee603a44cdaa240633c0c2ee5ca0f047bf41e4d",
        "test": "8cee0eaa5a375140b1c84fca7b49daefcc0f90db8d8ac2713254d140ead51b16",
        "test_longer": "8fe294696d6629fb8c5d766e1c7ed38c095c8d331c1a1291b90a257298879081",
        "test_oftener": "1fbae03c8688c7032788bd63d353331fb17f903963c1302090dd881d502d2e2e",
    },
    repeats="int64 (sequences,), how many times",
)
