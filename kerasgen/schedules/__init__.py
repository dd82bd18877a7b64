"""Schedules: what changes in the course of a training, as functions of its steps."""

from kerasgen.schedules.beta import linear_warmup
from kerasgen.schedules.rates import half_cosine

__all__ = ["half_cosine", "linear_warmup"]
