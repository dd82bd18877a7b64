"""Convolutional variational autoencoder.

Kingma & Welling, 2014, arXiv:1312.6114, section 3 and appendix B. An image x is explained by a latent vector z,

    p(z) = N(0, I),    p(x | z) = prod_i p(x_i; decoder(z)_i),    q(z | x) = N(mean(x), diag(exp(log_variance(x))))

and training maximises the evidence lower bound, whose second term has a closed form:

    ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || p(z))  <=  log p(x)

The importance-weighted bound (Burda et al., 2016, arXiv:1509.00519, equation 8) is tighter the more samples it takes:

    IW_k(x) = E_{z_1..z_k ~ q}[log 1/k sum_j p(x, z_j) / q(z_j | x)],    ELBO = IW_1 <= IW_k <= IW_{k+1} <= log p(x)

Images are float32, channels last, in [-1, 1]. With the likelihood "bernoulli", a pixel stands for the probability (x + 1) / 2
of a one, training draws the bits anew in every step (dynamic binarisation), and the bounds are those of images of bits. With
"logistic", pixels are grey levels, with "gaussian" real numbers (kerasgen/losses/likelihoods.py). The objective with `beta`,
`free_bits` and `warmup_steps` is written out in variational.py. All results come from averages of the weights over time.
"""

import keras
import numpy as np
from keras import layers

