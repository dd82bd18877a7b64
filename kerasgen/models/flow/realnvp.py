"""Multi-scale normalizing flow of images with coupling layers: RealNVP, and Glow as an option.

Dinh et al., 2017, "Density estimation using Real NVP", arXiv:1605.08803. A chain f of invertible layers maps a continuous image
v in [0, 1] to a latent z, which is standard normal:

    log p(v) = log N(f(v); 0, I) + log |det df/dv|

First comes a logit (section 4.1). Each level then moves the pixels of 2x2 blocks to channels (squeeze), so that the two halves
of the channels are the colours of a checkerboard, transforms them by couplings (their equations are in layers/coupling.py), and
keeps half of the channels as latents, while the rest goes on to the next level (section 3.6). With `mixing="conv"`, a level's
later couplings have a learned scale, shift and invertible matrix of the channels before them (Glow: Kingma & Dhariwal, 2018,
arXiv:1807.03039). With `components`, couplings pass a mixture of logistics (Flow++: Ho et al., 2019, arXiv:1902.00275).

Images have 256 grey levels k. Noise u in [0, 1] makes them continuous (dequantisation), v = (k + u) / 256: it is uniform, or
drawn by a smaller flow q(u | k) that learns it (Ho et al., section 3.1). Training maximises the bound

    log P(k) >= E_q[log p((k + u) / 256) - D log 256 - log q(u | k)],    D = height * width * channels

which `elbo` gives; `iw_bound` takes the logarithm of the mean over several u, which is tighter. Images are float32, channels
last, in [-1, 1], and grey level k is k / 127.5 - 1. A continuous image x stands for v = (x + 1) / 2: `log_prob` is its density
over [-1, 1]. Latents have the shape of images. All results come from averages of the weights over time.
"""

import math

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, noise
from kerasgen.latents import great_circle
from kerasgen.layers import WeightAverage
from kerasgen.layers.coupling import checked_bins, log_normal
from kerasgen.model import GenerativeModel
from kerasgen.models.flow.image_flows import ImageFlow, NoiseFlow
from kerasgen.steps import compiled, portable_step

DEQUANTISATION = 1  # stream of random numbers beside that of the latents
BATCH = 250  # images that bounds take at once


