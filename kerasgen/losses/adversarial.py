"""What a discriminator D and a generator G minimise, as functions of the logits D(x) of real and D(G(z)) of generated images.

    name             discriminator                                        generator
    non_saturating   E[softplus(-D(x))] + E[softplus(D(G(z)))]            E[softplus(-D(G(z)))]
    minimax          the same                                             -E[softplus(D(G(z)))]
    hinge            E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]         -E[D(G(z))]
    least_squares    1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]               1/2 E[(D(G(z)) - 1)^2]
    wasserstein      -E[D(x)] + E[D(G(z))]                                -E[D(G(z))]

With probabilities p = sigmoid(D), the first line of minimax is -E[log p(x)] - E[log(1 - p(G(z)))], at best log 4 for equal
distributions; its generator maximises the second term, whose slope vanishes where D is sure (Goodfellow et al., 2014,
arXiv:1406.2661, section 3, which therefore recommends the first line of the table). Hinge: Lim & Ye, 2017, arXiv:1705.02894;
Miyato et al., 2018, arXiv:1802.05957, equations 16-17. Least squares: Mao et al., 2017, arXiv:1611.04076, equation 9.
Wasserstein: Arjovsky et al., 2017, arXiv:1701.07875, equation 2; other means must keep its D from growing steep.

One-sided label smoothing (Salimans et al., 2016, arXiv:1606.03498, section 3.4) moves the discriminator's target for real
images from 1 to 1 - label_smoothing, where a loss has such a target.
"""

import functools

from keras import ops

from kerasgen import checks


def logistic_discriminator(real, fake, label_smoothing=0.0):
    """Binary cross-entropy of real (1) against generated (0), in nats."""
    loss = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    if label_smoothing:
        loss += label_smoothing * ops.mean(real)  # softplus(x) - softplus(-x) = x
    return loss


def non_saturating_generator(fake):
    """Cross-entropy of generated images taken for real."""
    return ops.mean(ops.softplus(-fake))


def minimax_generator(fake):
    """Minus the discriminator's cross-entropy of generated images."""
    return -ops.mean(ops.softplus(fake))


def hinge_discriminator(real, fake):
    """The distance of logits from 1 for real and from -1 for generated images; beyond these nothing is to be gained."""
    return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))


def least_squares_discriminator(real, fake, label_smoothing=0.0):
    """Half the squared distance from 1 for real and from 0 for generated images."""
    return 0.5 * (ops.mean(ops.square(real - (1.0 - label_smoothing))) + ops.mean(ops.square(fake)))


def least_squares_generator(fake):
    """Half the squared distance of generated images from 1."""
    return 0.5 * ops.mean(ops.square(fake - 1.0))


def wasserstein_critic(real, fake):
    """Minus the difference of means, whose largest value over slopes of at most 1 is the Wasserstein distance."""
    return ops.mean(fake) - ops.mean(real)


def linear_generator(fake):
    """Minus the mean logit."""
    return -ops.mean(fake)


ADVERSARIAL = {
    "non_saturating": (logistic_discriminator, non_saturating_generator),
    "minimax": (logistic_discriminator, minimax_generator),
    "hinge": (hinge_discriminator, linear_generator),
    "least_squares": (least_squares_discriminator, least_squares_generator),
    "wasserstein": (wasserstein_critic, linear_generator),
}
SMOOTHED = ("non_saturating", "minimax", "least_squares")


def adversarial(loss, label_smoothing=0.0):
    """Returns (discriminator's loss of (real, fake) logits, generator's loss of fake logits), each a function to a scalar.

    Args:
        loss: A key of `ADVERSARIAL`.
        label_smoothing: How far the target of real images lies below 1, in [0, 0.5]; for losses that have a target.

    Raises:
        ValueError: Unknown loss, or a smoothing that is out of range or has nothing to smooth.
    """
    checks.one_of("loss", loss, tuple(ADVERSARIAL))
    discriminator, generator = ADVERSARIAL[loss]
    if checks.number("label_smoothing", label_smoothing, 0, 0.5) == 0:
        return discriminator, generator
    if loss not in SMOOTHED:
        raise ValueError(
            f"label_smoothing must be 0 with loss={loss!r}, which has no targets (those of {', '.join(SMOOTHED)} can be "
            f"smoothed); received {label_smoothing!r}."
        )
    return functools.partial(discriminator, label_smoothing=label_smoothing), generator
