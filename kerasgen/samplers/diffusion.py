"""Samplers of diffusion: from noise to an image in steps, given what the network takes each step's image to be.

All work on any noise schedule, in NumPy, and are told `predict(x_t, level)`: the mean image given x_t = alpha x + sigma n at a
log signal-to-noise ratio. With alpha, sigma at a step's start and alpha', sigma' at its end, x^ = predict(x_t) and the noise
n^ = (x_t - alpha x^) / sigma that it implies,

    ddim    x' = alpha' x^ + sqrt(sigma'^2 - s^2) n^ + s z,    s = eta sigma' sqrt(1 - (alpha sigma' / (alpha' sigma))^2)
            Song et al., 2021, arXiv:2010.02502, section 4.1; on a straight path with eta = 0, Euler's method of flow matching
    ddpm    the same with eta = 1: Ho et al., 2020, arXiv:2006.11239, algorithm 2
    heun    Heun's second-order method for dy/du = (y - x^) / u, where y = x_t / alpha and u = sigma / alpha; two predictions a
            step: Karras et al., 2022, arXiv:2206.00364, algorithm 1
    dpm++   x' = sigma'/sigma x_t - alpha' (e^-h - 1) D, h the step in log(alpha / sigma), D the image extrapolated from this
            prediction and the one before: second order at one prediction a step (2M of Lu et al., 2022, arXiv:2211.01095)

All end at alpha' = 1, sigma' = 0 with the prediction itself.
"""

import numpy as np

from kerasgen.schedules.noise import alpha_sigma, log_snr

SAMPLERS = ("ddpm", "ddim", "heun", "dpm++")


def step_levels(schedule, steps, start=1.0, stop=0.0):
    """Log signal-to-noise ratios at the beginning of each step, and of the end: float64 (steps + 1,).

    Times are evenly spaced from `start` to `stop`.
    """
    return log_snr(schedule, np.linspace(start, stop, steps + 1), np)


def run(sampler, predict, x, levels, schedule, eta=None, normal=None, after=None, clean=True):
    """Takes x through all steps.

    Args:
        sampler: One of `SAMPLERS`.
        predict: Function (x_t, level) -> the mean image, an array like x_t.
        x: Array (batch, ...) at the first level.
        levels: Log signal-to-noise ratios, (steps + 1,), rising for samples, falling to go from images to noise.
        schedule: Name of the noise schedule that says alpha and sigma.
        eta: Share of fresh noise of "ddim", from 0 to 1; None for 0.
        normal: Function (step) -> standard normal array like x, needed where fresh noise is drawn.
        after: Function (step, x) -> x, called after each step; None for none.
        clean: Whether the last step ends in an image without noise, whatever the last level.

    Returns:
        float32 array like x.
    """
    x, before = np.asarray(x, "float64"), None
    for step in range(len(levels) - 1):
        last = clean and step == len(levels) - 2
        here, there = (alpha_sigma(schedule, levels[step + i], np) for i in (0, 1))
        there = (1.0, 0.0) if last else there
        image = np.asarray(predict(x.astype("float32"), levels[step]), "float64")
        if sampler == "heun":
            x = heun(x, image, here, there, None if last else lambda y: predict(y.astype("float32"), levels[step + 1]))  # noqa: B023
        elif sampler == "dpm++":
            x, before = dpm(x, image, before, here, there)
        else:
            share = {"ddpm": 1.0}.get(sampler, eta or 0.0)
            x = ddim(x, image, here, there, share, normal(step) if share and not last else 0.0)
        x = x if after is None else after(step, x)
    return x.astype("float32")


def ddim(x, image, here, there, eta, normal):
    (alpha, sigma), (alpha_next, sigma_next) = here, there
    if eta and sigma_next / alpha_next > sigma / alpha:  # back up: noise is added, as `inpaint` does between repeats
        scale = alpha_next / alpha
        return scale * x + np.sqrt(sigma_next**2 - (scale * sigma) ** 2) * normal
    fresh = eta * sigma_next * np.sqrt(max(0.0, 1.0 - (alpha * sigma_next / (alpha_next * sigma)) ** 2)) if eta else 0.0
    implied = (x - alpha * image) / sigma
    return alpha_next * image + np.sqrt(max(0.0, sigma_next**2 - fresh**2)) * implied + fresh * normal


def heun(x, image, here, there, predict_there):
    (alpha, sigma), (alpha_next, sigma_next) = here, there
    y, u, u_next = x / alpha, sigma / alpha, sigma_next / alpha_next
    slope = (y - image) / u
    euler = y + (u_next - u) * slope
    if predict_there is None:
        return alpha_next * euler
    corrected = (euler - np.asarray(predict_there(alpha_next * euler), "float64")) / u_next
    return alpha_next * (y + (u_next - u) * (slope + corrected) / 2)


def dpm(x, image, before, here, there):
    """Returns x at the step's end, and what the next step must know of this one: (its step in log(alpha / sigma), image)."""
    (alpha, sigma), (alpha_next, sigma_next) = here, there
    if sigma_next == 0.0:
        return image, None
    h = np.log(alpha_next / sigma_next) - np.log(alpha / sigma)
    ahead = image if before is None else image + (image - before[1]) * h / (2 * before[0])
    return sigma_next / sigma * x - alpha_next * np.expm1(-h) * ahead, (h, image)
