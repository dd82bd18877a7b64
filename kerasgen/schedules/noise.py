"""Noise schedules of diffusion: how much of an image is left at which time.

At time t in [0, 1], an image x has become x_t = alpha x + sigma n, n ~ N(0, I): all image at 0, all noise at 1. What matters
of a schedule is its logarithmic signal-to-noise ratio (Kingma et al., 2021, arXiv:2107.00630, section 3)

    l(t) = log(alpha^2 / sigma^2),

which falls with t. Where variance is preserved, alpha^2 = sigmoid(l) and sigma^2 = sigmoid(-l); on a straight path
alpha + sigma = 1. All functions take tensors with `keras.ops` (the default), and NumPy arrays with `math=np`, at their own
precision.
"""

import numpy as np
from keras import ops

LIMIT = 13.0  # of log signal-to-noise ratios: noise of 1/665 of the image's scale, and of 665 times it


def cosine(t, math=ops):
    """alpha = cos(pi t / 2): Nichol & Dhariwal, 2021, arXiv:2102.09672, section 3.2, without their shift."""
    return -2.0 * math.log(math.tan(np.pi / 2 * math.clip(t, 1e-4, 1.0 - 1e-4)))


def linear(t, math=ops):
    """Noise added at a rate that grows in a straight line: Ho et al., 2020, arXiv:2006.11239, section 4, in continuous time.

    With rates from 0.1 to 20, as Song et al. (2021, arXiv:2011.13456, appendix C) give them.
    """
    t = math.clip(t, 1e-6, 1.0)
    return -math.log(math.expm1(0.1 * t + 9.95 * t * t))


def edm(t, math=ops):
    """sigma / alpha from 0.002 to 80, even steps in its seventh root: Karras et al., 2022, arXiv:2206.00364, equation 5."""
    low, high = 0.002 ** (1 / 7), 80.0 ** (1 / 7)
    return -14.0 * math.log(low + t * (high - low))


def straight(t, math=ops):
    """alpha = 1 - t, sigma = t: the path of flow matching (Lipman et al., 2023, arXiv:2210.02747; Liu et al., 2023)."""
    t = math.clip(t, 1e-4, 1.0 - 1e-4)
    return 2.0 * math.log((1.0 - t) / t)


SCHEDULES = {"cosine": cosine, "linear": linear, "edm": edm, "straight": straight}


def log_snr(schedule, t, math=ops):
    """l(t) of the schedule of that name, within -13 .. 13."""
    return math.clip(SCHEDULES[schedule](t, math), -LIMIT, LIMIT)


def alpha_sigma(schedule, level, math=ops):
    """(alpha, sigma) at a log signal-to-noise ratio."""
    if schedule == "straight":
        return 1.0 / (1.0 + math.exp(-level / 2)), 1.0 / (1.0 + math.exp(level / 2))
    return math.sqrt(1.0 / (1.0 + math.exp(-level))), math.sqrt(1.0 / (1.0 + math.exp(level)))
