"""Images as bits: the binarisations for which MNIST likelihoods are published. Their numbers are not comparable."""

import numpy as np

from kerasgen import checks, noise


def binarise(images, seed):
    """Draws each pixel once as a bit with its grey level as probability ("dynamic" binarisation, with a given seed).

    Salakhutdinov & Murray, 2008, section 4.3. Image i depends on (seed, i) alone.

    Args:
        images: uint8 array (count, height, width, channels).
        seed: Integer in 0 .. 2**63 - 1.

    Returns:
        float32 array of -1 and 1, same shape.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or len(images) == 0:
        raise ValueError(
            f"images must be uint8 (count, height, width, channels), at least one; received {images.dtype} {images.shape}."
        )
    uniform = noise.uniform(images.shape[1:], checks.seed(seed), 0, len(images))
    return np.where(uniform * 255 < images, 1.0, -1.0).astype("float32")
