"""Data sets as named splits of NumPy arrays, and the batches that training draws from them."""

from kerasgen.data import crawl_tiles  # noqa: F401  registers its data set
from kerasgen.data.batches import Batches
from kerasgen.data.binary import binarise
from kerasgen.data.ranges import to_float_images, to_uint8_images
from kerasgen.data.registry import DataSet, describe, fingerprint, load, names, register
from kerasgen.data.text import TextBatches, to_text

__all__ = [
    "Batches",
    "DataSet",
    "TextBatches",
    "binarise",
    "describe",
    "fingerprint",
    "load",
    "names",
    "register",
    "to_float_images",
    "to_text",
    "to_uint8_images",
]
