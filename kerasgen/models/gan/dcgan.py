"""DCGAN: a convolutional generator against a convolutional discriminator.

Radford, Metz & Chintala, 2016, arXiv:1511.06434, section 3, by default with the non-saturating loss of Goodfellow et al.,
2014, arXiv:1406.2661, section 3 (kerasgen/losses/adversarial.py has the others):

    discriminator:  minimise  E[softplus(-D(T(x)))] + E[softplus(D(T(G(z))))]  +  w/2 E[|dD(x)/dx|^2]
    generator:      minimise  E[softplus(-D(T(G(z))))],                        z ~ N(0, I)

The last term of the first line is optional (`penalty_weight` w): the zero-centred gradient penalty R1 of Mescheder et al.,
2018, arXiv:1801.04406, section 4, with which the two players settle instead of circling each other. T is optional too
(`augment`): random changes of all that D sees, lest it memorise a small data set (Zhao et al., 2020, arXiv:2006.10738).
Samples come from an average of the generator's weights over time. Images are float32, channels last, in [-1, 1].
"""

import keras
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import DiffAugment, WeightAverage
from kerasgen.losses import adversarial
from kerasgen.models.gan.gan import GAN
from kerasgen.steps import compiled, portable_step, value_and_input_gradients


@keras.saving.register_keras_serializable("kerasgen")
class DCGAN(GAN):
    """Deep convolutional GAN.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2^(len(widths) - 1).
        latent_dim: Length of the standard normal vector z.
        widths: Channels of the generator from coarse to fine, two or more; each stage has twice the size of the one before, the
            last that of the image.
        discriminator_widths: Channels of the discriminator at a half, a quarter and an eighth of the image's size.
        loss: "non_saturating", "minimax", "hinge", "least_squares" or "wasserstein".
        label_smoothing: How far the discriminator's target of real images lies below 1.
        penalty_weight: Weight w of the R1 penalty; 0 for none.
        augment: Names of the changes T, of `kerasgen.layers.DiffAugment`; () for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=64,
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        loss="non_saturating",
        label_smoothing=0.0,
        penalty_weight=0.0,
        augment=(),
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=checks.enlargement(widths))
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.discriminator_widths = discriminator_widths
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.discriminator_objective, self.generator_objective = adversarial(loss, label_smoothing)
        self.penalty_weight = checks.number("penalty_weight", penalty_weight, 0, 1e6)
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
        self.minimize(lambda: self.discriminator_loss(images, training=True), "discriminator")
        self.minimize(lambda: self.generator_loss(images, training=True), "generator")
        self.average.update()
        return self.logs()

    def discriminator_loss(self, images, training):
        fakes = self.fakes_like(images, training)
        if training:
            images, fakes = self.augmentation(images), self.augmentation(fakes)
        fake_logits = self.discriminator(fakes, training=training)  # (batch, 1)
        penalty = 0.0
        if training and self.penalty_weight:
            real_logits, slopes = value_and_input_gradients(lambda x: self.discriminator(x, training=True), images, self)
            penalty = 0.5 * self.penalty_weight * ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))
        else:
            real_logits = self.discriminator(images, training=training)
        loss = self.discriminator_objective(real_logits, fake_logits) + penalty
        self.track_discriminator(loss, real_logits, fake_logits)
        return loss


def build_generator(image_shape, latent_dim, widths):
    height, width, channels = image_shape
    coarse, *finer = widths
    h, w = height // 2 ** len(finer), width // 2 ** len(finer)
    normal = keras.initializers.RandomNormal(stddev=0.02)  # Radford et al., section 4
    options = {"padding": "same", "use_bias": False, "kernel_initializer": normal}
    stages = []
    for filters in finer:  # (batch, 2h, 2w, filters), and so on
        stages += [
            layers.Conv2DTranspose(filters, 4, strides=2, **options),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(h * w * coarse, use_bias=False, kernel_initializer=normal),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Reshape((h, w, coarse)),
            *stages,
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
