"""Convolutional variational autoencoder with a Bernoulli likelihood.

Kingma & Welling, 2014, arXiv:1312.6114, section 3 and appendix B. An image of bits b is explained by a latent vector z,

    p(z) = N(0, I),    p(b | z) = prod_i Bernoulli(b_i; p_i(z)),    q(z | b) = N(mean(b), diag(exp(log_variance(b))))

and training maximises the evidence lower bound, whose second term has a closed form:

    ELBO(b) = E_q[log p(b | z)] - KL(q(z | b) || p(z))  <=  log p(b)

The importance-weighted bound (Burda et al., 2016, arXiv:1509.00519, equation 8) is tighter the more samples it takes:

    IW_k(b) = E_{z_1..z_k ~ q}[log 1/k sum_j p(b, z_j) / q(z_j | b)],    ELBO = IW_1 <= IW_k <= IW_{k+1} <= log p(b)

Images are float32, channels last, in [-1, 1]; a pixel x stands for the probability (x + 1) / 2 of a one. Training draws the
bits anew in every step (dynamic binarisation). All results come from averages of the weights over time.
"""

import math

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, latents, noise
from kerasgen.latents import checked_latents
from kerasgen.layers import WeightAverage
from kerasgen.losses import bernoulli_log_prob, standard_normal_divergence
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step

BITS = 1  # stream of random numbers beside that of the latents
BLOCK = 2000  # latents that a bound decodes at once