@keras.saving.register_keras_serializable("kerasgen")
class RealNVP(GenerativeModel):
    """Normalizing flow of images of 256 grey levels, or of colours with as many levels a channel.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2^len(couplings).
        couplings: Couplings at each level, from fine to coarse.
        widths: Channels of the couplings' convolutions at each level.
        blocks: Residual blocks in the network of a coupling.
        components: Logistics in the mixture of a coupling; 0 for none.
        bins: Bins of the rational-quadratic spline of a coupling (layers/spline.py), in place of a mixture; 0 for none. Without
            either, couplings are affine.
        mixing: "conv" for actnorm and invertible 1x1 convolutions before a level's later couplings; "swap" to exchange the
            halves of the channels and nothing else.
        plain: Couplings at the beginning of the first level that come without a convolution: they see pixels as they are.
        dequantisation: "variational" or "uniform".
        noise_couplings: Couplings of the flow that draws the noise, with `noise_width` channels and at most 4 components.
        noise_width: See there.
        dropout: Share of the units of a block that a training step leaves out.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    tracked = ("loss", "bits_per_dim")
    capabilities = ("sample", "log_prob", "elbo", "iw_bound", "encode", "decode", "interpolate")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        couplings=(6, 6),
        widths=(80, 96),
        blocks=2,
        components=8,
        mixing="conv",
        plain=4,
        dequantisation="variational",
        noise_couplings=4,
        noise_width=32,
        dropout=0.1,
        average_decay=0.999,
        bins=0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.couplings, self.widths = positive_integers("couplings", couplings), positive_integers("widths", widths)
        if len(couplings) != len(widths):
            raise ValueError(f"widths must be as many as couplings, one a level; received {widths} and {couplings}.")
        self.image_shape = checks.image_shape(image_shape, multiple_of=2 ** len(couplings))
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.components = checks.integer("components", components, 0, 1000)
        self.bins = checked_bins(bins, components)
        self.mixing = checks.one_of("mixing", mixing, ("conv", "swap"))
        self.plain = checks.integer("plain", plain, 0, 1000)
        self.dequantisation = checks.one_of("dequantisation", dequantisation, ("variational", "uniform"))
        self.noise_couplings = checks.integer("noise_couplings", noise_couplings, 1, 1000)
        self.noise_width = checks.integer("noise_width", noise_width, 1, 100_000)
        self.dropout = checks.number("dropout", dropout, 0, 0.9)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.size = math.prod(self.image_shape)
        self.flow = ImageFlow(self.image_shape, couplings, widths, blocks, components, bins, mixing, plain, dropout, self.seed)
        self.flow_average = WeightAverage(self.flow, average_decay)
        if dequantisation == "variational":
            self.noise_flow = NoiseFlow(
                self.image_shape, noise_couplings, noise_width, blocks, min(components, 4), dropout, self.seed
            )
            self.noise_average = WeightAverage(self.noise_flow, average_decay)
        self.read_images = compiled(self.log_density, self)  # what the verbs use
        self.read_bound = compiled(self.bound, self)
        self.add_noise = compiled(lambda grey, normal: self.dequantised(grey, normal, averaged=True)[0], self)
        self.draw_images = compiled(self.inverse, self)
        self.built = True

    def call(self, images, training=False):
        """Latents of continuous images in [-1, 1]: by the averages that the verbs use; in training, by `flow` itself."""
        unit = 0.5 * (images + 1.0)
        return (self.flow(unit, training=True) if training else self.flow_average(unit))[0]

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.negative_bound(images, averaged=False))
        self.flow_average.update()
        if self.dequantisation == "variational":
            self.noise_average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.negative_bound(images, averaged=True)
        return self.logs()

    def negative_bound(self, images, averaged):
        """The loss in nats an image, a mean over the batch; images are rounded to the nearest grey levels."""
        normal = keras.random.normal(ops.shape(images), dtype="float32", seed=self.seed_generator)
        loss = -ops.mean(self.bound(levels(images), normal, averaged))
        self.track(loss=loss, bits_per_dim=loss / (self.size * math.log(2)))
        return loss

    def bound(self, grey, normal, averaged=True):
        """log p(v) - D log 256 - log q(u | k) of grey levels k and standard normal numbers of the same shape: (batch,)."""
        unit, log_noise = self.dequantised(grey, normal, averaged)
        z, log_det = self.flow_average(unit) if averaged else self.flow(unit, training=True)
        return log_normal(z) + log_det - self.size * math.log(256) - log_noise

    def dequantised(self, grey, normal, averaged):
        """((k + u) / 256, log q(u | k)), where u is made of standard normal numbers."""
        if self.dequantisation == "uniform":
            u, log_noise = 0.5 * (1.0 + ops.erf(normal / math.sqrt(2))), ops.zeros_like(grey[:, 0, 0, 0])
        elif averaged:
            u, log_noise = self.noise_average(grey, normal)
        else:
            u, log_noise = self.noise_flow(grey, normal, training=True)
        return ops.clip((grey + u) / 256.0, 0.0, 1.0), log_noise

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: RealNVP learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        x = keras.Input(self.image_shape, name="images", dtype="float32")
        z, log_det = self.flow(layers.Rescaling(0.5, 0.5, dtype="float32")(x), training=False)
        log_prob = log_normal(z) + log_det - self.size * math.log(2)
        return {"encode": keras.Model(x, {"latents": z, "log_prob": log_prob}, name="encode")}

    # Verbs

    def sample(self, count=16, seed=0, start=0, temperature=1.0, greys=True, batch_size=256):
        """Draws images.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            temperature: Deviation of the latents in [0, 2]; below 1, images are more typical and alike (Glow, section 6).
            greys: Give the grey level that an image stands for, of the 256 that the model was trained on; without, the
                continuous images themselves, which `decode` gives too.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start, temperature = checks.integer("start", start, 0, 2**62), checks.number("temperature", temperature, 0, 2)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)

        def draw(first, last):
            latents = np.float32(temperature) * noise.normal(self.image_shape, seed, first, last)
            images = ops.convert_to_numpy(self.draw_images(latents))
            return np.minimum(np.floor(128 * (images + 1)), 255).astype("float32") / np.float32(127.5) - 1 if greys else images

        return blocks.drawn(draw, count, start, batch_size)

    def log_prob(self, images, batch_size=256):
        """Log-density of continuous images in [-1, 1] in nats, a density on that range: float64 (count,).

        An image of grey levels is only one point of what stands for it: see `elbo` for its probability, and `dequantise`.
        """
        return self.latents_and_log_prob(images, batch_size)[1].astype("float64")

    def encode(self, images, batch_size=256):
        """Latents of continuous images in [-1, 1]: float32 of the same shape. `dequantise` makes such images of greys."""
        return self.latents_and_log_prob(images, batch_size)[0]

    def decode(self, latents, batch_size=256):
        """Continuous images of finite latents (count, height, width, channels): float32 of the same shape, in [-1, 1]."""
        latents = checks.images(latents, self.image_shape, name="latents", low=-np.inf, high=np.inf)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.draw_images, latents, size=batch_size)

    def dequantise(self, images, seed=0):
        """Continuous images that 8-bit images may stand for: greys k become (k + u) / 128 - 1 with the model's noise u.

        Args:
            images: float array (count, height, width, channels) of values k / 127.5 - 1, k in 0..255.
            seed: Seed of the noise; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: Other values, or an argument out of range.
        """
        grey, seed = checks.grey_levels(images, self.image_shape), checks.seed(seed)

        def noisy(first, last):
            normal = noise.normal(self.image_shape, seed, first, last, DEQUANTISATION)
            return 2.0 * ops.convert_to_numpy(self.add_noise(grey[first:last], normal)) - 1.0

        return blocks.drawn(noisy, len(grey), size=BATCH)

    def interpolate(self, first, second, steps=8, seed=0):
        """Images on the arc between the latents of two 8-bit images (height, width, channels), both included.

        The ends are dequantised with the noise of `seed`. Returns a float32 array (steps, height, width, channels) in [-1, 1].
        """
        steps = checks.integer("steps", steps, 2, 1000)
        pair = [
            checks.grey_levels(np.asarray(x)[None], self.image_shape, name)
            for x, name in ((first, "first"), (second, "second"))
        ]
        ends = self.encode(self.dequantise(np.concatenate(pair) / np.float32(127.5) - 1, seed)).reshape(2, -1)
        return self.decode(great_circle(*ends, steps).reshape(steps, *self.image_shape))

    def elbo(self, images, samples=1, seed=0):
        """Lower bound on the log-probability of each 8-bit image in nats: float64 (count,).

        Args:
            images: float array (count, height, width, channels) of values k / 127.5 - 1, k in 0..255.
            samples: Draws of the noise whose bounds are averaged, for each image.
            seed: Seed of the noise; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: Other values, or an argument out of range.
        """
        return self.bounds(images, samples, seed).mean(axis=1)

    def iw_bound(self, images, samples=16, seed=0):
        """The importance-weighted bound, which rises with `samples`; arguments and result are those of `elbo`."""
        found = self.bounds(images, samples, seed)
        top = found.max(axis=1)
        return top + np.log(np.mean(np.exp(found - top[:, None]), axis=1))

    # Computations

    def bounds(self, images, samples, seed):
        """One bound for each image and draw of the noise: float64 (count, samples)."""
        grey, seed = checks.grey_levels(images, self.image_shape), checks.seed(seed)
        checks.integer("samples", samples, 1, 1_000_000)
        found = np.empty((len(grey), samples))
        for j in range(samples):  # a stream of numbers for each draw: an image's first is the same however many are asked for
            for i, k in blocks.spans(0, len(grey), BATCH):
                normal = noise.normal(self.image_shape, seed, i, k, DEQUANTISATION + j)
                found[i:k, j] = ops.convert_to_numpy(self.read_bound(grey[i:k], normal))
        return found

    def latents_and_log_prob(self, images, batch_size):
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: tuple(self.read_images(part)), images, size=batch_size)

    def log_density(self, images):
        z, log_det = self.flow_average(ops.clip(0.5 * (images + 1.0), 0.0, 1.0))
        return z, log_normal(z) + log_det - self.size * math.log(2)

    def inverse(self, latents):
        with self.flow_average.in_place():
            return ops.clip(2.0 * self.flow.invert(latents) - 1.0, -1.0, 1.0)


def levels(images):
    """The nearest of 256 grey levels: float32 of 0 .. 255."""
    return ops.clip(ops.round(127.5 * (images + 1.0)), 0.0, 255.0)


def positive_integers(name, values):
    """A sequence of positive integers, such as one a level, as it is.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(values, (tuple, list)) or not values:
        raise ValueError(f"{name} must be a sequence of positive integers, one a level; received {values!r}.")
    for value in values:
        checks.integer(name, value, 1, 100_000)
    return values
