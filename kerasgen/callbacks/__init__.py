"""Callbacks that watch a training; none of them imports a model."""

from kerasgen.callbacks.budget import Budget
from kerasgen.callbacks.failure_detector import FailureDetector
from kerasgen.callbacks.findings import Finding
from kerasgen.guards import RequireBatches, StopOnNaN

__all__ = ["Budget", "FailureDetector", "Finding", "RequireBatches", "StopOnNaN"]