@keras.saving.register_keras_serializable("kerasgen")
class VAE(GenerativeModel):
    """Variational autoencoder of binary images.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        latent_dim: Length of the latent vector z.
        widths: Channels of the convolutions at a half and a quarter of the image's size.
        blocks: Residual blocks at a quarter of the image's size, in each network.
        hidden_dim: Units of the dense layer between convolutions and latents, in each network.
        train_samples: Latents an image in training: 1 for the evidence lower bound, more for the importance-weighted one.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    tracked = ("loss", "reconstruction", "divergence")
    capabilities = ("sample", "encode", "decode", "reconstruct", "interpolate", "elbo", "iw_bound")
    cannot = {"log_prob": "it is an integral over all latents without a closed form; elbo and iw_bound bound it from below"}

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=40,
        widths=(32, 64),
        blocks=1,
        hidden_dim=256,
        train_samples=1,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.train_samples = checks.integer("train_samples", train_samples, 1, 10_000)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.encoder = build_encoder(self.image_shape, latent_dim, widths, blocks, hidden_dim)
        self.decoder = build_decoder(self.image_shape, latent_dim, widths, blocks, hidden_dim)
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.decoder_average = WeightAverage(self.decoder, average_decay)
        self.read_images = compiled(self.encoder_average, self)  # what the verbs use
        self.draw_logits = compiled(self.decoder_average, self)
        self.read_likelihood = compiled(self.log_likelihood, self)
        self.built = True  # a batch is images, which are made into bits before they are encoded

    def call(self, latents, training=False):
        return self.decoder(latents, training=training)

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.negative_bound(images, self.encoder, self.decoder))
        self.encoder_average.update()
        self.decoder_average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.negative_bound(images, self.encoder_average, self.decoder_average)
        return self.logs()

    def negative_bound(self, images, encoder, decoder):
        """Mean over freshly drawn bits of `images`, in nats an image: of -ELBO, or of -IW_k for k = train_samples > 1."""
        uniform = keras.random.uniform(ops.shape(images), dtype="float32", seed=self.seed_generator)
        bits = ops.cast(2.0 * uniform - 1.0 < images, "float32")
        mean, log_variance = encoder(2.0 * bits - 1.0)
        count, k = ops.shape(mean)[0], self.train_samples
        normal = keras.random.normal((k, count, self.latent_dim), dtype="float32", seed=self.seed_generator)
        latents = mean + ops.exp(0.5 * log_variance) * normal  # (k, batch, latent_dim)
        logits = decoder(ops.reshape(latents, (k * count, self.latent_dim)))
        log_likelihood = ops.reshape(bernoulli_log_prob(ops.tile(bits, (k, 1, 1, 1)), logits), (k, count))
        divergence = ops.sum(standard_normal_divergence(mean, log_variance), axis=-1)  # (batch,)
        if k == 1:
            loss = ops.mean(divergence - log_likelihood[0])
        else:
            log_ratio = 0.5 * ops.sum(ops.square(normal) + log_variance - ops.square(latents), axis=-1)
            loss = -ops.mean(ops.logsumexp(log_likelihood + log_ratio, axis=0) - math.log(k))
        self.track(loss=loss, reconstruction=-ops.mean(log_likelihood), divergence=ops.mean(divergence))
        return loss

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: VAE learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    # Verbs

    def sample(self, count=16, seed=0, start=0, bits=False, truncation=1.0, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            bits: Draw the pixels too; without, each is the mean that its latent gives.
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

        def draw(first, last):
            z = latents.draw(self.latent_dim, last - first, seed=seed, start=first, truncation=truncation)
            return self._images(z, first, bits, seed)

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
        return blocks.drawn(lambda first, last: self._images(z[first:last], first, bits, seed), len(z), size=batch_size)

    def _images(self, latents, index, bits, seed):
        """Images of latents, the first of which is number `index`: means, or bits drawn with the numbers of `seed`."""
        means = ops.convert_to_numpy(ops.tanh(0.5 * self.draw_logits(latents)))  # 2 sigmoid(x) - 1
        return draw_bits(means, noise.uniform(self.image_shape, seed, index, index + len(means), BITS)) if bits else means

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
        t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
        return self.decode((1 - t) * ends[0] + t * ends[1])

    def elbo(self, images, samples=1, seed=0):
        """Evidence lower bound of each binary image (of -1 and 1) in nats, the divergence in closed form: float32 (count,).

        Args:
            images: float array (count, height, width, channels) of -1 and 1; `kerasgen.data.binarise` makes them.
            samples: Latents an image that the expectation is taken over.
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary, or an argument is out of range.
        """

        def bound(log_likelihood, log_ratio, divergence):
            return np.mean(log_likelihood, axis=1) - divergence

        return self._bounds(bound, images, samples, seed)

    def iw_bound(self, images, samples=500, seed=0):
        """Importance-weighted bound on the log-likelihood of each binary image (of -1 and 1) in nats: float32 (count,).

        Args:
            images: float array (count, height, width, channels) of -1 and 1; `kerasgen.data.binarise` makes them.
            samples: Latents an image; the bound rises with their number (Burda et al., 2016, theorem 1).
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary, or an argument is out of range.
        """

        def bound(log_likelihood, log_ratio, divergence):
            weights = log_likelihood + log_ratio
            top = weights.max(axis=1, keepdims=True)
            return top[:, 0] + np.log(np.mean(np.exp(weights - top), axis=1))

        return self._bounds(bound, images, samples, seed)

    def _bounds(self, bound, images, samples, seed):
        """`bound` of each image, computed from log p(b | z) and log p(z) - log q(z | b), both (rows, samples), and from the
        divergence of q(z | b), (rows,): float32 (count,)."""
        images = binary_images(images, self.image_shape)
        checks.integer("samples", samples, 1, 1_000_000)
        checks.seed(seed)
        means, log_variances = self.encode(images)

        def draw(first, last):
            bits = 0.5 * (images[first:last] + 1.0)
            mean, log_variance = means[first:last, None], log_variances[first:last, None]  # (rows, 1, latent_dim)
            normal = noise.normal((samples, self.latent_dim), seed, first, last)
            latents = mean + np.exp(0.5 * log_variance) * normal  # (rows, samples, latent_dim)
            log_ratio = 0.5 * np.sum(np.square(normal) + log_variance - np.square(latents), axis=-1)
            parts = [self.read_likelihood(bits, latents[:, i:j]) for i, j in blocks.spans(0, samples, BLOCK)]
            log_likelihood = np.concatenate([ops.convert_to_numpy(part) for part in parts], axis=1)
            divergence = ops.convert_to_numpy(standard_normal_divergence(mean, log_variance))
            return bound(log_likelihood, log_ratio, np.sum(divergence, axis=(1, 2)))

        return blocks.drawn(draw, len(images), size=max(1, BLOCK // samples))

    def log_likelihood(self, bits, latents):
        """log p(b | z) of images of 0 and 1 (rows, height, width, channels), latents (rows, samples, latent_dim) of each."""
        rows, samples, _ = ops.shape(latents)
        logits = self.decoder_average(ops.reshape(latents, (-1, self.latent_dim)))
        return ops.reshape(bernoulli_log_prob(ops.repeat(bits, samples, axis=0), logits), (rows, samples))


def draw_bits(means, uniform):
    """-1 or 1 for each mean pixel in [-1, 1] and uniform number."""
    return np.where(2.0 * uniform - 1.0 < means, 1.0, -1.0).astype("float32")


def binary_images(images, shape):
    """`images` as they are, if all their pixels are -1 or 1.

    Raises:
        ValueError: They are not.
    """
    images = checks.images(images, shape)
    if not np.all(np.abs(images) == 1):
        raise ValueError(
            "images must be binary, each pixel -1 or 1: the likelihood is one of bits; received other values. "
            "kerasgen.data.binarise draws bits from uint8 images."
        )
    return images


def residual_block(x, width):
    y = layers.Conv2D(width, 3, padding="same")(layers.Activation("relu")(x))
    y = layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(layers.Activation("relu")(y))
    return layers.Add()([x, y])


def build_encoder(image_shape, latent_dim, widths, blocks, hidden_dim):
    """images in [-1, 1] -> (mean, log-variance), each (batch, latent_dim)."""
    half, quarter = widths
    x = images = keras.Input(image_shape)
    x = layers.Conv2D(half, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(quarter, 5, strides=2, padding="same")(x)
    for _ in range(blocks):
        x = residual_block(x, quarter)
    x = layers.Dense(hidden_dim, activation="relu")(layers.Flatten()(layers.Activation("relu")(x)))
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(x)
    log_variance = layers.Dense(latent_dim, dtype="float32", name="log_variance", kernel_initializer="zeros")(x)
    return keras.Model(images, [mean, log_variance], name="encoder")


def build_decoder(image_shape, latent_dim, widths, blocks, hidden_dim):
    """latents -> logits of the bits (batch, height, width, channels)."""
    height, width, channels = image_shape
    half, quarter = widths
    x = latents = keras.Input((latent_dim,))
    x = layers.Dense(hidden_dim, activation="relu")(x)
    x = layers.Dense(height // 4 * (width // 4) * quarter)(x)
    x = layers.Reshape((height // 4, width // 4, quarter))(x)
    for _ in range(blocks):
        x = residual_block(x, quarter)
    x = layers.Conv2DTranspose(half, 4, strides=2, padding="same", activation="relu")(layers.Activation("relu")(x))
    logits = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", dtype="float32")(x)
    return keras.Model(latents, logits, name="decoder")
