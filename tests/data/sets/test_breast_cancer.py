"""The table: whole, in splits of equal shares of both classes."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import breast_cancer


def test_every_row_is_in_one_split(check_form):
    from sklearn.datasets import load_breast_cancer

    splits, whole = data.load("breast_cancer"), load_breast_cancer()
    check_form(breast_cancer.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == breast_cancer.DATA_SET.hashes
    together = np.concatenate([fields["row"] for fields in splits.values()])
    assert sorted(row.tobytes() for row in together) == sorted(row.tobytes() for row in whole.data.astype("float32"))
    assert all(abs(fields["label"].mean() - whole.target.mean()) < 0.01 for fields in splits.values())


def test_columns_and_classes_are_named_as_in_the_source():
    from sklearn.datasets import load_breast_cancer

    whole = load_breast_cancer()
    words = [{"error" if word == "se" else word for word in name.split()} for name in whole.feature_names]
    assert [set(name.split("_")) for name in breast_cancer.COLUMNS] == words
    assert breast_cancer.DATA_SET.labels["label"] == tuple(whole.target_names)
