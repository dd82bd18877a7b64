"""SAGAN: convolutions see what is near, self-attention what is far; the slopes of both players are kept in check.

Zhang et al., 2019, arXiv:1805.08318. Generator and discriminator have a self-attention layer at half the image's size (their
equation 1; layers/self_attention.py), and spectral normalisation everywhere: every kernel is divided by its largest singular
value (Miyato et al., 2018, arXiv:1802.05957; layers/spectral_norm.py). The loss is the hinge, with a higher learning rate for
the discriminator (their equation 4 and section 4.2; Heusel et al., 2017, arXiv:1706.08500):

    discriminator:  minimise  E[max(0, 1 - D(T(x)))] + E[max(0, 1 + D(T(G(z))))]
    generator:      minimise  -E[D(T(G(z)))],                                       z ~ N(0, I)

T (`augment`) stands for random changes of all that D sees (Zhao et al., 2020, arXiv:2006.10738). Samples come from an average
of the generator's weights over time. Images are float32, channels last, in [-1, 1].
"""

import keras
import numpy as np
from keras import layers

from kerasgen import blocks, checks
from kerasgen.latents import checked_latents
from kerasgen.layers import DiffAugment, SelfAttention, SpectralConv2D, SpectralDense, WeightAverage, power_iteration
from kerasgen.losses import adversarial
from kerasgen.models.gan.gan import GAN
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class SAGAN(GAN):
    """Self-attention GAN.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2^(len(widths) - 1).
        latent_dim: Length of the standard normal vector z.
        widths: Channels of the generator from coarse to fine, three or more; each stage has twice the size of the one before,
            the last that of the image. The last but one, where attention is, is a multiple of 8.
        discriminator_widths: Channels of the discriminator at a half, a quarter and an eighth of the image's size; the first,
            where attention is, a multiple of 8.
        loss: "hinge", "non_saturating", "minimax", "least_squares" or "wasserstein".
        label_smoothing: How far the discriminator's target of real images lies below 1.
        augment: Names of the changes T, of `kerasgen.layers.DiffAugment`; () for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    capabilities = (*GAN.capabilities, "attention")

    def __init__(
        self,
        image_shape=(32, 32, 3),
        latent_dim=64,
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        loss="hinge",
        label_smoothing=0.0,
        augment=(),
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=checks.enlargement(widths, fewest=3))
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.discriminator_widths = discriminator_widths
        for name, width in (("widths[-2]", widths[-2]), ("discriminator_widths[0]", discriminator_widths[0])):
            if width % 8:
                raise ValueError(f"{name} must be a multiple of 8, for attention; received {width}.")
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.discriminator_objective, self.generator_objective = adversarial(loss, label_smoothing)
        self.augment = augment
        self.augmentation = DiffAugment(augment, seed=self.seed_generator)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.generator = build_generator(self.image_shape, latent_dim, widths)
        self.discriminator = build_discriminator(self.image_shape, discriminator_widths)
        self.average = WeightAverage(self.generator, average_decay)
        self.draw = compiled(self.average, self)
        self.built = True  # batches are images, while call() takes latents: Keras must not build by calling

    # Training

    @portable_step
    def train_step(self, images):
        power_iteration(self.discriminator)
        power_iteration(self.generator)
        self.minimize(lambda: self.discriminator_loss(images, training=True), "discriminator")
        self.minimize(lambda: self.generator_loss(images, training=True), "generator")
        self.average.update()
        return self.logs()

    def discriminator_loss(self, images, training):
        fakes = self.fakes_like(images, training)
        if training:
            images, fakes = self.augmentation(images), self.augmentation(fakes)
        real_logits = self.discriminator(images, training=training)  # (batch, 1)
        fake_logits = self.discriminator(fakes, training=training)
        loss = self.discriminator_objective(real_logits, fake_logits)
        self.track_discriminator(loss, real_logits, fake_logits)
        return loss

    # Verbs

    def attention(self, latents, row, column, batch_size=256):
        """Where the generator looks as it paints a pixel: the row of its attention for the place (row, column).

        Args:
            latents: Finite array (count, latent_dim).
            row, column: The pixel, from 0 at the top and left.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height / 4, width / 4): how much each place of the map of keys counts; sums to 1.

        Raises:
            ValueError: An argument is out of range.
        """
        z = checked_latents(latents, self.latent_dim)
        height, width, _ = self.image_shape
        row, column = checks.integer("row", row, 0, height - 1), checks.integer("column", column, 0, width - 1)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        query = (row // 2) * (width // 2) + column // 2  # attention works at half the size
        layer = self.generator.get_layer("attention")
        before = keras.Model(self.generator.input, layer.input)

        def look(z):
            with self.average.in_place():
                _, attention = layer(before(z, training=False), return_attention=True)
            return attention[:, query]  # (batch, height / 4 * width / 4)

        return np.reshape(blocks.mapped(look, z, size=batch_size), (len(z), height // 4, width // 4))


def build_generator(image_shape, latent_dim, widths):
    height, width, channels = image_shape
    coarse, *finer = widths
    h, w = height // 2 ** len(finer), width // 2 ** len(finer)
    z = keras.Input((latent_dim,))
    x = SpectralDense(h * w * coarse, use_bias=False)(z)
    x = layers.Reshape((h, w, coarse))(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x)))
    for stage, filters in enumerate(finer, start=1):
        x = layers.UpSampling2D(2)(x)  # (batch, 2h, 2w, ...), and so on
        x = SpectralConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        if stage == len(finer) - 1:  # half the image's size
            x = SelfAttention(name="attention")(x)
    images = SpectralConv2D(channels, 5, padding="same", activation="tanh", dtype="float32")(x)
    return keras.Model(z, images, name="generator")


def build_discriminator(image_shape, widths):
    """Logits. No batch statistics: each image is judged on its own."""
    images = keras.Input(image_shape)
    x = layers.LeakyReLU(negative_slope=0.2)(SpectralConv2D(widths[0], 4, strides=2, padding="same")(images))
    x = SelfAttention(name="attention")(x)  # (batch, h/2, w/2, widths[0])
    for width in widths[1:]:
        x = layers.LeakyReLU(negative_slope=0.2)(SpectralConv2D(width, 4, strides=2, padding="same")(x))
    logits = SpectralDense(1, dtype="float32")(layers.Flatten()(x))
    return keras.Model(images, logits, name="discriminator")
