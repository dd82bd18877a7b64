"""Losses: functions of tensors. Those that a configuration names stand in a table."""

from kerasgen.losses.adversarial import ADVERSARIAL, adversarial
from kerasgen.losses.likelihoods import bernoulli_log_prob, standard_normal_divergence

__all__ = ["ADVERSARIAL", "adversarial", "bernoulli_log_prob", "standard_normal_divergence"]
