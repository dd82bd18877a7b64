"""A quarter of a million drug-like molecules of ZINC as SMILES strings, with three properties."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet


def parse(files):
    """{split: fields as declared}."""
    rows = [line.split(",") for line in parsing.lines(files["zinc250k.csv"])[1:]]
    splits = {}
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        smiles, logp, qed, sas, _ = zip(*(row for row in rows if row[4] == name), strict=True)
        splits[split] = {
            **from_strings("smiles", smiles),
            "logp": np.array(logp, "float32"),
            "qed": np.array(qed, "float32"),
            "sas": np.array(sas, "float32"),
        }
    return splits


DATA_SET = DataSet(
    name="zinc250k",
    parse=parse,
    files=(
        RawFile(
            "zinc250k.csv",
            18_047_474,
            "cf4dc50caf11025df06b7d79e02c03db8a82a4e6dec7c04142ef0c1954269799",
            packed=RawFile("zinc250k.csv.gz", 5_653_963, "0c7354f23e1d8c068049530a6a2fa6c81776a809749476d0d1238b12b1af043a"),
        ),
    ),
    licence="ZINC: free to use, its terms restrict passing on large subsets; no licence file",
    source="R. Gómez-Bombarelli et al., 2018, arXiv:1610.02415, from ZINC (J. J. Irwin et al., 2012)",
    splits="as given with the junction-tree VAE (W. Jin et al., 2018)",
    made="SMILES: github.com/wenhao-gao/mol_opt at 2da631be85af8d10a2bb43f2de76a03171166190, data/zinc.txt.gz; split: "
    "github.com/wengong-jin/icml18-jtnn at d4c425a8a28fce7d0e8f5da741d27d3fce4a7ec0, data/zinc/{valid,test}.txt; logP, qed and "
    "SAS computed by RDKit 2026.09.1; written as a CSV of smiles, logP, qed, SAS, split",
    modality="molecules",
    unit="molecules",
    counted_by="qed",
    fields={
        "smiles": "texts, SMILES of at most 109 characters, 34 distinct ones",
        "logp": "float32 (count,), octanol-water partition coefficient (Crippen)",
        "qed": "float32 (count,), drug-likeness in [0, 1]; newer RDKits differ from the published values in the second decimal",
        "sas": "float32 (count,), synthetic accessibility, 1 (easy) to 10",
    },
    counts={"train": 220_010, "validation": 24_445, "test": 5_000},
    hashes={
        "train": "4a73ff3dbfecb7d355fb7aa026c9dcc9d2a3c8d3418e86736a9235458f5e9e1d",
        "validation": "db513c8324409c5cf0032f9b9541cb35c7f3c6d1652d8e3246c650be3313364c",
        "test": "4805efeb1281b10a4cd0ea5abe0cabe8bfa022c6ba3504747fb5960cbbc65955",
    },
    instead_of=("zinc", "qm9"),
)
