"""What all GANs of images without labels can do: draw, decode, interpolate and score. How they learn is theirs."""

import keras
import numpy as np
from keras import ops

from kerasgen import checks, latents
from kerasgen.losses import ADVERSARIAL
from kerasgen.model import GenerativeModel


class GAN(GenerativeModel):
    """The verbs of a generator of latents and a discriminator of images.

    A model file builds `generator` (latents -> images in [-1, 1]), `discriminator` (images -> logits (batch, 1)) and
    `average`, the `WeightAverage` of the generator that samples come from, compiles that as `draw`, and keeps `image_shape`
    and `latent_dim`. Losses and training steps stand there too.
    """

    tracked = ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy")
    players = ("generator", "discriminator")
    capabilities = ("sample", "decode", "interpolate", "score")

    @property
    def loss(self):
        """Name of the adversarial loss, a key of `kerasgen.losses.ADVERSARIAL`."""
        return self._loss

    @loss.setter
    def loss(self, name):
        if name is not None:  # Keras' own constructor and compile() write here too
            self._loss = checks.one_of("loss", name, tuple(ADVERSARIAL))

    def call(self, latents, training=False):
        return self.generator(latents, training=training)

    def fakes_like(self, images, training):
        """As many generated images as there are real ones; from the averaged generator outside training."""
        shape = (ops.shape(images)[0], self.latent_dim)
        z = keras.random.normal(shape, dtype="float32", seed=self.seed_generator)
        if training:
            return self.generator(z, training=True)
        return self.average.apply(z)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError(f"y must be None: {type(self).__name__} learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def sample(self, count, seed=0, start=0, truncation=1.0, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            truncation: Factor of the latents in [0, 1]: the smaller, the more typical and alike the images.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        truncation = checks.number("truncation", truncation, 0, 1)
        step = checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        stop = start + count
        blocks = [(i, min(i + step, stop)) for i in range(start, stop, step)]
        return np.concatenate([self.decode(latents.draw(self.latent_dim, seed, *block, truncation)) for block in blocks])

    def decode(self, latents):
        """Images of latents, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1]."""
        return ops.convert_to_numpy(self.draw(checks.latents(latents, self.latent_dim)))

    def interpolate(self, steps=8, seed=0):
        """Images along the great circle between the first two latents of `seed`: float32 (steps, height, width, channels)."""
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        return self.decode(latents.great_circle(*latents.draw(self.latent_dim, seed, 0, 2), steps))

    def score(self, images):
        """The discriminator's logit for each image (a real one should be above 0): float32 (count,)."""
        images = checks.images(images, self.image_shape)
        batches = np.split(images, range(256, len(images), 256))
        return np.concatenate([ops.convert_to_numpy(self.discriminator(b, training=False)) for b in batches])[:, 0]
