"""Hierarchical variational autoencoder: a ladder of stochastic layers, from a vector for the whole image to maps of details.

Sonderby et al., 2016, arXiv:1602.02282 (the ladder); Child, 2021, arXiv:2011.10650 (residual blocks, one path from the top down
that both distributions share). The layers z_1 ... z_L are drawn one after the other, each given those above it,

    p(z) = prod_l N(z_l; m_l, s_l^2),                              m_l, s_l: functions of z_1 ... z_{l-1}
    q(z | x) = prod_l N(z_l; m_l + s_l a_l, (s_l b_l)^2),          a_l, b_l: functions of z_1 ... z_{l-1} and of the image

so that q says only how an image differs from what was to be expected (Vahdat & Kautz, 2020, arXiv:2007.03898, section 3.2).
With z_l = m_l + s_l u_l it is p(u) = N(0, I) and q(u_l | u_1 ... u_{l-1}, x) = N(a_l, b_l^2): the latents of this model are
the numbers u of all layers in one vector, the top layer first. The bound keeps a divergence in closed form for each layer:

    ELBO(x) = E_q[log p(x | u) - sum_l KL(N(a_l, b_l^2) || N(0, I))]  <=  log p(x)
    loss    = E_q[-log p(x | u)] + w sum_l max(free_bits, KL_l),    KL_l: its mean over the batch

(Kingma et al., 2016, arXiv:1606.04934, equation 15: below `free_bits` nats a layer costs nothing, so that none is given up.)
The importance-weighted bound is that of vae.py. Images are float32, channels last, in [-1, 1]; the likelihoods are those of
vae.py, and with "bernoulli" training draws the bits anew in every step. All results come from averages of the weights.
"""

import keras
import numpy as np
from keras import ops

