"""Mixture of Gaussians over images of 256 grey levels: of factor analysers, most usefully.

The mixture is that of gaussian_mixture.py, over all pixels of an image in a row. Ghahramani & Hinton, 1996, "The EM algorithm
for mixtures of factor analyzers"; Richardson & Weiss, 2018, "On GANs and GMMs", arXiv:1805.12462, section 3, on whole images.
A density needs continuous data, and of grey levels alone it could be made as high as one likes (Theis, van den Oord & Bethge,
2016, arXiv:1511.01844, section 3.1): a grey level k stands for the numbers between k / 128 - 1 and (k + 1) / 128 - 1, of which
a fit takes one, always the same for the same data, so that EM stays EM. The probability of an 8-bit image x is bounded by

    log p(x) >= E_u[log p(v)] - D log 128,    v = (k + u) / 128 - 1,    u uniform in [0, 1]^D

with D pixels.
"""

import math

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.models.mixture.conditionals import conditioned
from kerasgen.models.mixture.gaussian_mixture import COMPONENTS, GaussianMixture

DEQUANTISATION = 16  # first stream of the noise between grey levels
BATCH = 1000  # images whose noise is held at once


@keras.saving.register_keras_serializable("kerasgen")
class ImageMixture(GaussianMixture):
    """Mixture of Gaussians over images.

    Args:
        image_shape: (height, width, channels).
        components, covariance, rank: As for `GaussianMixture`.
        min_variance: Least variance of a pixel's noise (in any direction, of "full"), where pixels are in [-1, 1]. The noise
            between grey levels alone has 5e-6; a border that is black in all training images is otherwise learned by heart.
        seed: Seed of the first centres, and of the noise of the training images; None for arbitrary centres.
    """

    capabilities = ("sample", "log_prob", "posterior", "elbo", "iw_bound", "complete")
    cannot = {"reconstruct": "it has no decoder; `complete` and `fill` give pixels that are missing"}

    def __init__(
        self, image_shape=(28, 28, 1), components=10, covariance="factor", rank=4, min_variance=1e-3, seed=None, **kwargs
    ):
        super().__init__(components, covariance, min_variance, rank, seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape)

    # Fitting

    def learn(self, x, y=None):
        return super().learn(self.dequantised(levels(x), self.seed or 0))

    def measure(self, x, y=None):
        return super().measure(self.dequantised(levels(x), self.seed or 0))

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: ImageMixture learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def dequantised(self, grey, seed, stream=0, first=0):
        """Rows of continuous pixels in [-1, 1] of grey levels: float64 (count, pixels). Image i depends on (seed, i) alone."""
        u = noise.uniform(self.image_shape, seed, first, first + len(grey), DEQUANTISATION + stream)
        return ((grey.astype("float64") + u) / 128 - 1).reshape(len(grey), -1)

    # Verbs

    def sample(self, count=16, seed=0, start=0, batch_size=256):
        """Draws images: float32 (count, height, width, channels), in [-1, 1], where what is beyond black and white is cut.

        Arguments and errors are those of `GaussianMixture.sample`.
        """
        return np.clip(self.as_images(super().sample(count, seed, start, batch_size)), -1, 1)

    def log_prob(self, images):
        """Log-density of continuous images in nats: float64 (count,).

        An image of grey levels is only one point of what stands for it: see `elbo` for its probability.

        Args:
            images: Finite numbers (count, height, width, channels); black is -1, white 1.

        Raises:
            ValueError: Images of another shape, or nothing has been learned yet.
        """
        return super().log_prob(images)

    def posterior(self, images):
        """Probability of each component given each image: float64 (count, components); arguments as of `log_prob`."""
        return super().posterior(images)

    def elbo(self, images, samples=1, seed=0):
        """Lower bound on the log-probability of each 8-bit image in nats: float64 (count,).

        Args:
            images: float array (count, height, width, channels) of values k / 127.5 - 1, k in 0..255.
            samples: Draws of the noise whose bounds are averaged, for each image.
            seed: Seed of the noise; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: Other values, an argument out of range, or nothing has been learned yet.
        """
        return self.bounds(images, samples, seed).mean(axis=1)

    def iw_bound(self, images, samples=16, seed=0):
        """The importance-weighted bound, which rises with `samples`; arguments and result are those of `elbo`."""
        found = self.bounds(images, samples, seed)
        top = found.max(axis=1)
        return top + np.log(np.mean(np.exp(found - top[:, None]), axis=1))

    def fill(self, images):
        """Images whose missing pixels are replaced by what is to be expected there: float64, of the same shape.

        Args:
            images: Real numbers (count, height, width, channels), NaN where they are missing.

        Raises:
            ValueError: `images` are something else, or nothing has been learned yet.
        """
        self.require_fit()
        found = np.array(images, "float64")
        self.vectors(np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf), "images")
        return self.as_images(super().fill(found.reshape(len(found), -1)))

    def complete(self, images, mask, seed=0):
        """Images some of whose pixels are drawn anew, from their exact conditional distribution given all others.

        Args:
            images: float array (count, height, width, channels) of continuous pixels in [-1, 1]; what they are where `mask` is
                True does not matter.
            mask: Which pixels to draw: bool (count, height, width, channels). Images of equal masks are computed together.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) and its known pixels alone.

        Returns:
            float32 array like `images`: what is known comes back as it was, what is drawn is cut to [-1, 1].

        Raises:
            ValueError: An argument has another shape or type, or nothing has been learned yet.
        """
        self.require_fit()
        images, mask, seed = checks.images(images, self.image_shape), np.asarray(mask), checks.seed(seed)
        if mask.shape != images.shape or mask.dtype != bool:
            raise ValueError(
                f"mask must be bool of the shape of images, {images.shape}; received {mask.dtype} of shape {mask.shape}."
            )
        count = len(images)
        uniform = noise.uniform((), seed, 0, count, COMPONENTS)
        directions = self.rank if self.covariance == "factor" else 0
        normal = noise.normal((images[0].size + directions,), seed, 0, count).astype("float64")
        normal, more = np.split(normal, [images[0].size], axis=1)
        rows, found = images.reshape(count, -1).astype("float64"), images.reshape(count, -1).copy()
        patterns, which = np.unique(mask.reshape(count, -1), axis=0, return_inverse=True)
        for number, missing in enumerate(patterns):
            if not missing.any():
                continue
            here = np.flatnonzero(which.reshape(-1) == number)
            weights, means, factors = conditioned(self.kind, *self.parameters(), rows[here], missing)
            chosen = np.minimum((np.cumsum(weights, axis=1) < uniform[here, None]).sum(axis=1), weights.shape[1] - 1)
            for k in np.unique(chosen):
                of_k = here[chosen == k]
                numbers = np.concatenate([normal[np.ix_(of_k, missing)], more[of_k]], axis=1)
                drawn = means[chosen == k, k] + self.kind.drawn(numbers, factors[k])
                found[np.ix_(of_k, missing)] = np.clip(drawn, -1, 1)
        return self.as_images(found)

    # Computations

    def bounds(self, images, samples, seed):
        """One bound for each image and draw of the noise: float64 (count, samples)."""
        self.require_fit()
        grey, seed = checks.grey_levels(images, self.image_shape), checks.seed(seed)
        checks.integer("samples", samples, 1, 1_000_000)
        found = np.empty((len(grey), samples))
        for j in range(samples):  # a stream of numbers for each draw: an image's first is the same however many are asked for
            for first, last in blocks.spans(0, len(grey), BATCH):
                found[first:last, j] = super().log_prob(self.dequantised(grey[first:last], seed, j, first))
        return found - grey[0].size * math.log(128)

    def vectors(self, value, name="images"):
        """Images, or rows of all their pixels, as float64 (count, pixels).

        Raises:
            ValueError: They are something else, or hold values that are not finite numbers.
        """
        array = np.asarray(value)
        if array.ndim == 2 and array.shape[1] == math.prod(self.image_shape):  # what the methods of the mixture pass on
            return super().vectors(array, name)
        return checks.images(array, self.image_shape, name, -np.inf, np.inf).reshape(len(array), -1).astype("float64")

    def as_images(self, rows):
        return rows.reshape(len(rows), *self.image_shape)


def levels(images):
    """The nearest of 256 grey levels."""
    return np.clip(np.round(127.5 * (np.asarray(images, "float64") + 1)), 0, 255)
