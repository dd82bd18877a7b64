"""The variational bound of a diffusion model on the likelihood of 8-bit images.

Kingma et al., 2021, arXiv:2107.00630, section 4: with z_l = alpha x + sigma n at the log signal-to-noise ratio l, and the
model's mean image x^(z_l, l),

    -log p(x)  <=  KL(q(z | x) at the noisiest level || N(0, I))  -  E[log p(x | z at the cleanest)]
                   + 1/2 integral over l of e^l E|x - x^(z_l, l)|^2

where p(x | z) takes each grey level in proportion to the density that it would give z.
"""

import numpy as np

STEP = 2.0 / 255.0  # between grey levels in [-1, 1]
NEIGHBOURS = np.arange(-8, 9)  # grey levels farther away get nothing at the cleanest level


def diffusion_bound(images, predict, alpha_sigma, ends, samples, shifts, normal):
    """The lower bound on log p(x), in nats: float32 (count,).

    Args:
        images: float array (count, height, width, channels) in [-1, 1]; values count as the nearest of 256 grey levels.
        predict: Function (z, level) -> mean images, like z.
        alpha_sigma: Function of a level, an array too -> (alpha, sigma).
        ends: (noisiest, cleanest) log signal-to-noise ratios.
        samples: Levels at which the integral is sampled, one in each of as many equal parts.
        shifts: Where in its part each image's level lies, (count,) in [0, 1).
        normal: Function (i) -> standard normal array like `images`, for levels 0 .. samples - 1 and, at `samples`, the
            cleanest.
    """
    x = np.round((np.asarray(images, "float64") + 1.0) / STEP) * STEP - 1.0
    total = lambda terms: terms.sum(axis=(1, 2, 3))  # noqa: E731
    low, high = ends
    alpha, sigma = alpha_sigma(low)
    prior = total(0.5 * (alpha**2 * x**2 + sigma**2 - 1.0 - np.log(sigma**2)))

    alpha, sigma = alpha_sigma(high)
    off = sigma / alpha * normal(samples).astype("float64")  # where z / alpha lies from the grey level
    inside = lambda k: (x + k * STEP > -1.0 - STEP / 2) & (x + k * STEP < 1.0 + STEP / 2)  # noqa: E731
    scores = [np.where(inside(k), -0.5 * ((off - k * STEP) * alpha / sigma) ** 2, -np.inf) for k in NEIGHBOURS]
    reconstruction = total(scores[len(scores) // 2] - np.logaddexp.reduce(scores))

    integral = 0.0
    for i in range(samples):
        levels = low + (high - low) * (i + shifts.astype("float64")) / samples
        by_image = levels[:, None, None, None]
        alpha, sigma = alpha_sigma(by_image)
        z = alpha * x + sigma * normal(i)
        error = np.square(x - predict(z.astype("float32"), levels))
        integral = integral + 0.5 * (high - low) / samples * total(np.exp(by_image) * error)
    return (reconstruction - prior - integral).astype("float32")
