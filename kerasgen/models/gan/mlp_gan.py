"""The first GAN: two multilayer perceptrons against each other.

Goodfellow et al., 2014, arXiv:1406.2661. A generator G makes images of latents, a discriminator D tells them from real ones
by a logit. With the non-saturating loss of its section 3 (kerasgen/losses/adversarial.py has the others):

    discriminator:  minimise  E[softplus(-D(x))] + E[softplus(D(G(z)))]  +  w/2 E[|dD(x)/dx|^2]
    generator:      minimise  E[softplus(-D(G(z)))],                     z ~ N(0, I)

At equal distributions the best D is 0 everywhere, which costs it log 4. The last term of the first line is optional
(`penalty_weight` w): the zero-centred gradient penalty R1 of Mescheder et al., 2018, arXiv:1801.04406, section 4, without
which the players circle each other. All that D sees may go through random changes first (`augment`; Zhao et al., 2020,
arXiv:2006.10738). Samples come from an average of the generator's weights over time. Images are float32, channels last, in
[-1, 1].
"""

import math

import keras
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import DiffAugment, WeightAverage
from kerasgen.losses import adversarial
from kerasgen.models.gan.gan import GAN
from kerasgen.steps import compiled, input_gradients, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class MLPGAN(GAN):
    """GAN of two multilayer perceptrons.

    Args:
        image_shape: (height, width, channels).
        latent_dim: Length of the standard normal vector z.
        widths: Units of the generator's hidden layers, from latents to image.
        discriminator_widths: Units of the discriminator's hidden layers, from image to logit.
        loss: "non_saturating", "minimax", "hinge", "least_squares" or "wasserstein".
        label_smoothing: How far the discriminator's target of real images lies below 1.
        dropout: Share of the discriminator's hidden units that training leaves out.
        penalty_weight: Weight w of the R1 penalty; 0 for none.
        augment: Names of changes of what the discriminator sees, of `kerasgen.layers.DiffAugment`; () for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=64,
        widths=(128, 256, 512),
        discriminator_widths=(512, 256),
        loss="non_saturating",
        label_smoothing=0.0,
        dropout=0.0,
        penalty_weight=1.0,
        augment=(),
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.discriminator_widths = discriminator_widths
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.discriminator_objective, self.generator_objective = adversarial(loss, label_smoothing)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.penalty_weight = checks.number("penalty_weight", penalty_weight, 0, 1e6)
        self.augment = augment
        self.augmentation = DiffAugment(augment, seed=self.seed_generator)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.generator = build_generator(self.image_shape, latent_dim, widths)
        self.discriminator = build_discriminator(self.image_shape, discriminator_widths, dropout, self.seed)
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
        real_logits = self.discriminator(images, training=training)  # (batch, 1)
        fake_logits = self.discriminator(fakes, training=training)
        loss = self.discriminator_objective(real_logits, fake_logits)
        if training and self.penalty_weight:  # of the whole network, without dropout
            slopes = input_gradients(lambda x: self.discriminator(x, training=False), images, self)
            loss += 0.5 * self.penalty_weight * ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))
        self.track_discriminator(loss, real_logits, fake_logits)
        return loss


def build_generator(image_shape, latent_dim, widths):
    """latents -> images. Batch statistics keep the units of all layers busy from the start."""
    stages = []
    for width in widths:
        stages += [
            layers.Dense(width, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.LeakyReLU(negative_slope=0.2),
        ]
    pixels = layers.Dense(math.prod(image_shape), activation="tanh", dtype="float32")
    return keras.Sequential(
        [keras.Input((latent_dim,)), *stages, pixels, layers.Reshape(image_shape, dtype="float32")], name="generator"
    )


def build_discriminator(image_shape, widths, dropout, seed):
    """images -> logits. No batch statistics: each image is judged on its own, so that the penalty is well defined."""
    stages = []
    for number, width in enumerate(widths):
        stages += [layers.Dense(width), layers.LeakyReLU(negative_slope=0.2)]
        if dropout:
            stages.append(layers.Dropout(dropout, seed=None if seed is None else seed + number))
    return keras.Sequential(
        [keras.Input(image_shape), layers.Flatten(), *stages, layers.Dense(1, dtype="float32")], name="discriminator"
    )
