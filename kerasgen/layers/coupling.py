"""Invertible layers of normalizing flows. Each maps x to (y, log |det dy/dx| of each example), and has `invert`.

Affine coupling (Dinh et al., 2017, arXiv:1605.08803, section 3.2): the channels are halved, and a network that sees the first
half a says how the second, b, is stretched and moved, so that the Jacobian is triangular:

    a' = a,    b' = (b + shift(a)) exp(log_scale(a))

Mixture coupling (Ho et al., 2019, arXiv:1902.00275, section 3.2): before that, each number of b passes the distribution
function of a mixture of logistics, whose parameters are the network's too, and the logit, which makes its range the whole line:

    b <- logit(sum_k w_k sigmoid((b - m_k) / s_k)) + SLACK b

The small linear term is ours: no slope is below SLACK, so that the inverse, found by bisection, loses few digits. Or each
number of b passes a rational-quadratic spline (spline.py), whose inverse has a closed form.
log_scale and log s_k are bounded: no input, however far away, makes an infinity.

Channels are mixed by an invertible matrix at every position (Kingma & Dhariwal, 2018, arXiv:1807.03039, section 3.2), after a
scale and a shift for each channel (actnorm, section 3.1, from 1 and 0: nothing depends on the first batch):

    y = (x exp(s) + t) P L U,    log |det| = positions * sum(s + log diag U),    |s|, |log diag U| bounded
"""

import math

import keras
import numpy as np
from keras import ops

from kerasgen import checks
from kerasgen.layers.spline import Spline

MAX_LOG_SCALE = 3.0  # of a coupling and of a channel
MAX_LOG_WIDTH = 5.0  # of a logistic
SLACK = 0.05  # least slope of a mixture coupling before its affine part
BISECTIONS = 32  # the bracket is a few units wide


def bounded(x, bound):
    """`x` where it is small, never beyond +-bound."""
    return bound * ops.tanh(x / bound)


def sum_of_each(x):
    """Sums over all axes but the first: (batch,)."""
    return ops.sum(x, axis=tuple(range(1, len(x.shape))))


def times(x, matrix):
    """x matrix, over the last axis of x, in full float32: accelerators round what goes into `ops.matmul` to fewer digits."""
    return ops.sum(x[..., None] * matrix, axis=-2)


def log_normal(z):
    """Log-density of standard normal numbers, summed over all axes but the first: (batch,)."""
    return -0.5 * sum_of_each(ops.square(z) + math.log(2 * math.pi))


class Coupling(keras.layers.Layer):
    """Coupling of the two halves of the last axis.

    Args:
        channels: Length of the last axis, at least 2.
        build: Function (channels seen, numbers wanted) -> `keras.Model` from the first half, or a list of it and a context, to
            (batch, ..., numbers) in float32.
        components: Logistics of the mixture; 0 for none.
        bins: Bins of the spline; 0 for none. Without either, the coupling is affine.

    Call arguments:
        x: float32 (batch, ..., channels).
        context: What the network sees besides, (batch, ..., any); None for nothing.
    """

    def __init__(self, channels, build, components=0, bins=0, **kwargs):
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.seen, self.components, self.bins = channels // 2, components, bins
        self.moved, self.numbers = channels - self.seen, count_parameters(components, bins)
        self.network = build(self.seen, self.moved * self.numbers)
        self.built = True

    def call(self, x, context=None, training=False):
        seen, moved = x[..., : self.seen], x[..., self.seen :]
        moved, log_slope = through(moved, self.parameters(seen, context, training))
        return ops.concatenate([seen, moved], axis=-1), sum_of_each(log_slope)

    def invert(self, y, context=None):
        seen, moved = y[..., : self.seen], y[..., self.seen :]
        moved = back(moved, self.parameters(seen, context, False))
        return ops.concatenate([seen, moved], axis=-1)

    def parameters(self, seen, context, training):
        raw = self.network(seen if context is None else [seen, context], training=training)
        raw = ops.reshape(ops.cast(raw, "float32"), (-1, *seen.shape[1:-1], self.moved, self.numbers))
        return parameters_of(raw, self.components, self.bins)


