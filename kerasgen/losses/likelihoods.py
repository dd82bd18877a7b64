"""Terms of likelihoods and of their bounds, in nats; functions of tensors."""

from keras import ops


def bernoulli_log_prob(bits, logits):
    """log p of whole images of 0 and 1, both (batch, height, width, channels): (batch,)."""
    return ops.sum(bits * logits - ops.softplus(logits), axis=(1, 2, 3))


def standard_normal_divergence(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each number, same shape (Kingma & Welling, 2014, arXiv:1312.6114, B)."""
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)
