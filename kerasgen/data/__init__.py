"""Data sets as named splits of NumPy arrays, and the batches that training draws from them."""

from kerasgen.data.batches import Batches
from kerasgen.data.ranges import to_float_images, to_uint8_images
from kerasgen.data.registry import DataSet, describe, fingerprint, load, names, register

__all__ = [
    "Batches",
    "DataSet",
    "describe",
    "fingerprint",
    "load",
    "names",
    "register",
    "to_float_images",
    "to_uint8_images",
]
