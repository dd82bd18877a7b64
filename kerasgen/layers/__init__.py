"""Layers that at least two models share."""

from kerasgen.layers.diff_augment import DiffAugment
from kerasgen.layers.weight_average import WeightAverage
from kerasgen.layers.weight_drop_lstm import WeightDropLSTM

__all__ = ["DiffAugment", "WeightAverage", "WeightDropLSTM"]