class ChannelMix(keras.layers.Layer):
    """Exchanges the halves of the last axis; if it learns, with a scale, a shift and an invertible matrix.

    Args:
        channels: Length of the last axis, at least 2.
        learned: Whether there is anything to learn; without, the halves are exchanged and nothing else.
    """

    def __init__(self, channels, learned=True, **kwargs):
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.learned, self.channels = learned, channels
        order = np.roll(np.arange(channels), -(channels // 2))  # the half that a coupling saw comes last
        self.permutation = np.eye(channels, dtype="float32")[:, order]
        if learned:
            for name, shape in {"log_scale": (channels,), "shift": (channels,), "log_diagonal": (channels,)}.items():
                setattr(self, name, self.add_weight(shape=shape, initializer="zeros", name=name))
            self.triangles = self.add_weight(
                shape=(channels * (channels - 1),), initializer=keras.initializers.RandomNormal(0.0, 0.02), name="triangles"
            )
        self.built = True

    def call(self, x, training=False):
        if not self.learned:
            return times(x, self.permutation), ops.zeros_like(sum_of_each(x))
        log_scale, lower, upper, log_diagonal = self.factors()
        y = times(x * ops.exp(log_scale) + self.shift, times(self.permutation, times(lower, upper)))
        positions = math.prod(x.shape[1:-1])
        return y, ops.zeros_like(sum_of_each(x)) + positions * ops.sum(log_scale + log_diagonal)

    def invert(self, y):
        if not self.learned:
            return times(y, self.permutation.T)
        log_scale, lower, upper, _ = self.factors()
        inverse = times(times(ops.linalg.inv(upper), ops.linalg.inv(lower)), self.permutation.T)
        return (times(y, inverse) - self.shift) * ops.exp(-log_scale)

    def factors(self):
        """(log scale, unit lower triangle, upper triangle, log of its diagonal)."""
        size, count = self.channels, self.channels * (self.channels - 1) // 2
        below = np.zeros((size, size), "int32")  # 0 for a zero, else a place in `triangles`, from 1
        below[np.tril_indices(size, -1)] = 1 + np.arange(count)
        above = np.where(below > 0, below + count, 0).T
        values = ops.concatenate([ops.zeros(1), ops.convert_to_tensor(self.triangles)])
        log_diagonal = bounded(ops.convert_to_tensor(self.log_diagonal), MAX_LOG_SCALE)
        lower = ops.take(values, below) + np.eye(size, dtype="float32")
        upper = ops.take(values, above) + ops.diag(ops.exp(log_diagonal))
        return bounded(ops.convert_to_tensor(self.log_scale), MAX_LOG_SCALE), lower, upper, log_diagonal


def checked_bins(bins, components):
    """`bins`, if there are none, or 2 to 1000 and no mixture.

    Raises:
        ValueError: There are others, or a mixture, too.
    """
    bins = checks.integer("bins", bins, 0, 1000)
    if bins == 1 or (bins and components):
        raise ValueError(
            f"bins must be 0, or 2 to 1000 where components is 0; received bins={bins!r}, components={components}."
        )
    return bins


def count_parameters(components, bins=0):
    """How many numbers `parameters_of` needs for each that is moved."""
    return 2 + (3 * bins - 1 if bins else 3 * components)


def parameters_of(raw, components, bins=0):
    """(shift, log scale, None or a `Mixture` or a `Spline`) of any numbers (..., count_parameters)."""
    shift, log_scale = raw[..., 0], bounded(raw[..., 1], MAX_LOG_SCALE)
    if bins:
        return shift, log_scale, Spline(raw[..., 2:], bins)
    return shift, log_scale, Mixture(raw[..., 2:], components) if components else None


def through(x, parameters):
    """(value, log slope) of each number of x, with the parameters that `parameters_of` gives."""
    shift, log_scale, warp = parameters
    x, log_slope = (x, 0.0) if warp is None else warp.forward(x)
    return (x + shift) * ops.exp(log_scale), log_slope + log_scale


def back(y, parameters):
    """The x that `through` maps to y."""
    shift, log_scale, warp = parameters
    x = y * ops.exp(-log_scale) - shift
    return x if warp is None else warp.inverse(x)


class Mixture:
    """A mixture of logistics for each of some numbers, of any numbers (..., 3 components)."""

    def __init__(self, raw, components):
        log_weights, means, log_widths = ops.split(raw, 3, axis=-1)
        means = means + np.linspace(-2.0, 2.0, components, dtype="float32")  # apart from the start on
        self.parameters = ops.log_softmax(log_weights, axis=-1), means, bounded(log_widths, MAX_LOG_WIDTH)

    def forward(self, x):
        return through_mixture(x, *self.parameters)

    def inverse(self, y):
        return back_through_mixture(y, *self.parameters)


def through_mixture(x, log_weights, means, log_widths):
    """(value, log slope) of x -> logit(sum_k w_k sigmoid((x - m_k) / s_k)) + SLACK x; parameters have one more axis than x."""
    t = (x[..., None] - means) * ops.exp(-log_widths)
    below, above = ops.log_sigmoid(t), ops.log_sigmoid(-t)
    log_cdf = ops.logsumexp(log_weights + below, axis=-1)
    log_rest = ops.logsumexp(log_weights + above, axis=-1)
    log_density = ops.logsumexp(log_weights + below + above - log_widths, axis=-1)
    log_slope = ops.logaddexp(log_density - log_cdf - log_rest, math.log(SLACK))
    return log_cdf - log_rest + SLACK * x, log_slope


def back_through_mixture(y, log_weights, means, log_widths):
    """The x that `through_mixture` maps to y, by bisection.

    The mixture's distribution function lies between the least and the greatest of its components', so that x lies between the
    solutions for a single component, which are linear.
    """
    widths = ops.exp(log_widths)
    alone = (widths * y[..., None] + means) / (1.0 + SLACK * widths)

    def halve(_, ends):
        low, high = ends
        middle = 0.5 * (low + high)
        is_above = through_mixture(middle, log_weights, means, log_widths)[0] > y
        return ops.where(is_above, low, middle), ops.where(is_above, middle, high)

    low, high = ops.fori_loop(0, BISECTIONS, halve, (ops.min(alone, axis=-1), ops.max(alone, axis=-1)))
    return 0.5 * (low + high)
