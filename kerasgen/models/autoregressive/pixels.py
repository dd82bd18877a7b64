"""What autoregressive models of images of bits share: drawing, completing, and exact probabilities.

A model puts the pixels x_1 ... x_n of an image in some order and gives

    log p(x) = sum_i log p(x_i | x_1 ... x_{i-1}),    p(x_i = 1 | x_1 ... x_{i-1}) = sigmoid(logit_i)

Images are float32, channels last, in [-1, 1]. In training a pixel stands for the probability (x + 1) / 2 of a one, and bits
are drawn anew in every step (dynamic binarisation); a pixel of -1 or 1 stays what it is. The verbs take and give images of -1
and 1.
"""

import keras
import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.model import GenerativeModel


class PixelModel(GenerativeModel):
    """The verbs of a model that knows the probability of each pixel given those before it.

    A model file keeps `image_shape`, learns, and defines `log_probs_of` and `write`.
    """

    capabilities = ("sample", "complete", "log_prob")
    cannot = {
        "elbo": "it computes the exact probability of an image, by log_prob",
        "iw_bound": "it computes the exact probability of an image, by log_prob",
        "encode": "an image has no latent here",
        "decode": "an image has no latent here",
        "reconstruct": "an image has no latent that it could be decoded from",
        "interpolate": "there is no latent between two images",
    }

    def log_probs_of(self, bits):
        """Natural-log probability of images of -1 and 1 (batch, height, width, channels): float64 (batch,)."""
        raise NotImplementedError(f"{type(self).__name__} must define log_probs_of(bits).")

    def write(self, canvas, uniform, lot):
        """Images whose pixels are those of `canvas`, where they are -1 or 1, and drawn, one after another, where they are 0.

        Args:
            canvas: float32 (batch, height, width, channels).
            uniform: A number in [0, 1) for each of its pixels.
            lot: One more for each image.
        """
        raise NotImplementedError(f"{type(self).__name__} must define write(canvas, uniform, lot).")

    def drawn(self, images):
        """Bits as -1 and 1, each a one with the probability that its pixel in [-1, 1] stands for."""
        uniform = keras.random.uniform(ops.shape(images), dtype="float32", seed=self.seed_generator)
        return 2.0 * ops.cast(2.0 * uniform - 1.0 < images, "float32") - 1.0

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError(f"y must be None: {type(self).__name__} learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    # Verbs

    def sample(self, count=16, seed=0, start=0, batch_size=64):
        """Draws images, pixel by pixel.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            batch_size: Images drawn at once.

        Returns:
            float32 array (count, height, width, channels) of -1 and 1.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        empty = np.zeros((1, *self.image_shape), "float32")
        return blocks.drawn(lambda i, j: self.written(np.repeat(empty, j - i, 0), seed, i), count, start, batch_size)

    def complete(self, images, mask, seed=0, batch_size=64):
        """Images some of whose pixels are drawn anew, given those before them in the model's order.

        Where all known pixels come before all others in that order, as the upper half of an image does when it is written from
        the top, this draws from the exact conditional distribution; a known pixel that comes later has no say. Of a mixture of
        orders, each image takes one of them, whatever is known.

        Args:
            images: float array (count, height, width, channels) of -1 and 1 where `mask` is False.
            mask: Which pixels to draw: bool (count, height, width, channels).
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) and its known pixels alone.
            batch_size: Images drawn at once.

        Returns:
            float32 array like `images`, of -1 and 1; what is known comes back as it was.

        Raises:
            ValueError: An argument has another shape or type, or a known pixel is neither -1 nor 1.
        """
        images, mask, seed = checks.images(images, self.image_shape), np.asarray(mask), checks.seed(seed)
        if mask.shape != images.shape or mask.dtype != bool:
            raise ValueError(
                f"mask must be bool of the shape of images, {images.shape}; received {mask.dtype} of shape {mask.shape}."
            )
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        canvas = np.where(mask, np.float32(0), checks.binary_images(np.where(mask, np.float32(1), images), self.image_shape))
        return blocks.drawn(lambda i, j: self.written(canvas[i:j], seed, i), len(images), size=batch_size)

    def written(self, canvas, seed, first):
        """`write`, with the numbers of images `first` and on."""
        uniform = noise.uniform((1 + canvas[0].size,), seed, first, first + len(canvas))
        return ops.convert_to_numpy(self.write(canvas, uniform[:, 1:].reshape(canvas.shape), uniform[:, 0]))

    def log_prob(self, images, batch_size=256):
        """Exact natural-log probability of each image: float64 (count,).

        Args:
            images: float array (count, height, width, channels) of -1 and 1; `kerasgen.data.binarise` makes such.
            batch_size: Images computed at once.

        Raises:
            ValueError: The images are not binary, or of another shape.
        """
        images = checks.binary_images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.log_probs_of, images, size=batch_size)


def bernoulli_nats(bits, logits):
    """log p of whole images of -1 and 1, NumPy arrays of equal shape (batch, ...): float64 (batch,)."""
    signed = np.asarray(bits, "float64") * np.asarray(logits, "float64")
    return -np.sum(np.logaddexp(0, -signed).reshape(len(signed), -1), axis=1)
