"""Rows of random bits that are to be said again."""

from kerasgen.data.sets._bit_tasks import declare, rows_of

DATA_SET = declare(
    "copy_bits",
    rows_of,
    seed=1,
    sizes={
        "train": (40_000, 1, 20),
        "validation": (400, 1, 20),
        "test": (1000, 1, 20),
        **{f"test_{rows}": (300, rows, rows) for rows in (20, 40, 80, 120)},
    },
    of="rows",
    hashes={
        "train": "9358ea3d11cd4b74160e6e10abf3ba3d7e30f0825aeddad7c1a20e654478e3a1",
        "validation": "0fb207ba18dbcb7bac8ea86d40722244374ff6ee37ecbd3cf330d984ae672923",
        "test": "1f3c2af262c4af55ea48f51db11d757010db9f7420b82fc373473c62e25c0606",
        "test_20": "bf9425c418e2e7434b440fdf2f1e435bdc2a3e574f1edab8aa453e0fff760f48",
        "test_40": "80ecff81eaf4fabb715a4f65b27e0d26e40ff7b90d99be51612bdfac2a12f2f8",
        "test_80": "f0da78fd1ad1911e109ed109b937c471b66949201bdb1f0cb8f827243e6dda19",
        "test_120": "d2aebcd836955068c905e655dd8ebee869c9974187e79fa0daa35373fc6b2c05",
    },
)
