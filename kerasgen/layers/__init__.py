"""Layers that at least two models share."""

from kerasgen.layers.weight_average import WeightAverage
from kerasgen.layers.weight_drop_lstm import WeightDropLSTM

__all__ = ["WeightAverage", "WeightDropLSTM"]
