"""Samplers: how samples are drawn from what a trained model computes. To change them needs no training."""

from kerasgen.samplers.tokens import chosen_tokens, next_token_probabilities

__all__ = ["chosen_tokens", "next_token_probabilities"]
