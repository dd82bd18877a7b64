"""The next token of a text: from a model's logits to probabilities, and from these and uniform numbers to a choice."""

import dataclasses

import numpy as np

from kerasgen import checks


@dataclasses.dataclass(frozen=True)
class TokenChoice:
    """How the next token is chosen from the probabilities that a model gives to each.

    Args:
        temperature: Divides the logits, 0 to 100: below 1 for safer, above 1 for wilder text; 0 takes the likeliest token.
        top_k: Choose among the k likeliest tokens only (Fan et al., 2018, arXiv:1805.04833); None for all.
        top_p: Choose among the fewest tokens whose probabilities sum to p (Holtzman et al., 2020, arXiv:1904.09751), in (0, 1].
        min_p: Choose among the tokens at least this times as probable as the likeliest (Nguyen et al., 2024, arXiv:2407.01082),
            in (0, 1].
        repetition_penalty: Factor, 1 to 100, of the log-probability of a token that the text already holds (Keskar et al.,
            2019, arXiv:1909.05858, section 4.1; there of logits, which are known only up to a constant).
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None

    def check(self, vocabulary_size):
        """Raises a ValueError unless every value is in its range; returns itself."""
        checks.number("temperature", self.temperature, 0, 100)
        if self.top_k is not None:
            checks.integer("top_k", self.top_k, 1, vocabulary_size)
        for name in ("top_p", "min_p"):
            value = getattr(self, name)
            if value is not None and checks.number(name, value, 0, 1) == 0:
                raise ValueError(f"{name} must be above 0; received 0.")
        if self.repetition_penalty is not None:
            checks.number("repetition_penalty", self.repetition_penalty, 1, 100)
        return self

    def __call__(self, logits, uniform, seen=None):
        """One token a row, int64 (count,).

        Args:
            logits: (count, vocabulary_size), up to a constant a row.
            uniform: (count,), numbers in [0, 1).
            seen: bool (count, vocabulary_size), the tokens that each text already holds; only for a repetition penalty.
        """
        if self.repetition_penalty is not None:
            logits = log_softmax(logits)
            logits = np.where(seen, self.repetition_penalty * logits, logits)
        chances = next_token_probabilities(logits, self.temperature, self.top_k, self.top_p, self.min_p)
        return chosen_tokens(chances, uniform)


def log_softmax(logits):
    """Natural-log probabilities of logits along the last axis, float64."""
    logits = np.asarray(logits, "float64")
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))


def next_token_probabilities(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    """Probabilities of the next token after temperature, then `top_k`, then `top_p`, then `min_p`.

    Args:
        logits: (count, vocabulary_size), natural-log probabilities up to a constant a row; -inf for what cannot be.
        temperature, top_k, top_p, min_p: As in `TokenChoice`; at temperature 0 the first of the likeliest has probability one.

    Returns:
        float64 array (count, vocabulary_size); rows sum to one.
    """
    logits = np.asarray(logits, "float64")
    if temperature == 0:
        return np.float64(np.arange(logits.shape[1]) == np.argmax(logits, axis=1)[:, None])
    exponentials = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    order = np.argsort(-exponentials, axis=1, kind="stable")  # likeliest first
    ranked = np.take_along_axis(exponentials, order, axis=1)
    if top_k is not None:
        ranked[:, top_k:] = 0
    ranked /= ranked.sum(axis=1, keepdims=True)
    if top_p is not None:
        ranked[np.cumsum(ranked, axis=1) - ranked >= top_p] = 0  # a token stays if those before it do not reach p
    if min_p is not None:
        ranked[ranked < min_p * ranked[:, :1]] = 0
    ranked /= ranked.sum(axis=1, keepdims=True)
    probabilities = np.zeros_like(ranked)
    np.put_along_axis(probabilities, order, ranked, axis=1)
    return probabilities


def chosen_tokens(probabilities, uniform):
    """One token a row: [0, 1) is cut into an interval for each token, as long as its probability, and a number falls into one.

    Args:
        probabilities: (count, vocabulary_size), at least 0; rows need not sum to one exactly.
        uniform: (count,), numbers in [0, 1). Row i depends on number i alone, whatever else is drawn beside it.

    Returns:
        int64 array (count,); no token of probability 0 is chosen.
    """
    edges = np.cumsum(probabilities, axis=1)
    return np.sum(edges <= uniform[:, None] * edges[:, -1:], axis=1)
