"""Random changes of images that gradients flow through, for what a discriminator sees.

Zhao et al., 2020, arXiv:2006.10738: if real and generated images go through the same random T on their way to the
discriminator, in its step and in the generator's, it cannot learn the real ones by heart, and the generator is not told to
imitate T, as long as the distribution of T(x) determines that of x (Karras et al., 2020, arXiv:2006.06676, section 2.2).
Pixels from beyond the border are 0, a grey unlike most backgrounds, so that the change can be seen. A flip leaves no such
trace: "flip" is for images that could as well be mirrored, unlike digits.

    brightness    + u, u in [-1/2, 1/2]                 contrast    about the image's mean, times 1/2 to 3/2
    saturation    about each pixel's grey, times 0 to 2
    translation   by up to 1/8 of the size              rotation    by up to 15 degrees
    crop          a window of 3/4 of the size or more,  flip        left to right, half of the images
                  enlarged to the whole
    cutout        a square of half the size is 0

Translation, rotation, crop and flip are one linear map of coordinates, and one bilinear resampling.
"""

import math

import keras
from keras import ops

from kerasgen import checks

POLICIES = ("brightness", "contrast", "saturation", "translation", "rotation", "crop", "flip", "cutout")
GEOMETRIC = ("translation", "rotation", "crop", "flip")


@keras.saving.register_keras_serializable("kerasgen")
class DiffAugment(keras.layers.Layer):
    """Differentiable augmentation, with random numbers of its own for each image.

    Args:
        policy: Names of changes, some of `POLICIES`, in any order; () leaves images alone.
        strength: Factor of all ranges above, in [0, 1]; 0 leaves images alone.
        seed: Integer, or the `keras.random.SeedGenerator` to draw from.

    Call arguments:
        images: (batch, height, width, channels) in [-1, 1]. The result has the same shape and type.
    """

    def __init__(self, policy=(), strength=1.0, seed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if isinstance(policy, str) or not isinstance(policy, (tuple, list)):
            raise ValueError(f"augment must be a sequence of some of {', '.join(POLICIES)}; received {policy!r}.")
        for name in policy:
            checks.one_of("augment", name, POLICIES)
        self.policy = tuple(policy)
        self.strength = checks.number("strength", strength, 0, 1)
        self.seed = seed
        self.generator = seed if isinstance(seed, keras.random.SeedGenerator) else keras.random.SeedGenerator(seed)
        self.built = True  # no weights: a model that holds it must not be built by calling

    def call(self, images):
        if not self.policy or not self.strength:
            return images
        x = ops.cast(images, "float32")
        if "brightness" in self.policy:
            x = x + self.between(-0.5, 0.5, x)
        if "contrast" in self.policy:
            mean = ops.mean(x, axis=(1, 2, 3), keepdims=True)
            x = mean + (x - mean) * (1.0 + self.between(-0.5, 0.5, x))
        if "saturation" in self.policy:
            grey = ops.mean(x, axis=-1, keepdims=True)
            x = grey + (x - grey) * (1.0 + self.between(-1.0, 1.0, x))
        if any(name in GEOMETRIC for name in self.policy):
            x = resample(x, *self.coordinates(x))
        if "cutout" in self.policy:
            x = x * self.cutout_mask(x)
        return ops.cast(x, images.dtype)

    def between(self, low, high, images):
        """One number per image in [low, high] times the strength: (batch, 1, 1, 1)."""
        shape = (ops.shape(images)[0], 1, 1, 1)
        return self.strength * keras.random.uniform(shape, low, high, dtype="float32", seed=self.generator)

    def coordinates(self, images):
        """Where each pixel of the result comes from: rows and columns, each (batch, height, width, 1), in pixels."""
        height, width = images.shape[1:3]
        rows = ops.reshape(ops.arange(height, dtype="float32") - (height - 1) / 2, (1, height, 1, 1))  # from the middle
        columns = ops.reshape(ops.arange(width, dtype="float32") - (width - 1) / 2, (1, 1, width, 1))
        rows, columns = rows + 0.0 * columns, columns + 0.0 * rows
        if "translation" in self.policy:  # by whole pixels, so that it costs no sharpness
            rows = rows - ops.round(self.between(-height / 8, height / 8, images))
            columns = columns - ops.round(self.between(-width / 8, width / 8, images))
        if "rotation" in self.policy:
            angle = self.between(-math.pi / 12, math.pi / 12, images)
            sine, cosine = ops.sin(angle), ops.cos(angle)
            rows, columns = cosine * rows - sine * columns, sine * rows + cosine * columns
        if "crop" in self.policy:
            cut = self.between(0.0, 0.25, images)  # share of the size that is lost
            rows = rows * (1.0 - cut) + 0.5 * height * cut * self.between(-1.0, 1.0, images)
            columns = columns * (1.0 - cut) + 0.5 * width * cut * self.between(-1.0, 1.0, images)
        if "flip" in self.policy:
            columns = columns * ops.where(self.between(0.0, 1.0, images) > 0.5, -1.0, 1.0)
        shape = (ops.shape(images)[0], height, width, 1)  # a flip alone has moved no row
        return ops.broadcast_to(rows + (height - 1) / 2, shape), ops.broadcast_to(columns + (width - 1) / 2, shape)

    def cutout_mask(self, images):
        """0 in a square of half the size (times the strength) about any pixel, else 1: (batch, height, width, 1)."""
        height, width = images.shape[1:3]
        half_height, half_width = 0.25 * self.strength * height, 0.25 * self.strength * width
        shape = (ops.shape(images)[0], 1, 1, 1)
        row, column = (keras.random.uniform(shape, 0.0, size, dtype="float32", seed=self.generator) for size in (height, width))
        rows = ops.reshape(ops.arange(height, dtype="float32") + 0.5, (1, height, 1, 1))
        columns = ops.reshape(ops.arange(width, dtype="float32") + 0.5, (1, 1, width, 1))
        inside = ops.logical_and(ops.abs(rows - row) < half_height, ops.abs(columns - column) < half_width)
        return 1.0 - ops.cast(inside, "float32")

    def get_config(self):
        if isinstance(self.seed, keras.random.SeedGenerator):
            raise NotImplementedError("This DiffAugment draws from the generator of a model; serialize that model.")
        return {**super().get_config(), "policy": self.policy, "strength": self.strength, "seed": self.seed}


def resample(images, rows, columns):
    """Bilinear values of images (batch, height, width, channels) at fractional rows and columns, (batch, h, w, 1) each.

    Beyond the border everything is 0.
    """
    height, width, channels = images.shape[1:]
    batch = ops.shape(images)[0]
    pixels = ops.reshape(images, (-1, channels))
    first = ops.reshape(ops.arange(batch, dtype="int32") * (height * width), (-1, 1, 1, 1))  # where each image begins
    top, left = ops.floor(rows), ops.floor(columns)
    total = 0.0
    for row in (top, top + 1.0):
        for column in (left, left + 1.0):
            weight = (1.0 - ops.abs(rows - row)) * (1.0 - ops.abs(columns - column))  # (batch, h, w, 1)
            inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
            place = ops.clip(row, 0, height - 1) * width + ops.clip(column, 0, width - 1)
            found = ops.take(pixels, (first + ops.cast(place, "int32"))[..., 0], axis=0)  # (batch, h, w, channels)
            total = total + ops.where(inside, weight, 0.0) * found
    return total
