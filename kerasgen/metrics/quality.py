"""How near images are to the ones they should be: peak signal-to-noise ratio and structural similarity, image by image."""

import numpy as np

from kerasgen.metrics.checks import real_array, require

RADIUS, DEVIATION = 5, 1.5  # of the window, in pixels: Wang et al., 2004, section III-C
BLOCK = 500  # images whose local moments are held at once


def psnr(images, references):
    """Peak signal-to-noise ratio in dB, 10 log10(range^2 / mean squared error): float64 (count,), infinite for equal images.

    Args:
        images, references: Real numbers (count, height, width, channels) in [-1, 1], the range of length 2.

    Raises:
        ValueError: An argument does not fit.
    """
    images, references = _pair(images, references)
    errors = np.mean(np.square(images.astype("float64") - references), axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(4.0 / errors)


def ssim(images, references):
    """Structural similarity with a Gaussian window, 1 where both are equal: float64 (count,), means over places and channels.

    Means, variances and the covariance are those under a window of 11 x 11 pixels around each place at which all of it lies
    within the image, with the constants (0.01 range)^2 and (0.03 range)^2.

    Args:
        images, references: Real numbers (count, height, width, channels) in [-1, 1], height and width at least 11.

    Raises:
        ValueError: An argument does not fit.

    Reference: Wang, Bovik, Sheikh & Simoncelli, 2004, "Image quality assessment: from error visibility to structural
    similarity", equation 13 and section III-C.
    """
    images, references = _pair(images, references)
    least = 2 * RADIUS + 1
    require(min(images.shape[1:3]) >= least, "images", f"at least {least} pixels high and wide", f"shape {images.shape}")
    parts = [_ssim(images[i : i + BLOCK], references[i : i + BLOCK]) for i in range(0, len(images), BLOCK)]
    return np.concatenate(parts)


def _ssim(x, y):
    x, y = x.astype("float64"), y.astype("float64")
    mean_x, mean_y = _local_means(x), _local_means(y)
    variances = _local_means(x * x) - mean_x**2 + _local_means(y * y) - mean_y**2
    covariance = _local_means(x * y) - mean_x * mean_y
    first, second = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    brightness = (2 * mean_x * mean_y + first) / (mean_x**2 + mean_y**2 + first)
    return np.mean(brightness * (2 * covariance + second) / (variances + second), axis=(1, 2, 3))


def _local_means(images):
    """Weighted means under the window, at all places where it fits."""
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / DEVIATION) ** 2)
    weights /= weights.sum()
    for axis in (1, 2):
        size = images.shape[axis] - 2 * RADIUS
        images = sum(w * np.take(images, range(k, k + size), axis=axis) for k, w in enumerate(weights))
    return images


def _pair(images, references):
    images, references = real_array("images", images), real_array("references", references)
    require(images.ndim == 4 and len(images), "images", "of shape (count, height, width, channels)", f"shape {images.shape}")
    require(references.shape == images.shape, "references", f"of the images' shape {images.shape}", references.shape)
    for name, array in (("images", images), ("references", references)):
        low, high = float(array.min()), float(array.max())
        require(low >= -1.001 and high <= 1.001, name, "in [-1, 1]", f"values from {low:.4g} to {high:.4g}")
    return images, references
