"""Scores of denoisers: how much nearer to the clean image they bring one that was damaged in a known way."""

import numpy as np

from kerasgen import metrics, noise
from kerasgen.data import to_float_images
from kerasgen.scores.intervals import with_interval

NOISE_SEED = 2024
SIGMAS = (0.2, 0.4, 0.6)  # deviations of the noise, pixels in [0, 1]
LEADING = 0.4
SQUARE = 8  # pixels a side


def with_noise(images, sigma, seed=NOISE_SEED):
    """Images in [-1, 1] with Gaussian noise of deviation `sigma` on pixels in [0, 1], not clipped; image i's is its own."""
    return images + np.float32(2 * sigma) * noise.normal(images.shape[1:], seed, 0, len(images))


def with_salt_and_pepper(images, share=0.2, seed=NOISE_SEED):
    """Images of which that share of the places is white or black, each as likely."""
    places = noise.uniform((*images.shape[1:3], 1), seed, 0, len(images))
    return np.where(places < share / 2, np.float32(-1), np.where(places < share, np.float32(1), images))


def with_missing_square(images, size=SQUARE, seed=NOISE_SEED):
    """Images with a grey square at a random place each."""
    height, width = images.shape[1:3]
    corners = (noise.uniform((2,), seed, 0, len(images)) * (height - size + 1, width - size + 1)).astype("int64")
    rows, columns = np.arange(height)[:, None] - corners[:, 0, None, None], np.arange(width) - corners[:, 1, None, None]
    inside = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
    return np.where(inside[..., None], np.float32(0), images)


DAMAGES = {  # name: (in words, function)
    **{f"noise_{round(100 * sigma)}": (f"noise {sigma}", lambda x, sigma=sigma: with_noise(x, sigma)) for sigma in SIGMAS},
    "salt_pepper": ("a fifth salt and pepper (not trained for)", with_salt_and_pepper),
    "square": (f"a missing square of {SQUARE}x{SQUARE} (not trained for)", with_missing_square),
}


def validate_denoising(sigma=LEADING, count=1000):
    """Returns a `validate` function: the gain in dB on the first validation images with noise of that deviation."""

    def validate(model, splits):
        images = to_float_images(splits["validation"]["image"][:count])
        noisy = with_noise(images, sigma)
        return {"psnr_gain": float(np.mean(metrics.psnr(model.denoise(noisy), images) - metrics.psnr(clipped(noisy), images)))}

    return validate


def score_denoising():
    """Returns a `score` function for models with `denoise`: on test images damaged in the ways of `DAMAGES`."""

    def score(model, splits, full=True):
        images, scores = to_float_images(splits["test"]["image"]), {}
        for name, (words, damage) in DAMAGES.items():
            damaged = damage(images)
            leading = name == f"noise_{round(100 * LEADING)}"
            scores |= gains(name, words, images, clipped(damaged), model.denoise(damaged), leading)
        return scores

    return score


def clipped(images):
    return np.clip(images, -1.0, 1.0)


def gains(name, words, images, damaged, cleaned, leading=False):
    """Scores of cleaned images, and how much better they are than the damaged ones, clipped to [-1, 1]."""
    scores = {}
    for key, metric, label in (("psnr", metrics.psnr, "PSNR in dB"), ("ssim", metrics.ssim, "SSIM")):
        before, after = metric(damaged, images), metric(cleaned, images)
        protocol = f"test images, {words}; image by image, deviations of pixels in [0, 1]"
        scores[f"{key}_{name}"] = with_interval(np.mean, after, protocol=protocol, label=f"{label}, {words}", better="higher")
        scores[f"{key}_gain_{name}"] = with_interval(
            np.mean,
            after - before,
            protocol=f"{protocol}; over the damaged image clipped to the range, {np.mean(before):.4g}",
            label=f"gain of {label}, {words}",
            better="higher",
            leading=leading and key == "psnr",
        )
    return scores


def picture(model, splits, count=10):
    """Test images with noise of 0.2, 0.4 and 0.6, a missing square, and what the model makes of each; in rows of `count`."""
    images, rows = to_float_images(splits["test"]["image"][:count]), []
    for name in (*(f"noise_{round(100 * sigma)}" for sigma in SIGMAS), "salt_pepper", "square"):
        damaged = DAMAGES[name][1](images)
        rows += [clipped(damaged), model.denoise(damaged)]
    return np.concatenate([*rows, images])
