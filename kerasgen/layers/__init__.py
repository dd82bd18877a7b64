"""Layers that at least two models share."""

from kerasgen.layers.coupling import ChannelMix, Coupling
from kerasgen.layers.crf import CRF
from kerasgen.layers.diff_augment import DiffAugment
from kerasgen.layers.memory import MemoryCell
from kerasgen.layers.self_attention import SelfAttention
from kerasgen.layers.spectral_norm import SpectralConv2D, SpectralDense, power_iteration
from kerasgen.layers.weight_average import WeightAverage
from kerasgen.layers.weight_drop_gru import WeightDropGRU
from kerasgen.layers.weight_drop_lstm import WeightDropLSTM

__all__ = [
    "CRF",
    "ChannelMix",
    "Coupling",
    "DiffAugment",
    "MemoryCell",
    "SelfAttention",
    "SpectralConv2D",
    "SpectralDense",
    "WeightAverage",
    "WeightDropGRU",
    "WeightDropLSTM",
    "power_iteration",
]
