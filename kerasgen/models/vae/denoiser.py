"""Denoising autoencoder: an image with noise in, the image without it out.

Vincent et al., 2008, "Extracting and composing robust features with denoising autoencoders", with Gaussian noise of any
strength up to the strongest,

    minimise  E |x - network(x + 2 sigma n)|^2 / pixels,    n ~ N(0, I),  sigma ~ U(0, max_sigma)

whose optimum is the mean of all images that the noisy one may have been. sigma is in units of pixels in [0, 1]; in the [-1, 1]
of images here noise is twice as strong. The network is not told sigma: it sees it. It is a U-Net (Ronneberger et al., 2015,
arXiv:1505.04597) with sums in place of concatenations: features at the whole, a half and a quarter of the image's size, those
on the way down added on the way up, so that the code need not hold what can be seen. Images are float32, channels last.
Results come from an average of the weights over time.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step

FARTHEST = 8.0  # pixels beyond it are taken for it: that is five deviations of the strongest noise beyond white


@keras.saving.register_keras_serializable("kerasgen")
class Denoiser(GenerativeModel):
    """Convolutional denoising autoencoder with skips.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        widths: Channels at the whole, a half and a quarter of the image's size.
        max_sigma: Strongest noise of the training, as a deviation of pixels in [0, 1].
        average_decay: Decay of the average of the weights that `denoise` uses.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("denoise",)
    cannot = {
        "sample": "it cleans an image that is given, and has no distribution of images to draw from",
        "encode": "its skips lead around any code",
        "reconstruct": "it is trained on images with noise: denoise is what it does",
    }

    def __init__(self, image_shape=(28, 28, 1), widths=(16, 32, 64), max_sigma=0.7, average_decay=0.999, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.widths = widths
        self.max_sigma = checks.number("max_sigma", max_sigma, 0, 1)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = build_network(self.image_shape, widths)
        self.average = WeightAverage(self.network, average_decay)
        self.clean = compiled(self.average, self)
        self.built = True

    def call(self, images, training=False):
        """Cleaned images: by the averaged network that `denoise` uses; in training, by `network` itself."""
        return self.network(images, training=True) if training else self.average(images)

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.error(images, self.network))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.error(images, self.average)
        return self.logs()

    def error(self, images, network):
        """Mean squared error of a pixel in [-1, 1], noise of a strength of its own added to each image."""
        uniform = keras.random.uniform((ops.shape(images)[0], 1, 1, 1), dtype="float32", seed=self.seed_generator)
        normal = keras.random.normal(ops.shape(images), dtype="float32", seed=self.seed_generator)
        loss = ops.mean(ops.square(images - network(images + 2.0 * self.max_sigma * uniform * normal)))
        self.track(loss=loss)
        return loss

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: Denoiser learns from clean images, and adds the noise itself; received targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        images = keras.Input(self.image_shape, name="images")
        cleaned = self.network(ops.clip(images, -FARTHEST, FARTHEST), training=False)
        return {"denoise": keras.Model(images, ops.clip(cleaned, -1.0, 1.0), name="denoise")}

    # Verbs

    def denoise(self, images, batch_size=256):
        """Removes noise.

        Args:
            images: float array (count, height, width, channels) of finite values, images in [-1, 1] with noise added and
                not clipped; what lies beyond -8 or 8 counts as that.
            batch_size: Images computed at once.

        Returns:
            float32 array of the same shape, in [-1, 1].

        Raises:
            ValueError: Another shape or type, no image, or values that are not finite.
        """
        with np.errstate(over="ignore"):  # a number too large for float32 is clipped like any other
            images = checks.images(images, self.image_shape, low=-np.inf, high=np.inf)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        cleaned = blocks.mapped(lambda part: self.clean(np.clip(part, -FARTHEST, FARTHEST)), images, size=batch_size)
        return np.clip(cleaned, -1.0, 1.0)


def build_network(image_shape, widths):
    """images with noise -> images, both (batch, height, width, channels)."""
    whole, half, quarter = widths
    noisy = keras.Input(image_shape)
    fine = convolved(noisy, whole, size=5)  # (batch, h, w, whole)
    middle = convolved(convolved(fine, half, strides=2), half)  # (batch, h/2, w/2, half)
    x = convolved(convolved(middle, quarter, strides=2), quarter)  # (batch, h/4, w/4, quarter)
    x = convolved(x, quarter)
    x = convolved(enlarged_onto(middle, x), half)
    x = convolved(enlarged_onto(fine, x), whole)
    images = layers.Conv2D(image_shape[2], 3, padding="same", dtype="float32")(x)
    return keras.Model(noisy, images, name="network")


def convolved(x, width, size=3, strides=1):
    return layers.Conv2D(width, size, strides=strides, padding="same", activation="relu")(x)


def enlarged_onto(skip, x):
    """x at twice its size, plus what was there on the way down."""
    larger = layers.Conv2DTranspose(skip.shape[-1], 4, strides=2, padding="same")(x)
    return layers.Activation("relu")(layers.Add()([larger, skip]))
