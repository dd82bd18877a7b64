"""The next token of a text: from a model's logits to probabilities, and from these and uniform numbers to a choice."""

import numpy as np


def next_token_probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """Probabilities of the next token after temperature, then `top_k`, then `top_p`.

    Args:
        logits: (count, vocabulary_size), natural-log probabilities up to a constant a row; -inf for what cannot be.
        temperature: Divides the logits, at least 0; at 0 the likeliest token (the first of several) has probability one.
        top_k: Keep the k likeliest tokens only (Fan et al., 2018, arXiv:1805.04833); None for all.
        top_p: Keep the fewest tokens whose probabilities sum to p (Holtzman et al., 2020, arXiv:1904.09751); None for all.

    Returns:
        float64 array (count, vocabulary_size); rows sum to one.
    """
    logits = np.asarray(logits, "float64")
    if temperature == 0:
        return np.eye(logits.shape[1])[np.argmax(logits, axis=1)]
    exponentials = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    order = np.argsort(-exponentials, axis=1, kind="stable")  # likeliest first
    ranked = np.take_along_axis(exponentials, order, axis=1)
    if top_k is not None:
        ranked[:, top_k:] = 0
    ranked /= ranked.sum(axis=1, keepdims=True)
    if top_p is not None:
        ranked[np.cumsum(ranked, axis=1) - ranked >= top_p] = 0  # a token stays if those before it do not reach p
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
