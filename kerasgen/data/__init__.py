"""Data sets as named splits of NumPy arrays, and the batches that training draws from them.

Neither Keras nor any data set is imported until it is used.
"""

import importlib

from kerasgen.data.binary import binarise
from kerasgen.data.ragged import from_strings, take, to_sequences, to_strings, to_text
from kerasgen.data.ranges import to_float_images, to_uint8_images
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet, describe, fingerprint, load, names, register
from kerasgen.data.splitting import split

_NEED_KERAS = {"Batches": "kerasgen.data.batches", "TextBatches": "kerasgen.data.text"}

__all__ = [
    "Batches",
    "DataSet",
    "RawFile",
    "TextBatches",
    "binarise",
    "describe",
    "fingerprint",
    "from_strings",
    "load",
    "names",
    "register",
    "split",
    "take",
    "to_float_images",
    "to_sequences",
    "to_strings",
    "to_text",
    "to_uint8_images",
]


def __getattr__(name):
    if name in _NEED_KERAS:
        return getattr(importlib.import_module(_NEED_KERAS[name]), name)
    raise AttributeError(f"module 'kerasgen.data' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
