"""ZINC250k: SMILES with properties, the given split."""

import numpy as np
import pytest


def test_columns_and_splits(tiny, strings):
    rows = ["smiles,logP,qed,SAS,split", "CC(=O)O,-0.2500,0.4300,1.5000,test", "c1ccccc1,1.6866,0.4426,1.0000,train"]
    rows += ["C[C@@H](N)O,-0.5,0.41,3.1,valid", "CCO,-0.0014,0.4068,1.9803,train", ""]
    splits = tiny("zinc250k", {"zinc250k.csv": "\n".join(rows).encode()})
    assert strings(splits["train"], "smiles") == ["c1ccccc1", "CCO"] and strings(splits["validation"], "smiles") == [
        "C[C@@H](N)O"
    ]
    assert splits["train"]["qed"].dtype == np.float32 and splits["train"]["logp"].tolist() == pytest.approx([1.6866, -0.0014])
    assert splits["test"]["sas"].tolist() == [1.5]
