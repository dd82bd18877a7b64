"""Layers that at least two models share."""

from kerasgen.layers.weight_average import WeightAverage

__all__ = ["WeightAverage"]
