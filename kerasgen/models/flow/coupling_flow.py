"""Normalizing flow of points with coupling layers: RealNVP without images.

Dinh et al., 2017, "Density estimation using Real NVP", arXiv:1605.08803, section 3. A chain f of couplings, whose equations
are in layers/coupling.py, with a scale, a shift and an invertible matrix before each, maps a point x to a latent z that is
standard normal, and training maximises the mean of

    log p(x) = log N(f(x); 0, I) + log |det df/dx|

which is exact. With `components`, couplings pass a mixture of logistics (Ho et al., 2019, arXiv:1902.00275), with `bins` a
rational-quadratic spline (Durkan et al., 2019, arXiv:1906.04032): affine ones alone stretch the plane and can only thin out,
not tear, what joins two clusters. Points are float32 (count, dim), in the units of the data; densities are in nats of those
units, and latents have the shape of points. All results come from averages of the weights.
"""

import keras
import numpy as np
from keras import layers

from kerasgen import blocks, checks, noise
from kerasgen.layers import ChannelMix, Coupling, WeightAverage
from kerasgen.layers.coupling import checked_bins, log_normal
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class CouplingFlow(GenerativeModel):
    """Normalizing flow of points.

    Args:
        dim: Numbers in a point, at least 2.
        couplings: How many; each moves one half of the numbers.
        hidden_dim: Units of each of the two hidden layers in the network of a coupling.
        components: Logistics in the mixture of a coupling; 0 for none.
        bins: Bins of the rational-quadratic spline of a coupling (layers/spline.py), in place of a mixture; 0 for none. Without
            either, couplings are affine.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "log_prob", "encode", "decode")

    def __init__(self, dim=2, couplings=8, hidden_dim=48, components=8, average_decay=0.999, bins=0, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.dim = checks.integer("dim", dim, 2, 10_000)
        self.couplings = checks.integer("couplings", couplings, 1, 1000)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.components = checks.integer("components", components, 0, 1000)
        self.bins = checked_bins(bins, components)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.flow = PointFlow(dim, couplings, hidden_dim, components, bins)
        self.flow_average = WeightAverage(self.flow, average_decay)
        self.read_points = compiled(self.flow_average, self)  # what the verbs use
        self.draw_points = compiled(self.inverse, self)
        self.built = True

    def call(self, points, training=False):
        """Latents of points: by the averages that the verbs use; in training, by `flow` itself."""
        return (self.flow(points, training=True) if training else self.flow_average(points))[0]

    # Training

    @portable_step
    def train_step(self, points):
        self.minimize(lambda: self.negative_log_prob(points, self.flow))
        self.flow_average.update()
        return self.logs()

    @portable_step
    def test_step(self, points):
        self.negative_log_prob(points, self.flow_average)
        return self.logs()

    def negative_log_prob(self, points, flow):
        """The loss in nats a point, a mean over the batch."""
        z, log_det = flow(points)
        loss = -keras.ops.mean(log_normal(z) + log_det)
        self.track(loss=loss)
        return loss

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: CouplingFlow learns from points alone; received labels or targets.")
        checks.vectors(x, self.dim, "x")

    def networks(self):
        x = keras.Input((self.dim,), name="points", dtype="float32")
        z, log_det = self.flow(x, training=False)
        return {"encode": keras.Model(x, {"latents": z, "log_prob": log_normal(z) + log_det}, name="encode")}

    # Verbs

    def sample(self, count=16, seed=0, start=0, temperature=1.0, batch_size=4096):
        """Draws points.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Point i depends on (seed, i) alone.
            start: Index of the first point, to draw a long series in parts.
            temperature: Deviation of the latents in [0, 2]; 1 for the distribution itself.
            batch_size: Points computed at once.

        Returns:
            float32 array (count, dim).

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start, temperature = checks.integer("start", start, 0, 2**62), checks.number("temperature", temperature, 0, 2)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)

        def draw(first, last):
            return self.draw_points(np.float32(temperature) * noise.normal((self.dim,), seed, first, last))

        return blocks.drawn(draw, count, start, batch_size)

    def log_prob(self, points, batch_size=4096):
        """Log-density of finite points (count, dim) in nats: float64 (count,)."""
        z, log_det = self.latents_of(points, batch_size)
        return log_det.astype("float64") - 0.5 * np.sum(np.square(z, dtype="float64") + np.log(2 * np.pi), axis=1)

    def encode(self, points, batch_size=4096):
        """Latents of finite points (count, dim): float32 of the same shape."""
        return self.latents_of(points, batch_size)[0]

    def decode(self, latents, batch_size=4096):
        """Points of finite latents (count, dim): float32 of the same shape."""
        latents = checks.vectors(latents, self.dim, "latents")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.draw_points, latents, size=batch_size)

    # Computations

    def latents_of(self, points, batch_size):
        """(latents, log |det| of the Jacobian) of points."""
        points = checks.vectors(points, self.dim, "points")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: tuple(self.read_points(part)), points, size=batch_size)

    def inverse(self, latents):
        with self.flow_average.in_place():
            return self.flow.invert(latents)


class PointFlow(layers.Layer):
    """Points (batch, dim) -> (latents of the same shape, log |det| (batch,)); `invert` goes back."""

    def __init__(self, dim, couplings, hidden_dim, components, bins):
        super().__init__(dtype="float32", autocast=False)
        self.steps = []
        for _ in range(couplings):
            self.steps += [ChannelMix(dim), Coupling(dim, perceptron(hidden_dim), components, bins)]
        self.steps.append(ChannelMix(dim))
        self.built = True

    def call(self, x, training=False):
        total = 0.0
        for step in self.steps:
            x, log_det = step(x, training=training)
            total = total + log_det
        return x, total

    def invert(self, z):
        for step in reversed(self.steps):
            z = step.invert(z)
        return z


def perceptron(hidden_dim):
    """Builder for a `Coupling`: two hidden layers; the last layer begins at 0."""

    def build(seen, numbers):
        inputs = keras.Input((seen,))
        x = layers.Dense(hidden_dim, activation="swish")(inputs)
        x = layers.Dense(hidden_dim, activation="swish")(x)
        return keras.Model(inputs, layers.Dense(numbers, kernel_initializer="zeros", dtype="float32")(x))

    return build
