"""M4 Hourly: the same series in each split, one part after another."""

import numpy as np

from kerasgen.data import to_sequences


def test_the_last_two_days_are_the_validation(tiny):
    given = {"H1": range(100), "H2": range(1000, 1060)}
    train = ['"V1","V2"', *(f'"{name}",' + ",".join(f'"{v}"' for v in [*values, *[""] * 3]) for name, values in given.items())]
    test = [
        '"V1","V2"',
        *(f'"{name}",' + ",".join(f'"{values[-1] + 1 + i}"' for i in range(48)) for name, values in given.items()),
    ]
    files = {"M4_Hourly-train.csv": "\n".join(train).encode(), "M4_Hourly-test.csv": "\n".join(test).encode()}
    splits = tiny("m4_hourly", files)
    parts = [to_sequences(splits[part]["series"], splits[part]["length"]) for part in ("train", "validation", "test")]
    for i, values in enumerate(given.values()):
        whole = np.concatenate([part[i] for part in parts])
        assert whole.tolist() == list(range(values[0], values[-1] + 49)) and whole.dtype == np.float32
    assert splits["train"]["length"].tolist() == [52, 12]
