"""Transformer temperature: splits one after another, dates left out."""

import numpy as np


def test_splits_follow_one_another(tiny):
    hours = np.arange(14_410)
    rows = ["date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT", *(f"2016-07-01 00:00:00,{hour},1,2,3,4,5,6.5" for hour in hours)]
    splits = tiny("etth1", {"ETTh1.csv": "\n".join(rows).encode()})
    assert [len(fields["series"]) for fields in splits.values()] == [8640, 2880, 2880, 10]
    assert np.concatenate([fields["series"][:, 0] for fields in splits.values()]).tolist() == hours.tolist()
    assert splits["train"]["series"][0].tolist() == [0, 1, 2, 3, 4, 5, 6.5]