from kerasgen import blocks, checks, latents
from kerasgen.latents import checked_latents
from kerasgen.layers import WeightAverage
from kerasgen.losses import likelihood as distribution
from kerasgen.models.vae.networks import grow, shrink
from kerasgen.models.vae.variational import VariationalModel
from kerasgen.schedules import linear_warmup
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class VAE(VariationalModel):
    """Variational autoencoder of images.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        latent_dim: Length of the latent vector z.
        widths: Channels of the convolutions at a half and a quarter of the image's size.
        blocks: Residual blocks at a quarter of the image's size, in each network.
        hidden_dim: Units of the dense layer between convolutions and latents, in each network.
        train_samples: Latents an image in training: 1 for the evidence lower bound, more for the importance-weighted one.
        average_decay: Decay of the averages of the weights that the verbs use.
        likelihood: "bernoulli", "gaussian" or "logistic".
        beta: Weight of the divergence in training; 1 for the bound itself.
        free_bits: Nats of divergence that each latent has for free in training; 0 for none.
        warmup_steps: Steps in which the weight of the divergence rises from 0 to `beta`; 0 for none.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "encode", "decode", "reconstruct", "interpolate", "elbo", "iw_bound")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=40,
        widths=(32, 64),
        blocks=1,
        hidden_dim=256,
        train_samples=1,
        average_decay=0.999,
        likelihood="bernoulli",
        beta=1.0,
        free_bits=0.0,
        warmup_steps=0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.train_samples = train_samples
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.likelihood = likelihood
        self.distribution = distribution(likelihood)
        self.beta = beta
        self.free_bits = free_bits
        self.warmup_steps = warmup_steps
        self.check_objective()
        numbers = self.image_shape[2] * self.distribution.parameters
        self.encoder = build_encoder(self.image_shape, latent_dim, widths, blocks, hidden_dim)
        self.decoder = build_decoder(self.image_shape, latent_dim, widths, blocks, hidden_dim, numbers)
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.decoder_average = WeightAverage(self.decoder, average_decay)
        self.read_images = compiled(self.encoder_average, self)  # what the verbs use
        self.draw_parameters = compiled(self.decoder_average, self)
        self.read_likelihood = compiled(self.log_likelihood, self)
        self.built = True  # a batch is images, which are made into bits before they are encoded

    def call(self, latents, training=False):
        """Logits of the pixels: by the averaged decoder that the verbs use; in training, by `decoder` itself."""
        return self.decoder(latents, training=True) if training else self.decoder_average(latents)

    # Training

    @portable_step
    def train_step(self, images):
        weight = linear_warmup(self.optimizer.iterations, self.warmup_steps, self.beta)
        self.minimize(lambda: self.negative_bound(images, (), self.encoder, self.decoder, weight))
        self.encoder_average.update()
        self.decoder_average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.negative_bound(images, (), self.encoder_average, self.decoder_average, self.beta)
        return self.logs()

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: VAE learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        z, x = keras.Input((self.latent_dim,), name="latents"), keras.Input(self.image_shape, name="images")
        means = self.distribution.mean(self.decoder(z, training=False))
        mean, log_variance = self.encoder(x, training=False)
        encode = keras.Model(x, {"mean": mean, "log_variance": log_variance}, name="encode")
        return {"decode": keras.Model(z, means, name="decode"), "encode": encode}

    # Verbs

    def sample(self, count=16, seed=0, start=0, bits=False, truncation=1.0, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            bits: Draw the pixels too; without, each is the mean that its latent gives. Only where the likelihood is of bits.
            truncation: Factor of the latents in [0, 1]: the smaller, the more typical and alike the images.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1]; with `bits`, of -1 and 1.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        truncation = checks.number("truncation", truncation, 0, 1)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self.check_bits(bits)

        def draw(first, last):
            z = latents.draw(self.latent_dim, last - first, seed=seed, start=first, truncation=truncation)
            return self.images_of(z, first, bits, seed)

        return blocks.drawn(draw, count, start, batch_size)

    def encode(self, images, batch_size=256):
        """(mean, log-variance) of q(z | image): float32 arrays (count, latent_dim)."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: tuple(self.read_images(part)), images, size=batch_size)

    def decode(self, latents, bits=False, seed=0, batch_size=256):
        """Mean images of latents, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1].

        With `bits`, images of -1 and 1, each pixel drawn with the numbers of `seed`.
        """
        z, seed = checked_latents(latents, self.latent_dim), checks.seed(seed)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self.check_bits(bits)
        return blocks.drawn(lambda first, last: self.images_of(z[first:last], first, bits, seed), len(z), size=batch_size)

    def reconstruct(self, images, bits=False, seed=0, batch_size=256):
        """What the mean latents of images decode to, as `decode` gives it."""
        return self.decode(self.encode(images, batch_size)[0], bits, seed, batch_size)

    def interpolate(self, first, second, steps=8):
        """Images on the straight line between the mean latents of two images (height, width, channels), both included.

        Returns:
            float32 array (steps, height, width, channels) in [-1, 1].
        """
        steps = checks.integer("steps", steps, 2, 1000)
        pair = [checks.images(np.asarray(x)[None], self.image_shape, name=n) for x, n in ((first, "first"), (second, "second"))]
        ends, _ = self.encode(np.concatenate(pair))
        return self.decode(latents.straight_line(ends[0], ends[1], steps))

    def attribute_direction(self, images, has_attribute, batch_size=256):
        """The mean of the latents of images with an attribute less that of those without: float32 (latent_dim,).

        Larsen et al., 2016, arXiv:1512.09300, section 4.2; for `add_attribute`.

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            has_attribute: Which of them have it: bool (count,), some and not all.
            batch_size: Images encoded at once.

        Raises:
            ValueError: An argument has another shape or type, or all images or none have the attribute.
        """
        images, has = checks.images(images, self.image_shape), np.asarray(has_attribute)
        if has.shape != (len(images),) or has.dtype != bool or not 0 < has.sum() < len(has):
            raise ValueError(
                f"has_attribute must be True for some of the {len(images)} images and False for others; received "
                f"{has.sum() if has.dtype == bool else 'values'} of shape {has.shape} and type {has.dtype}."
            )
        means = self.encode(images, batch_size)[0]
        return means[has].mean(axis=0) - means[~has].mean(axis=0)

    def add_attribute(self, images, direction, strength=1.0, batch_size=256):
        """Images reconstructed with their mean latents moved by `strength` times a direction (latent_dim,), as by `decode`.

        Raises:
            ValueError: An argument has another shape or type.
        """
        moved = checked_latents(np.asarray(direction)[None], self.latent_dim)
        strength = np.float32(checks.number("strength", strength, -1000, 1000))
        return self.decode(self.encode(images, batch_size)[0] + strength * moved, batch_size=batch_size)

    def elbo(self, images, samples=1, seed=0):
        """Evidence lower bound of each image in nats, the divergence in closed form: float32 (count,).

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; where the likelihood is "bernoulli", of -1 and 1,
                which `kerasgen.data.binarise` makes.
            samples: Latents an image that the expectation is taken over.
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary where they must be, or an argument is out of range.
        """
        return self.elbo_of(self.checked_for_bounds(images), (), samples, seed)

    def iw_bound(self, images, samples=500, seed=0):
        """Importance-weighted bound on the log-likelihood of each image in nats: float32 (count,).

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; where the likelihood is "bernoulli", of -1 and 1,
                which `kerasgen.data.binarise` makes.
            samples: Latents an image; the bound rises with their number (Burda et al., 2016, theorem 1).
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary where they must be, or an argument is out of range.
        """
        return self.iw_bound_of(self.checked_for_bounds(images), (), samples, seed)


def build_encoder(image_shape, latent_dim, widths, blocks, hidden_dim):
    """images in [-1, 1] -> (mean, log-variance), each (batch, latent_dim)."""
    images = keras.Input(image_shape)
    x = layers.Dense(hidden_dim, activation="relu")(shrink(images, widths, blocks))
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(x)
    log_variance = layers.Dense(latent_dim, dtype="float32", name="log_variance", kernel_initializer="zeros")(x)
    return keras.Model(images, [mean, log_variance], name="encoder")


def build_decoder(image_shape, latent_dim, widths, blocks, hidden_dim, numbers):
    """latents -> parameters of the likelihood (batch, height, width, numbers)."""
    latents = keras.Input((latent_dim,))
    x = layers.Dense(hidden_dim, activation="relu")(latents)
    return keras.Model(latents, grow(x, image_shape, widths, blocks, numbers), name="decoder")
