"""Tiny Shakespeare: one text of a million characters, for models of characters."""

import numpy as np

from kerasgen.data import tfds_reader
from kerasgen.data.registry import DataSet


def read():
    """The splits of TensorFlow Datasets, the last 50,000 characters of the first one for validation."""
    texts = {name: fields["text"][0] for name, fields in tfds_reader.read("tiny_shakespeare").items()}
    cut = {
        "train": texts["train"][:-50_000],
        "validation": texts["train"][-50_000:],
        "test": texts["test"],
        "last_tenth": texts["validation"] + texts["test"],
    }
    return {split: {"text": np.frombuffer(text, "uint8")} for split, text in cut.items()}  # ASCII: a byte is a character


DATA_SET = DataSet(
    name="tiny_shakespeare",
    read=read,
    remote=True,
    licence="public domain",
    redistributable=True,
    source="A. Karpathy, 2015: 40,000 lines from the plays of W. Shakespeare",
    splits="train: the train split of TensorFlow Datasets but its last 50,000 characters, which are the validation; test: as "
    "given (55,770 characters); last_tenth: its validation and test, which is nanoGPT's validation text (111,540)",
    modality="text",
    unit="bytes",
    counted_by="text",
    fields={"text": "uint8 (bytes,), one ASCII text"},
    counts={"train": 953_854, "validation": 50_000, "test": 55_770, "last_tenth": 111_540},
    hashes={
        "train": "35212627d145d51509539083ba77ad79a381386fa53ec38d31869a1a22ee9b3d",
        "validation": "188b6a7841fd37beecff4ceab974dcf910d6eb6c150ab1220ec5e6e2e723333e",
        "test": "1bb9e1d388943ba28fbaa9426472a88b1e5f59a5ce69f5102ec6a4917bbb9bcf",
        "last_tenth": "1d11339239dd13e08fa93780685030e00000860ed1c19dd5c1c127aab56f5021",
    },
)
