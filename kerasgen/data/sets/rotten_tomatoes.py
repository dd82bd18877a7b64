"""Sentences of film reviews, 5,331 positive and as many negative."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

REPOSITORY, COMMIT = "dennybritz/cnn-text-classification-tf", "18762b459e21d9c70e5c242f8d43fc4e6db37a0d"


def parse(files):
    """{split: {"sentence": texts, "label": int64 (count,)}}."""
    negative, positive = (parsing.lines(files[f"rt-polarity.{name}"]) for name in ("neg", "pos"))
    labels = np.repeat([0, 1], [len(negative), len(positive)])
    sentences = from_strings("sentence", [text.strip() for text in negative + positive])
    return split({**sentences, "label": labels}, stratify="label")


DATA_SET = DataSet(
    name="rotten_tomatoes",
    parse=parse,
    files=(
        RawFile(
            "rt-polarity.neg",
            612_506,
            "2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd",
            (github(REPOSITORY, COMMIT, "data/rt-polaritydata/rt-polarity.neg"),),
            RawFile("rt-polarity.neg.gz", 241_807, "11eb15001bf7e045356a5b3ff74d38f9070a4a492e4913bcebe11a79561e74cf"),
        ),
        RawFile(
            "rt-polarity.pos",
            626_395,
            "4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58",
            (github(REPOSITORY, COMMIT, "data/rt-polaritydata/rt-polarity.pos"),),
            RawFile("rt-polarity.pos.gz", 244_297, "58c5c5f7391e24de6a72f4a92c3822cee707655a89a8658d31c6e50597114023"),
        ),
    ),
    licence="for research; no licence file",
    source="B. Pang & L. Lee, 2005: Seeing stars; sentence polarity dataset v1.0",
    splits="6:2:2 of each class, drawn with seed 0 (there is no official split)",
    modality="text",
    unit="sentences",
    counted_by="label",
    fields={"sentence": "texts, words between spaces, lower case", "label": "int64 (count,), 1 for positive"},
    labels={"label": ("negative", "positive")},
    counts={"train": 6_397, "validation": 2_133, "test": 2_132},
    hashes={
        "train": "cc07bd1bd1c6dcad3a75a8ac8a3e026a3691586d0556a0b5b735af5443340fad",
        "validation": "2b49e3acf2fd36c111f66608f0f52d16ab5e8df19b812d7cc77bb75f834648a4",
        "test": "c258ab7ad8b924ca59c56af5c987197b2637f74986e677f2748ac4cc60506fb3",
    },
    instead_of=("imdb_reviews", "imdb"),
)
