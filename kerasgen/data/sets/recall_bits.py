"""Items of three rows of random bits, one of which asks for the item after it."""

from kerasgen.data.sets._bit_tasks import ITEM, declare, rows_of


def draw(random, sizes):
    """Items, and the number of the one that asks: any but the last."""
    return {**rows_of(random, ITEM * sizes), "query": random.integers(0, sizes - 1)}


DATA_SET = declare(
    "recall_bits",
    draw,
    seed=3,
    sizes={
        "train": (40_000, 2, 6),
        "validation": (400, 2, 6),
        "test": (1000, 2, 6),
        **{f"test_{items}": (300, items, items) for items in (6, 10, 15, 20)},
    },
    of="items",
    hashes={
        "train": "515cafc0897617408ec7fa0799b63c49cc4dbb1a2853ec5f4ec6eecc9cfa515b",
        "validation": "50b4d37b89c27f44882d02aec7dc849a940441831f7fafcbc36bc48a334edc58",
        "test": "ac52bc582307812bf479d198acec8e532ebcce79c49dbdd1d96e86fcc9046a4a",
        "test_6": "10eb8735a44dcdbcf8cc4812f1c3470722542238bffa52d96e3a092cb08a0c39",
        "test_10": "7595aad9e0e685143df4ad6226ce0393aecd6f70e53fc42124f1fc79d38176ef",
        "test_15": "1d721768a649c5d7c7a5fa25ab601c1730349221fb51fe490cc84ea26d796920",
        "test_20": "95c966aed0aa0e2fc5a653e0551b7b87f790b8064d135f6c8ac55199a592b545",
    },
    query="int64 (sequences,), the number of the item, from 0, that asks for the next",
)
