"""Rows of random bits with priorities, by which they are to be sorted."""

from kerasgen.data.sets._bit_tasks import declare, rows_of


def draw(random, sizes):
    """Rows, and a priority for each, drawn evenly from [-1, 1)."""
    return {**rows_of(random, sizes), "priority": random.uniform(-1, 1, int(sizes.sum())).astype("float32")}


DATA_SET = declare(
    "sort_bits",
    draw,
    seed=4,
    sizes={
        "train": (40_000, 1, 10),
        "validation": (400, 1, 10),
        "test": (1000, 1, 10),
        **{f"test_{rows}": (300, rows, rows) for rows in (10, 15, 20)},
    },
    of="rows",
    hashes={
        "train": "495ddc5e5f1f8504b40adc293abbec8521f6f3721096dc951c1b5ba311eaaf1b",
        "validation": "f469239d02bbfd2950c8b9c3e718a1c2508aad80c1e3665444e0e9b8d47baa97",
        "test": "c17db610cdc7209722d1bcec1121a568847936bd140d5692e6be3a7bca3d7eee",
        "test_10": "eba245362f8bb72a8ad6b63d92dce8561779718b4fd6a64b93202785195dedf7",
        "test_15": "b7ae16bcc0e2d03134473574417c878e7c41dbc01897a98dafdfb647e21b445a",
        "test_20": "27542d661bfe620f7ababbb360ebdf0ddf98fa80bca22b23d2b2465aeec4a537",
    },
    priority="float32 (sum of length,), in [-1, 1]",
)
