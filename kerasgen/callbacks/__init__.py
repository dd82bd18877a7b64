"""Callbacks that watch a training; none of them imports a model."""

from kerasgen.callbacks.budget import Budget
from kerasgen.callbacks.failure_detector import FailureDetector, Finding
from kerasgen.callbacks.require_batches import RequireBatches
from kerasgen.callbacks.stop_on_nan import StopOnNaN

__all__ = ["Budget", "FailureDetector", "Finding", "RequireBatches", "StopOnNaN"]
