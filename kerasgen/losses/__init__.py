"""Losses: functions of tensors. Those that a configuration names stand in a table."""

from kerasgen.losses.adversarial import ADVERSARIAL, adversarial
from kerasgen.losses.likelihoods import (
    LIKELIHOODS,
    bernoulli_log_prob,
    discretised_logistic_log_prob,
    free_divergence,
    gaussian_log_prob,
    likelihood,
    standard_normal_divergence,
)

__all__ = [
    "ADVERSARIAL",
    "LIKELIHOODS",
    "adversarial",
    "bernoulli_log_prob",
    "discretised_logistic_log_prob",
    "free_divergence",
    "gaussian_log_prob",
    "likelihood",
    "standard_normal_divergence",
]
