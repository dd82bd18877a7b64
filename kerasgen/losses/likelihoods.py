"""Terms of likelihoods and of their bounds, in nats; functions of tensors.

    name       log p(x | parameters) of a pixel x                                     parameters of a pixel
    bernoulli  x log p + (1 - x) log(1 - p),  p = sigmoid(logit), bits x of 0 or 1    logit
    gaussian   log N(x; mean, s^2)                                                    mean, log s before `log_scales`
    logistic   log of the mass of a logistic distribution in the bin of a grey level  mean, log s before `log_scales`

The last is the discretised logistic of Kingma et al., 2016, arXiv:1606.04934, appendix A.3, with the bins of Salimans et al.,
2017, arXiv:1701.05517, section 2.1. Pixels of the last two lie in [-1, 1].
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from kerasgen import checks

LEVELS = 256  # grey levels in [-1, 1]
LEAST_LOG_SCALE = -5.0  # a scale of 0.0067, near the distance of two grey levels: less would be learned by heart


def bernoulli_log_prob(bits, logits):
    """log p of whole images of 0 and 1, both (batch, height, width, channels): (batch,)."""
    return ops.sum(bits * logits - ops.softplus(logits), axis=(1, 2, 3))


def gaussian_log_prob(images, mean, log_scale):
    """log density of whole images, all (batch, height, width, channels): (batch,)."""
    whitened = (images - mean) * ops.exp(-log_scale)
    return -ops.sum(0.5 * ops.square(whitened) + log_scale + 0.9189385332046727, axis=(1, 2, 3))  # log(2 pi) / 2


def discretised_logistic_log_prob(images, mean, log_scale, levels=LEVELS):
    """log probability of the grey levels of whole images, all (batch, height, width, channels): (batch,).

    `levels` values lie evenly from -1 to 1; the outer bins reach to infinity, so that the probabilities sum to 1.
    """
    half = 1.0 / (levels - 1)
    rate = ops.exp(-log_scale)
    above, below = (images + half - mean) * rate, (images - half - mean) * rate  # edges of the bin
    # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), of which every factor has a stable logarithm
    width = 2.0 * half * rate  # for wide distributions 0 in float32, unlike its logarithm
    narrow = math.log(2.0 * half) - log_scale - 0.5 * width
    share = ops.where(width < 1e-3, narrow, ops.log(-ops.expm1(-ops.maximum(width, 1e-3))))
    inside = -ops.softplus(-above) - ops.softplus(below) + share
    first, last = -ops.softplus(-above), -ops.softplus(below)
    log_prob = ops.where(images < -1.0 + half, first, ops.where(images > 1.0 - half, last, inside))
    return ops.sum(log_prob, axis=(1, 2, 3))


def discretised_logistic_mean(mean, log_scale):
    """Mean grey level in [-1, 1], but for the rounding to levels: of a logistic number that is clipped to [-1, 1].

    It is -1 + the integral from -1 to 1 of P(number > x), and where a wide distribution lies at an end of the levels, as that
    of what may be background or a figure does, far from the mean without the ends.
    """
    scale = ops.exp(log_scale)
    above = ops.softplus((mean + 1.0) / scale) - ops.softplus((mean - 1.0) / scale)
    return ops.clip(scale * above - 1.0, -1.0, 1.0)


def log_scales(numbers):
    """Any numbers as logarithms of scales of at least exp(LEAST_LOG_SCALE); 0 stands for a scale of about 0.37."""
    return LEAST_LOG_SCALE + ops.softplus(numbers + 4.0)


def mean_and_log_scale(parameters):
    """(batch, height, width, 2 channels) as mean and logarithm of the scale, each (batch, height, width, channels)."""
    mean, numbers = ops.split(parameters, 2, axis=-1)
    return mean, log_scales(numbers)


class Likelihood(NamedTuple):
    """A distribution of images given the numbers that a decoder puts out.

    parameters: Numbers for each pixel and channel.
    log_prob: (images, numbers) -> (batch,), images in [-1, 1], those of "bernoulli" -1 or 1.
    mean: numbers -> mean images in [-1, 1].
    """

    parameters: int
    log_prob: Callable
    mean: Callable


LIKELIHOODS = {
    "bernoulli": Likelihood(
        1,
        lambda images, logits: bernoulli_log_prob(0.5 * (images + 1.0), logits),
        lambda logits: ops.tanh(0.5 * logits),  # 2 sigmoid(x) - 1
    ),
    "gaussian": Likelihood(
        2,
        lambda images, numbers: gaussian_log_prob(images, *mean_and_log_scale(numbers)),
        lambda numbers: ops.clip(mean_and_log_scale(numbers)[0], -1.0, 1.0),
    ),
    "logistic": Likelihood(
        2,
        lambda images, numbers: discretised_logistic_log_prob(images, *mean_and_log_scale(numbers)),
        lambda numbers: discretised_logistic_mean(*mean_and_log_scale(numbers)),
    ),
}


def likelihood(name):
    """The `Likelihood` of that name.

    Raises:
        ValueError: There is none.
    """
    return LIKELIHOODS[checks.one_of("likelihood", name, tuple(LIKELIHOODS))]


def standard_normal_divergence(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each number, same shape (Kingma & Welling, 2014, arXiv:1312.6114, B)."""
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


def free_divergence(divergence, free_nats):
    """Sum over latents of the divergence's mean over a batch (batch, latent_dim), each counted as at least `free_nats`.

    Below it a latent costs nothing more, so that there is no gain in giving it up (Kingma et al., 2016, arXiv:1606.04934,
    equation 15).
    """
    return ops.sum(ops.maximum(ops.mean(divergence, axis=0), free_nats))
