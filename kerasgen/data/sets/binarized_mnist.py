"""MNIST as fixed bits: Larochelle's draw, for which many likelihoods are published."""

import numpy as np

from kerasgen.data import tfds_reader
from kerasgen.data.registry import DataSet


def read():
    """The bits as images of 0 and 255."""
    splits = tfds_reader.read("binarized_mnist")
    return {split: {"image": (fields["image"] > 0).astype("uint8") * np.uint8(255)} for split, fields in splits.items()}


DATA_SET = DataSet(
    name="binarized_mnist",
    read=read,
    remote=True,
    licence="no licence file; MNIST is commonly given as CC BY-SA 3.0",
    source="H. Larochelle & I. Murray, 2011, after R. Salakhutdinov & I. Murray, 2008: MNIST, each pixel drawn once as a bit",
    splits="as given (50,000, 10,000 and 10,000)",
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 28, 28, 1), 0 or 255"},
    counts={"train": 50_000, "validation": 10_000, "test": 10_000},
    hashes={
        "train": "63a7569865b15c39e56836b01b809ae47dbe7b33d2ae90e8a7f3a092977f51cb",
        "validation": "32c2dc06a9226f207b2c6ec976db19da5bb265e234570177102c088269392c30",
        "test": "c9472c9d8e439670731c27834e4545945f16682d29279eba6b2abfee48b5734f",
    },
)
