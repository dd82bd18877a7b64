"""A toy that is fitted by counting: how often each pattern of bits was seen, and how often each pixel was on."""

import keras
import numpy as np

from kerasgen import checks, noise
from kerasgen.exact import ExactModel
from tiny._base import IMAGE_SHAPE, Tiny, images


@keras.saving.register_keras_serializable("kerasgen-tests")
class PatternCounts(ExactModel):
    """p(bits) = share * (count of the pattern / count of all) + (1 - share) * prod_i p(bit i), pixels on as often as they were.

    Args:
        image_shape: (height, width, channels).
        share: Weight of the patterns that were seen, in (0, 1).
        seed: Not used.
    """

    array_names = ("patterns", "counts", "pixel_rate")  # uint8 (n, pixels), int64 (n,), float64 (pixels,)
    capabilities = ("sample", "log_prob")

    def __init__(self, image_shape=(28, 28, 1), share=0.5, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape)
        self.share = checks.number("share", share, 0.001, 0.999)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: patterns have no labels; received some.")
        checks.images(x, self.image_shape, name="x")

    def learn(self, x, y=None):
        bits = self.bits(x)
        seen, weights = bits, np.ones(len(bits), "int64")
        if self.is_fitted:
            seen = np.concatenate([self.arrays["patterns"], bits])
            weights = np.concatenate([self.arrays["counts"], weights])
        patterns, where = np.unique(seen, axis=0, return_inverse=True)
        counts = np.bincount(where.reshape(-1), weights).astype("int64")
        rate = (1 + counts @ patterns) / (2 + counts.sum())
        self.arrays = {"patterns": patterns, "counts": counts, "pixel_rate": rate}
        return self.measure(x)

    def measure(self, x, y=None):
        return {"loss": -np.mean(self.log_prob(x))}

    def bits(self, x):
        return (np.asarray(x).reshape(len(x), -1) > 0).astype("uint8")

    def log_prob(self, images):
        """Natural-log probability of the bits of each image: float64 (count,)."""
        self.require_fit()
        bits, rate = self.bits(checks.images(images, self.image_shape)), self.arrays["pixel_rate"]
        same = (bits[:, None] == self.arrays["patterns"]).all(axis=2) @ (self.arrays["counts"] / self.arrays["counts"].sum())
        apart = np.exp(np.log(np.where(bits, rate, 1 - rate)).sum(axis=1))
        return np.log(self.share * same + (1 - self.share) * apart)

    def sample(self, count=16, seed=0, start=0, batch_size=256):
        """Images of -1 and 1: of independent pixels, so that no two are alike."""
        self.require_fit()
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        uniform = noise.uniform(self.image_shape, seed, start, start + count)
        return np.where(uniform < self.arrays["pixel_rate"].reshape(self.image_shape), 1, -1).astype("float32")


TINY = Tiny(
    PatternCounts,
    {"image_shape": IMAGE_SHAPE, "share": 0.25, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.log_prob(images()).astype("float32"),
)
