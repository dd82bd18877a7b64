"""WGAN-GP: a critic of bounded slope, whose mean difference between real and generated images is a distance.

Arjovsky et al., 2017, arXiv:1701.07875; Gulrajani et al., 2017, arXiv:1704.00028, algorithm 1. Over all functions D with
slopes of at most 1, the largest E[D(x)] - E[D(G(z))] is the Wasserstein distance of the two distributions. The critic is
held to slopes of 1 by a penalty at random points between real and generated images:

    critic:     minimise  E[D(G(z))] - E[D(x)]  +  w E[(|dD(y)/dy| - 1)^2],    y = u x + (1 - u) G(z),  u ~ U(0, 1)
    generator:  minimise  -E[D(G(z))],                                         z ~ N(0, I)

The estimate means something only where the critic is near its best; so the critic takes `critic_steps` steps, each on its
own part of the batch, for one of the generator. All that it sees may go through random changes first (`augment`; Zhao et
al., 2020, arXiv:2006.10738). Samples come from an average of the generator's weights over time. Images are float32, channels
last, in [-1, 1].
"""

import keras
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import DiffAugment, WeightAverage
from kerasgen.losses import adversarial
from kerasgen.models.gan.dcgan import build_generator
from kerasgen.models.gan.gan import GAN
from kerasgen.steps import compiled, input_gradients, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class WGANGP(GAN):
    """Convolutional Wasserstein GAN with a gradient penalty.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2^(len(widths) - 1).
        latent_dim: Length of the standard normal vector z.
        widths: Channels of the generator (that of `DCGAN`) from coarse to fine, two or more; each stage doubles the size.
        critic_widths: Channels of the critic at a half, a quarter and an eighth of the image's size.
        critic_steps: Steps of the critic for one of the generator; a batch is cut into as many parts.
        penalty_weight: Weight w of the gradient penalty.
        augment: Names of changes of what the critic sees, of `kerasgen.layers.DiffAugment`; () for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    tracked = ("critic_loss", "generator_loss", "distance", "penalty")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=64,
        widths=(128, 64, 32),
        critic_widths=(64, 128, 256),
        critic_steps=3,
        penalty_weight=10.0,
        augment=(),
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=checks.enlargement(widths))
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.critic_widths = critic_widths
        self.critic_steps = checks.integer("critic_steps", critic_steps, 1, 100)
        self.penalty_weight = checks.number("penalty_weight", penalty_weight, 0, 1e6)
        self.loss = "wasserstein"
        self.critic_objective, self.generator_objective = adversarial(self.loss)
        self.augment = augment
        self.augmentation = DiffAugment(augment, seed=self.seed_generator)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.generator = build_generator(self.image_shape, latent_dim, widths)
        self.discriminator = build_critic(self.image_shape, critic_widths)
        self.average = WeightAverage(self.generator, average_decay)
        self.draw = compiled(self.average, self)
        self.built = True  # batches are images, while call() takes latents: Keras must not build by calling

    # Training

    @portable_step
    def train_step(self, images):
        parts = [images[i :: self.critic_steps] for i in range(self.critic_steps)]
        if parts[-1].shape[0] == 0:
            raise ValueError(f"batch_size must be at least critic_steps, {self.critic_steps}; received {images.shape[0]}.")
        for part in parts:
            self.minimize(lambda part=part: self.discriminator_loss(part, training=True), "discriminator")
        self.minimize(lambda: self.generator_loss(parts[0], training=True), "generator")
        self.average.update()
        return self.logs()

    def discriminator_loss(self, images, training):
        """The critic's loss: the weighted penalty minus the difference that estimates the distance."""
        fakes = self.fakes_like(images, training)
        if training:
            images, fakes = self.augmentation(images), self.augmentation(fakes)
        real, fake = self.discriminator(images, training=training), self.discriminator(fakes, training=training)  # (batch, 1)
        distance = -self.critic_objective(real, fake)
        u = keras.random.uniform((ops.shape(images)[0], 1, 1, 1), dtype="float32", seed=self.seed_generator)
        penalty = self.slope_penalty(u * images + (1.0 - u) * fakes)
        loss = self.penalty_weight * penalty - distance
        self.track(critic_loss=loss, distance=distance, penalty=penalty)
        return loss

    def slope_penalty(self, images):
        """Mean squared difference of the critic's slopes at these images from 1."""
        gradients = input_gradients(lambda x: self.discriminator(x, training=True), images, self)
        slopes = ops.sqrt(ops.sum(ops.square(gradients), axis=(1, 2, 3)) + 1e-12)  # its slope is infinite at 0
        return ops.mean(ops.square(slopes - 1.0))


def build_critic(image_shape, widths):
    """images -> numbers, of which only differences matter: the last layer has no bias.

    No batch statistics: the penalty is about each image by itself (Gulrajani et al., section 4).
    """
    stages = []
    for width in widths:
        stages += [layers.Conv2D(width, 4, strides=2, padding="same"), layers.LeakyReLU(negative_slope=0.2)]
    last = layers.Dense(1, use_bias=False, dtype="float32")
    return keras.Sequential([keras.Input(image_shape), *stages, layers.Flatten(), last], name="critic")
