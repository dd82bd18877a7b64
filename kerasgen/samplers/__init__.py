"""Samplers: how samples are drawn from what a trained model computes. To change them needs no training."""

from kerasgen.samplers.beam import beam_search
from kerasgen.samplers.tokens import TokenChoice, chosen_tokens, log_softmax, next_token_probabilities
from kerasgen.samplers.writer import Writer

__all__ = ["TokenChoice", "Writer", "beam_search", "chosen_tokens", "log_softmax", "next_token_probabilities"]
