"""Binarised MNIST: bits as images of black and white."""

import numpy as np

from kerasgen.data import tfds_reader
from kerasgen.data.sets import binarized_mnist


def test_bits_become_black_and_white(monkeypatch):
    given = {"train": {"image": np.array([[0, 1], [255, 0]], "uint8")}}
    monkeypatch.setattr(tfds_reader, "read", lambda name: given)
    image = binarized_mnist.read()["train"]["image"]
    assert image.dtype == np.uint8 and image.tolist() == [[0, 255], [255, 0]]
