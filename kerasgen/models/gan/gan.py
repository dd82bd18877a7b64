"""What all GANs share: drawing, decoding, interpolating and scoring, the generator's loss, and the step of an evaluation.

How a discriminator learns stands in each model's own file.
"""

import keras
from keras import ops

from kerasgen import blocks, checks, latents
from kerasgen.latents import checked_latents
from kerasgen.losses import ADVERSARIAL
from kerasgen.model import GenerativeModel
from kerasgen.steps import portable_step


class GAN(GenerativeModel):
    """The verbs of a generator of latents and a discriminator of images.

    A model file builds `generator` (latents -> images in [-1, 1]), `discriminator` (images -> logits (batch, 1)) and
    `average`, the `WeightAverage` of the generator that samples, `call` and `predict` come from, which it compiles as `draw`
    (`generator` itself is the network in training, further on its way but less settled); it keeps
    `image_shape`, `latent_dim`, `augmentation` and `generator_objective`, and defines `train_step` and
    `discriminator_loss(images, training)`.
    """

    tracked = ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy")
    players = ("generator", "discriminator")
    capabilities = ("sample", "decode", "interpolate", "score")
    cannot = {
        "log_prob": "it learns to draw images without computing how probable they are",
        "elbo": "it has no likelihood that could be bounded",
        "iw_bound": "it has no likelihood that could be bounded",
        "encode": "none of its networks leads from an image back to a latent",
        "reconstruct": "none of its networks leads from an image back to a latent",
    }

    @property
    def loss(self):
        """Name of the adversarial loss, a key of `kerasgen.losses.ADVERSARIAL`."""
        return self._loss

    @loss.setter
    def loss(self, name):
        if name is not None:  # Keras' own constructor and compile() write here too
            self._loss = checks.one_of("loss", name, tuple(ADVERSARIAL))

    def call(self, latents, training=False):
        """Images as `decode` computes them, by the averaged generator; in training, by `generator` itself."""
        return self.generator(latents, training=True) if training else self.average(latents)

    # Training

    @portable_step
    def test_step(self, images):
        self.discriminator_loss(images, training=False)
        self.generator_loss(images, training=False)
        return self.logs()

    def generator_loss(self, images, training):
        """The generator's loss on as many generated images as there are `images`."""
        fakes = self.fakes_like(images, training)
        if training:
            fakes = self.augmentation(fakes)
        loss = self.generator_objective(self.discriminator(fakes, training=training))
        self.track(generator_loss=loss)
        return loss

    def fakes_like(self, images, training):
        """As many generated images as there are real ones; from the averaged generator outside training."""
        z = keras.random.normal((ops.shape(images)[0], self.latent_dim), dtype="float32", seed=self.seed_generator)
        return self.generator(z, training=True) if training else self.average(z)

    def track_discriminator(self, loss, real_logits, fake_logits):
        """Records the discriminator's loss, and the shares of real and of generated images that it gets right."""
        self.track(
            discriminator_loss=loss,
            real_accuracy=ops.mean(ops.cast(real_logits > 0, "float32")),
            fake_accuracy=ops.mean(ops.cast(fake_logits < 0, "float32")),
        )

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError(f"y must be None: {type(self).__name__} learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        return {"decode": decoder(self.generator, self.latent_dim)}

    # Verbs

    def sample(self, count=16, seed=0, start=0, truncation=1.0, batch_size=256):
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
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)

        def draw(first, last):
            z = latents.draw(self.latent_dim, last - first, seed=seed, start=first, truncation=truncation)
            return self.decode(z, batch_size)

        return blocks.drawn(draw, count, start, batch_size)

    def decode(self, latents, batch_size=256):
        """Images of latents, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: Latents of another shape, none at all, or NaN or infinity among them.
        """
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.draw, checked_latents(latents, self.latent_dim), size=batch_size)

    def interpolate(self, steps=8, seed=0):
        """Images along the great circle between the first two latents of `seed`: float32 (steps, height, width, channels)."""
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        return self.decode(latents.great_circle(*latents.draw(self.latent_dim, 2, seed=seed), steps))

    def score(self, images, batch_size=256):
        """The discriminator's logit for each image (a real one should be above 0): float32 (count,)."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: self.discriminator(part, training=False), images, size=batch_size)[:, 0]


def decoder(generator, latent_dim, num_classes=None):
    """The network behind `decode`: latents -> images, or latents and labels -> images for one that is told the class."""
    z = keras.Input((latent_dim,), name="latents")
    if num_classes is None:
        return keras.Model(z, generator(z, training=False), name="decode")
    labels = keras.Input((), dtype="int32", name="labels")
    images = generator([z, ops.one_hot(labels, num_classes, dtype="float32")], training=False)
    return keras.Model({"latents": z, "labels": labels}, images, name="decode")
