"""MNIST: handwritten digits, 28x28, grey."""

from kerasgen.data import tfds_reader
from kerasgen.data.registry import DataSet


def read():
    return tfds_reader.image_classes("mnist")


DATA_SET = DataSet(
    name="mnist",
    read=read,
    remote=True,
    licence="no licence file; commonly given as CC BY-SA 3.0",
    source="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
    splits=tfds_reader.IMAGE_SPLITS,
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 28, 28, 1), white on black", "label": "int64 (count,), the digit"},
    labels={"label": tuple("0123456789")},
    counts={"train": 50_000, "validation": 10_000, "test": 10_000},
    hashes={
        "train": "690164372edf5e651289483d326c103aea55c3358d649ec9e64b993e8788d0d7",
        "validation": "bc46a59cc40f0aaec9d00139b38bb1d935b0c70827f9e54adf35a47892a7c719",
        "test": "482875a4fa2789fcbfdfb079232c39b7ed1a9fbe63528ad20a86d473f1fbb40c",
    },
)
