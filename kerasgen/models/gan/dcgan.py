"""DCGAN: a convolutional generator against a convolutional discriminator.

Radford, Metz & Chintala, 2016, arXiv:1511.06434, section 3, with the non-saturating loss of Goodfellow et al., 2014,
arXiv:1406.2661, section 3:

    discriminator:  minimise  E[softplus(-D(x))] + E[softplus(D(G(z)))]  +  w/2 E[|dD(x)/dx|^2]
    generator:      minimise  E[softplus(-D(G(z)))],                     z ~ N(0, I)

The last term of the first line is optional (`penalty_weight` w): the zero-centred gradient penalty R1 of Mescheder et al.,
2018, arXiv:1801.04406, section 4, with which the two players settle instead of circling each other.
Samples come from an average of the generator's weights over time. Images are float32, channels last, in [-1, 1].
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks, noise
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.steps import portable_step, value_and_input_gradients


@keras.saving.register_keras_serializable("kerasgen")
class DCGAN(GenerativeModel):
    """Deep convolutional GAN.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        latent_dim: Length of the standard normal vector z.
        widths: Channels of the generator at a quarter, a half and the whole of the image's size.
        discriminator_widths: Channels of the discriminator at a half, a quarter and an eighth of the image's size.
        penalty_weight: Weight w of the R1 penalty; 0 for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    tracked = ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy")
    players = ("generator", "discriminator")
    capabilities = ("sample", "decode", "interpolate", "score")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=64,
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        penalty_weight=0.0,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.discriminator_widths = discriminator_widths
        self.penalty_weight = checks.number("penalty_weight", penalty_weight, 0, 1e6)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.generator = build_generator(self.image_shape, latent_dim, widths)
        self.discriminator = build_discriminator(self.image_shape, discriminator_widths)
        self.average = WeightAverage(self.generator, average_decay)
        self.built = True  # batches are images, while call() takes latents: Keras must not build by calling

    def call(self, latents, training=False):
        return self.generator(latents, training=training)

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.discriminator_loss(images, training=True), "discriminator")
        self.minimize(lambda: self.generator_loss(images, training=True), "generator")
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.discriminator_loss(images, training=False)
        self.generator_loss(images, training=False)
        return self.logs()

    def discriminator_loss(self, images, training):
        fakes = self.fakes_like(images, training)
        fake_logits = self.discriminator(fakes, training=training)  # (batch, 1)
        penalty = 0.0
        if training and self.penalty_weight:
            real_logits, slopes = value_and_input_gradients(lambda x: self.discriminator(x, training=True), images, self)
            penalty = 0.5 * self.penalty_weight * ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))
        else:
            real_logits = self.discriminator(images, training=training)
        loss = ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits)) + penalty
        self.track(
            discriminator_loss=loss,
            real_accuracy=ops.mean(ops.cast(real_logits > 0, "float32")),
            fake_accuracy=ops.mean(ops.cast(fake_logits < 0, "float32")),
        )
        return loss

    def generator_loss(self, images, training):
        fakes = self.fakes_like(images, training)
        loss = ops.mean(ops.softplus(-self.discriminator(fakes, training=training)))
        self.track(generator_loss=loss)
        return loss

    def fakes_like(self, images, training):
        """As many generated images as there are real ones."""
        shape = (ops.shape(images)[0], self.latent_dim)
        latents = keras.random.normal(shape, dtype="float32", seed=self.seed_generator)
        if training:
            return self.generator(latents, training=True)
        return self.average.apply(latents)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: DCGAN learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    # Verbs

    def sample(self, count, seed=0, start=0, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        step = checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        stop = start + count
        parts = [noise.normal((self.latent_dim,), seed, i, min(i + step, stop)) for i in range(start, stop, step)]
        return np.concatenate([self.decode(latents) for latents in parts])

    def decode(self, latents):
        """Images of latents, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1]."""
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not np.all(np.isfinite(latents)):
            raise ValueError(f"latents must be finite, of shape (count, {self.latent_dim}); received shape {latents.shape}.")
        return ops.convert_to_numpy(self.average.apply(latents))

    def interpolate(self, steps=8, seed=0):
        """Images along the great circle between the first two latents of `seed`: float32 (steps, height, width, channels)."""
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        first, second = noise.normal((self.latent_dim,), seed, 0, 2)
        angle = np.arccos(np.dot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second)))
        t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
        return self.decode((np.sin((1 - t) * angle) * first + np.sin(t * angle) * second) / np.sin(angle))

    def score(self, images):
        """The discriminator's logit for each image (a real one should be above 0): float32 (count,)."""
        images = checks.images(images, self.image_shape)
        batches = np.split(images, range(256, len(images), 256))
        return np.concatenate([ops.convert_to_numpy(self.discriminator(b, training=False)) for b in batches])[:, 0]


def build_generator(image_shape, latent_dim, widths):
    height, width, channels = image_shape
    coarse, middle, fine = widths
    h, w = height // 4, width // 4
    normal = keras.initializers.RandomNormal(stddev=0.02)  # Radford et al., section 4
    options = {"padding": "same", "use_bias": False, "kernel_initializer": normal}
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(h * w * coarse, use_bias=False, kernel_initializer=normal),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Reshape((h, w, coarse)),
            layers.Conv2DTranspose(middle, 4, strides=2, **options),  # (batch, 2h, 2w, middle)
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2DTranspose(fine, 4, strides=2, **options),  # (batch, 4h, 4w, fine)
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2D(channels, 5, padding="same", activation="tanh", kernel_initializer=normal, dtype="float32"),
        ],
        name="generator",
    )


def build_discriminator(image_shape, widths):
    """Logits. No batch statistics: each image is judged on its own, so that the gradient penalty is well defined."""
    stages = []
    for width in widths:
        stages += [layers.Conv2D(width, 4, strides=2, padding="same"), layers.LeakyReLU(negative_slope=0.2)]
    return keras.Sequential(
        [keras.Input(image_shape), *stages, layers.Flatten(), layers.Dense(1, dtype="float32")], name="discriminator"
    )
