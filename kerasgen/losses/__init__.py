"""Losses: functions of tensors, chosen by name in a model's configuration."""

from kerasgen.losses.adversarial import ADVERSARIAL, adversarial

__all__ = ["ADVERSARIAL", "adversarial"]
