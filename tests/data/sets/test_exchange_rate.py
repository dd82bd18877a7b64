"""Exchange rates: splits one after another."""

import numpy as np


def test_splits_follow_one_another(tiny):
    days = np.arange(6300)
    table = "\n".join(",".join([str(day), *["0.5"] * 7]) for day in days).encode()
    splits = tiny("exchange_rate", {"exchange_rate.txt.gz": table})
    assert {split: len(fields["series"]) for split, fields in splits.items()} == {
        "train": 5921,
        "validation": 150,
        "test": 150,
        "later": 79,
    }
    assert np.concatenate([fields["series"][:, 0] for fields in splits.values()]).tolist() == days.tolist()
    assert splits["test"]["series"].dtype == np.float32 and splits["test"]["series"].shape == (150, 8)
