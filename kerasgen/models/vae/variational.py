"""What variational autoencoders share, with labels or without: the objective of a training step, and the bounds.

With a latent z, an image x, and y all that both networks are told besides (a class, or nothing),

    p(z) = N(0, I),    p(x | z, y) = a likelihood of kerasgen/losses/likelihoods.py,    q(z | x, y) = N(mean, diag(variance))
    loss = -E_q[log p(x | z, y)] + w sum_j max(free_bits, KL(q(z_j | x, y) || p(z_j)))

which is minus the evidence lower bound (ELBO; Kingma & Welling, 2014, arXiv:1312.6114, equation 10) at w = 1 without free bits.
Other weights w: Higgins et al., 2017, "beta-VAE"; free bits: Kingma et al., 2016, arXiv:1606.04934, equation 15, the mean over
a batch inside the maximum. With k = `train_samples` > 1 latents an image it is minus the importance-weighted bound (Burda et
al., 2016, arXiv:1509.00519, equation 8), in which w is the exponent of p(z) / q(z | x, y).
"""

import math

import keras
import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.losses import free_divergence, standard_normal_divergence
from kerasgen.model import GenerativeModel

BITS = 1  # stream of random numbers beside that of the latents
BLOCK = 2000  # latents that a bound decodes at once


class VariationalModel(GenerativeModel):
    """The objective and the bounds of an encoder and a decoder.

    A model file builds `encoder` (images, or [images, more] -> mean and log-variance) and `decoder` (latents, or [latents,
    more] -> parameters of the likelihood), their averages, and `read_images`, `draw_parameters` and `read_likelihood`, which
    are those averages and `log_likelihood`, compiled. It keeps the arguments that are used here, and defines `train_step`.
    """

    tracked = ("loss", "reconstruction", "divergence")
    cannot = {"log_prob": "it is an integral over all latents without a closed form; elbo and iw_bound bound it from below"}

    # Training

    def negative_bound(self, images, more, encoder, decoder, weight):
        """The loss in nats an image, a mean over the batch; Bernoulli pixels are drawn anew from the grey levels.

        `more` are the networks' other inputs, a tuple of tensors (batch, ...); `weight` is that of the divergence.
        """
        if self.likelihood == "bernoulli":
            uniform = keras.random.uniform(ops.shape(images), dtype="float32", seed=self.seed_generator)
            images = 2.0 * ops.cast(2.0 * uniform - 1.0 < images, "float32") - 1.0
        mean, log_variance = encoder(joined(images, more))
        count, k = ops.shape(mean)[0], self.train_samples
        normal = keras.random.normal((k, count, self.latent_dim), dtype="float32", seed=self.seed_generator)
        latents = mean + ops.exp(0.5 * log_variance) * normal  # (k, batch, latent_dim)
        repeated = tuple(ops.tile(part, (k, 1)) for part in more)
        parameters = decoder(joined(ops.reshape(latents, (k * count, self.latent_dim)), repeated))
        log_likelihood = ops.reshape(self.distribution.log_prob(ops.tile(images, (k, 1, 1, 1)), parameters), (k, count))
        divergence = standard_normal_divergence(mean, log_variance)  # (batch, latent_dim)
        if k == 1:
            loss = weight * free_divergence(divergence, self.free_bits) - ops.mean(log_likelihood)
        else:
            log_ratio = 0.5 * ops.sum(ops.square(normal) + log_variance - ops.square(latents), axis=-1)
            loss = -ops.mean(ops.logsumexp(log_likelihood + weight * log_ratio, axis=0) - math.log(k))
        divergence = ops.mean(ops.sum(divergence, axis=-1))
        self.track(loss=loss, reconstruction=-ops.mean(log_likelihood), divergence=divergence)
        return loss

    def check_objective(self):
        """Raises a ValueError unless the arguments of the objective are in range and go together."""
        self.train_samples = checks.integer("train_samples", self.train_samples, 1, 10_000)
        self.beta = checks.number("beta", self.beta, 0, 1e6)
        self.free_bits = checks.number("free_bits", self.free_bits, 0, 1e6)
        self.warmup_steps = checks.integer("warmup_steps", self.warmup_steps, 0, 10**9)
        if self.free_bits and self.train_samples > 1:
            raise ValueError(
                "free_bits must be 0 where train_samples is above 1: the importance-weighted bound has no divergence of single "
                f"latents; received free_bits={self.free_bits}, train_samples={self.train_samples}."
            )

    # Bounds

    def elbo_of(self, images, more, samples, seed):
        """The evidence lower bound of each image, the divergence in closed form: float32 (count,). See `bounds`."""

        def bound(log_likelihood, log_ratio, divergence):
            return np.mean(log_likelihood, axis=1) - divergence

        return self.bounds(bound, images, more, samples, seed)

    def iw_bound_of(self, images, more, samples, seed):
        """The importance-weighted bound of each image: float32 (count,). See `bounds`."""

        def bound(log_likelihood, log_ratio, divergence):
            weights = log_likelihood + log_ratio
            top = weights.max(axis=1, keepdims=True)
            return top[:, 0] + np.log(np.mean(np.exp(weights - top), axis=1))

        return self.bounds(bound, images, more, samples, seed)

    def bounds(self, bound, images, more, samples, seed):
        """`bound` of each image: float32 (count,).

        Args:
            bound: Function of log p(x | z, y) and log p(z) - log q(z | x, y), both (rows, samples), and of the divergence of
                q(z | x, y), (rows,).
            images: float32 array (count, height, width, channels), checked.
            more: The networks' other inputs, a tuple of arrays (count, ...).
            samples: Latents an image.
            seed: Seed of the latents; image i depends on (seed, i) alone.
        """
        checks.integer("samples", samples, 1, 1_000_000)
        checks.seed(seed)
        means, log_variances = blocks.mapped(lambda *parts: tuple(self.read_images(joined(parts[0], parts[1:]))), images, *more)

        def draw(first, last):
            mean, log_variance = means[first:last, None], log_variances[first:last, None]  # (rows, 1, latent_dim)
            normal = noise.normal((samples, self.latent_dim), seed, first, last)
            latents = mean + np.exp(0.5 * log_variance) * normal  # (rows, samples, latent_dim)
            log_ratio = 0.5 * np.sum(np.square(normal) + log_variance - np.square(latents), axis=-1)
            given = [part[first:last] for part in (images, *more)]
            parts = [self.read_likelihood(latents[:, i:j], *given) for i, j in blocks.halving_spans(0, samples, BLOCK)]
            log_likelihood = np.concatenate([ops.convert_to_numpy(part) for part in parts], axis=1)
            divergence = ops.convert_to_numpy(standard_normal_divergence(mean, log_variance))
            return bound(log_likelihood, log_ratio, np.sum(divergence, axis=(1, 2)))

        return blocks.drawn(draw, len(images), size=max(1, BLOCK // samples))

    def log_likelihood(self, latents, images, *more):
        """log p(x | z, y) of images (rows, height, width, channels), with latents (rows, samples, latent_dim) of each."""
        rows, samples, _ = ops.shape(latents)
        repeated = tuple(ops.repeat(part, samples, axis=0) for part in more)
        parameters = self.decoder_average(joined(ops.reshape(latents, (-1, self.latent_dim)), repeated))
        return ops.reshape(self.distribution.log_prob(ops.repeat(images, samples, axis=0), parameters), (rows, samples))

    def checked_for_bounds(self, images):
        """Images that the likelihood is one of: of -1 and 1 for "bernoulli", else of any numbers in [-1, 1]."""
        return (checks.binary_images if self.likelihood == "bernoulli" else checks.images)(images, self.image_shape)

    # Images

    def images_of(self, inputs, index, bits, seed):
        """Images of the decoder's inputs, the first of which is number `index`: means, or bits drawn with `seed`'s numbers."""
        means = ops.convert_to_numpy(self.distribution.mean(self.draw_parameters(inputs)))
        if not bits:
            return means
        return draw_bits(means, noise.uniform(self.image_shape, seed, index, index + len(means), BITS))

    def check_bits(self, bits):
        """Raises a ValueError if bits are asked for of a model whose pixels are none."""
        if bits and self.likelihood != "bernoulli":
            raise ValueError(f"bits must be False: the pixels of this model are {self.likelihood}; received {bits!r}.")


def joined(first, more):
    """What a network with or without other inputs takes."""
    return [first, *more] if more else first


def draw_bits(means, uniform):
    """-1 or 1 for each mean pixel in [-1, 1] and uniform number."""
    return np.where(2.0 * uniform - 1.0 < means, 1.0, -1.0).astype("float32")