from kerasgen import blocks, checks, latents, noise
from kerasgen.latents import checked_latents
from kerasgen.layers import WeightAverage
from kerasgen.losses import free_divergence, standard_normal_divergence
from kerasgen.losses import likelihood as distribution
from kerasgen.models.vae.ladder import Ladder, build_encoder, checked_layers, split
from kerasgen.models.vae.variational import BLOCK, VariationalModel
from kerasgen.schedules import linear_warmup
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class HVAE(VariationalModel):
    """Hierarchical variational autoencoder of images.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        scales: The scale of each stochastic layer from the top down, of "vector", "quarter" and "half"; the first is "vector".
        depths: The latents of each layer at each of its places.
        widths: Channels of the convolutions at a half and a quarter of the image's size.
        blocks: Residual blocks at each scale of the encoder, and after each stochastic layer.
        hidden_dim: Length of the features of layers whose scale is "vector".
        average_decay: Decay of the averages of the weights that the verbs use.
        likelihood: "bernoulli", "gaussian" or "logistic".
        beta: Weight of the divergence in training; 1 for the bound itself.
        free_bits: Nats of divergence that each stochastic layer has for free in training; 0 for none.
        warmup_steps: Steps in which the weight of the divergence rises from 0 to `beta`; 0 for none.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "encode", "decode", "reconstruct", "interpolate", "elbo", "iw_bound")
    train_samples = 1  # the divergence is in closed form

    def __init__(
        self,
        image_shape=(28, 28, 1),
        scales=("vector", "quarter", "half"),
        depths=(32, 2, 1),
        widths=(32, 64),
        blocks=1,
        hidden_dim=256,
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
        self.scales, self.depths = checked_layers(scales, depths)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.likelihood = likelihood
        self.distribution = distribution(likelihood)
        self.beta = beta
        self.free_bits = free_bits
        self.warmup_steps = warmup_steps
        self.check_objective()
        numbers = self.image_shape[2] * self.distribution.parameters
        self.encoder = build_encoder(self.image_shape, self.scales, widths, blocks, hidden_dim)
        self.ladder = Ladder(self.image_shape, self.scales, self.depths, widths, blocks, hidden_dim, numbers)
        self.layer_shapes = self.ladder.layer_shapes
        self.latent_dim = self.ladder.latent_dim
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.ladder_average = WeightAverage(self.ladder, average_decay)
        self.draw_parameters = compiled(lambda u: self.ladder_average(u)[0], self)  # what the verbs use
        self.read_images = compiled(lambda images: self.mean_path(images, self.encoder_average, self.ladder_average), self)
        self.read_evidence = compiled(self.encoder_average, self)
        self.read_bounds = compiled(self.bound_parts, self)
        self.built = True  # a batch is images, which are made into bits before they are encoded

    def call(self, latents, training=False):
        """Parameters of the pixels: by the averaged networks that the verbs use; in training, by `ladder` itself."""
        return (self.ladder(latents, training=True) if training else self.ladder_average(latents))[0]

    # Training

    @portable_step
    def train_step(self, images):
        weight = linear_warmup(self.optimizer.iterations, self.warmup_steps, self.beta)
        self.minimize(lambda: self.ladder_loss(images, self.encoder, self.ladder, weight))
        self.encoder_average.update()
        self.ladder_average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.ladder_loss(images, self.encoder_average, self.ladder_average, self.beta)
        return self.logs()

    def ladder_loss(self, images, encoder, ladder, weight):
        """The loss in nats an image, a mean over the batch; Bernoulli pixels are drawn anew from the grey levels."""
        if self.likelihood == "bernoulli":
            uniform = keras.random.uniform(ops.shape(images), dtype="float32", seed=self.seed_generator)
            images = 2.0 * ops.cast(2.0 * uniform - 1.0 < images, "float32") - 1.0
        normal = keras.random.normal((ops.shape(images)[0], self.latent_dim), dtype="float32", seed=self.seed_generator)
        parameters, _, mean, log_variance = ladder(normal, encoder(images))
        reconstruction = -ops.mean(self.distribution.log_prob(images, parameters))
        divergence = self.layer_sums(standard_normal_divergence(mean, log_variance))  # (batch, layers)
        loss = reconstruction + weight * free_divergence(divergence, self.free_bits)
        self.track(loss=loss, reconstruction=reconstruction, divergence=ops.mean(ops.sum(divergence, axis=-1)))
        return loss

    def layer_sums(self, values):
        """Numbers of the latents (batch, latent_dim), summed for each stochastic layer: (batch, layers)."""
        return ops.stack([ops.sum(part, axis=-1) for part in split(values, self.layer_shapes)], axis=-1)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: HVAE learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        z, x = keras.Input((self.latent_dim,), name="latents"), keras.Input(self.image_shape, name="images")
        means = self.distribution.mean(self.ladder(z, training=False)[0])
        mean, log_variance = self.mean_path(x, self.encoder, self.ladder)
        encode = keras.Model(x, {"mean": mean, "log_variance": log_variance}, name="encode")
        return {"decode": keras.Model(z, means, name="decode"), "encode": encode}

    # Verbs

    def sample(self, count=16, seed=0, start=0, bits=False, truncation=1.0, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            bits: Draw the pixels too; without, each is the mean that its latents give. Only where the likelihood is of bits.
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
            u = np.float32(truncation) * noise.normal((self.latent_dim,), seed, first, last)
            return self.images_of(u, first, bits, seed)

        return blocks.drawn(draw, count, start, batch_size)

    def encode(self, images, batch_size=256):
        """(mean, log-variance) of q(u_l | u_1 ... u_{l-1}, image), the layers above at their means: (count, latent_dim) each.

        `layers_of` sorts such vectors by layers.
        """
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: tuple(self.read_images(part)), images, size=batch_size)

    def layers_of(self, latents):
        """Latents (count, latent_dim) by stochastic layers, the top one first: a list of arrays (count, *shape of layer)."""
        parts = split(checked_latents(latents, self.latent_dim), self.layer_shapes)
        return [np.reshape(part, (-1, *shape)) for part, shape in zip(parts, self.layer_shapes, strict=True)]

    def decode(self, latents, bits=False, seed=0, batch_size=256):
        """Mean images of latents, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1].

        With `bits`, images of -1 and 1, each pixel drawn with the numbers of `seed`.
        """
        u, seed = checked_latents(latents, self.latent_dim), checks.seed(seed)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self.check_bits(bits)
        return blocks.drawn(lambda first, last: self.images_of(u[first:last], first, bits, seed), len(u), size=batch_size)

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

    def elbo(self, images, samples=1, seed=0):
        """Evidence lower bound of each image in nats, the layers' divergences in closed form: float32 (count,).

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; where the likelihood is "bernoulli", of -1 and 1,
                which `kerasgen.data.binarise` makes.
            samples: Latents an image that the expectation is taken over.
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary where they must be, or an argument is out of range.
        """

        def bound(log_likelihood, log_ratio, divergences):
            return np.mean(log_likelihood, axis=1) - np.sum(divergences, axis=1)

        return self.bounds(bound, self.checked_for_bounds(images), (), samples, seed)

    def iw_bound(self, images, samples=500, seed=0):
        """Importance-weighted bound on the log-likelihood of each image in nats: float32 (count,). Arguments as of `elbo`.

        It rises with `samples` (Burda et al., 2016, theorem 1).
        """
        return self.iw_bound_of(self.checked_for_bounds(images), (), samples, seed)

    def layer_divergences(self, images, samples=1, seed=0):
        """KL(q(u_l | u_1 ... u_{l-1}, image) || p(u_l)) of each stochastic layer in nats, the top one first.

        Arguments as of `elbo`; the mean is taken over `samples`.

        Returns:
            float32 array (count, layers).
        """
        return self.bounds(lambda *parts: parts[2], self.checked_for_bounds(images), (), samples, seed)

    # What the verbs compute

    def mean_path(self, images, encoder, ladder):
        """Mean and log-variance of the latents of images when each layer is at its mean: (batch, latent_dim) each."""
        nothing = ops.repeat(ops.zeros_like(images[:, :1, 0, 0]), self.latent_dim, axis=1)
        return ladder(nothing, encoder(images))[2:]

    def bound_parts(self, normal, images, *evidence):
        """log p(x | u), log p(u) - log q(u | x), both (rows, samples), and the layers' divergences (rows, samples, layers).

        `normal` (rows, samples, latent_dim) are the random numbers of the latents of images (rows, height, width, channels).
        """
        rows, samples, _ = ops.shape(normal)
        repeated = [ops.repeat(part, samples, axis=0) for part in (images, *evidence)]
        normal = ops.reshape(normal, (-1, self.latent_dim))
        parameters, u, mean, log_variance = self.ladder_average(normal, repeated[1:])
        log_ratio = 0.5 * ops.sum(ops.square(normal) + log_variance - ops.square(u), axis=-1)
        divergences = self.layer_sums(standard_normal_divergence(mean, log_variance))
        parts = (self.distribution.log_prob(repeated[0], parameters), log_ratio, divergences)
        return tuple(ops.reshape(part, (rows, samples, *ops.shape(part)[1:])) for part in parts)

    def bounds(self, bound, images, more, samples, seed):
        """As `VariationalModel.bounds`, but `bound` gets the mean divergence of each stochastic layer, (rows, layers)."""
        checks.integer("samples", samples, 1, 1_000_000)
        checks.seed(seed)

        def begun(first, last):
            """What the device has begun to compute for these images, part by part of the samples."""
            part = images[first:last]
            evidence, normal = self.read_evidence(part), noise.normal((samples, self.latent_dim), seed, first, last)
            return [self.read_bounds(normal[:, i:j], part, *evidence) for i, j in blocks.spans(0, samples, BLOCK)]

        def found(parts):
            likelihood, ratio, divergence = (
                np.concatenate([ops.convert_to_numpy(each[k]) for each in parts], axis=1) for k in range(3)
            )
            return bound(likelihood, ratio, np.mean(divergence, axis=1))

        def one_behind():
            """Random numbers of the next images are drawn while the device computes."""
            waiting = None
            for first, last in blocks.spans(0, len(images), max(1, BLOCK // samples)):
                parts = begun(first, last)
                if waiting is not None:
                    yield found(waiting)
                waiting = parts
            yield found(waiting)

        return blocks.gathered(one_behind(), len(images))
