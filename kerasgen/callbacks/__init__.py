"""Callbacks that watch a training; none of them imports a model."""

from kerasgen.callbacks.stop_on_nan import StopOnNaN

__all__ = ["StopOnNaN"]
