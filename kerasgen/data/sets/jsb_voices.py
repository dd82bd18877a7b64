"""Chorales of J. S. Bach with their four voices separate, one step per sixteenth note."""

import json

import numpy as np

from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

REPOSITORY, COMMIT = "czhuang/JSB-Chorales-dataset", "9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d"


def parse(files):
    """{split: {"pitch": int64 (steps, 4), "length": int64 (chorales,)}}."""
    given = json.loads(files["Jsb16thSeparated.json"])
    return {
        split: {
            "pitch": np.array([step for chorale in given[name] for step in chorale], "int64").reshape(-1, 4),
            "length": np.array([len(chorale) for chorale in given[name]], "int64"),
        }
        for split, name in (("train", "train"), ("validation", "valid"), ("test", "test"))
    }


DATA_SET = DataSet(
    name="jsb_voices",
    parse=parse,
    files=(
        RawFile(
            "Jsb16thSeparated.json",
            1_666_444,
            "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7",
            (github(REPOSITORY, COMMIT, "Jsb16thSeparated.json"),),
            RawFile("Jsb16thSeparated.json.gz", 112_742, "f679813c7418de7af973b7192cdf7856fafba57c7e64bbf2f4dfb0afcb20e169"),
        ),
    ),
    folder="jsb_chorales",
    licence="music in the public domain; no licence file for the encoding",
    source="the chorales of N. Boulanger-Lewandowski et al., 2012, encoded anew by C.-Z. A. Huang et al., 2017 (Coconet)",
    splits="as given by Boulanger-Lewandowski: 229, 76 and 77 chorales",
    modality="music",
    unit="chorales",
    counted_by="length",
    fields={
        "pitch": "int64 (steps, 4): MIDI number of soprano, alto, tenor and bass, -1 for silence; a note that is struck again "
        "cannot be told from one that is held",
        "length": "int64 (chorales,), the steps of each",
    },
    counts={"train": 229, "validation": 76, "test": 77},
    hashes={
        "train": "b8df1d1948b1d250e22ef6c0ff43e28e1c90d1e22629357e5d6863a9640ba1f1",
        "validation": "bfdc533424ab1dd4743ca4a4f05a3a5dd8775c1ac17592726ae7e037068265ac",
        "test": "237e0d71a2fe8a7573d80273c7e1d763dc0c48afd919700097b36b3f10e403c4",
    },
)
