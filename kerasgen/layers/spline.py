"""Monotone rational-quadratic splines: invertible functions of single numbers, in closed form both ways.

Durkan, Bekasov, Murray & Papamakarios, 2019, "Neural spline flows", arXiv:1906.04032, section 3.1. On [-TAIL, TAIL] a number
falls into a bin of width w and height h, whose lower left corner is (x_k, y_k), and at whose ends the slopes are d_0 and d_1.
With s = h / w and t = (x - x_k) / w,

    y = y_k + h (s t^2 + d_0 t (1 - t)) / (s + (d_1 + d_0 - 2 s) t (1 - t))

Outside, y = x, with a slope of 1 at the ends, so that no number, however far away, makes an infinity. From numbers that are all
0, the function is the identity.
"""

import math

from keras import ops

TAIL = 5.0
LEAST = 0.1  # width and height of a bin, in those of equal bins, and slope at its ends: the inverse then loses few digits


class Spline:
    """A spline for each of some numbers.

    Args:
        raw: Any numbers (..., 3 bins - 1), of which widths, heights and inner slopes are made.
        bins: How many bins.
    """

    def __init__(self, raw, bins):
        widths, heights = (knots(raw[..., i * bins : (i + 1) * bins], bins) for i in range(2))
        slopes = LEAST + ops.softplus(raw[..., 2 * bins :] + math.log(math.expm1(1.0 - LEAST)))
        slopes = ops.pad(slopes, [[0, 0]] * (len(slopes.shape) - 1) + [[1, 1]], constant_values=1.0)
        self.bins = widths, heights, slopes

    def forward(self, x):
        """(value, log slope) of each number of x (...)."""
        inside, (left, width, low, height, first, last) = self.at(x, self.bins[0])
        t = (ops.clip(x, -TAIL, TAIL) - left) / width
        slope, both = height / width, t * (1.0 - t)
        bottom = slope + (last + first - 2.0 * slope) * both
        y = low + height * (slope * ops.square(t) + first * both) / bottom
        top = ops.square(slope) * (last * ops.square(t) + 2.0 * slope * both + first * ops.square(1.0 - t))
        return ops.where(inside, y, x), ops.where(inside, ops.log(top) - 2.0 * ops.log(bottom), 0.0)

    def inverse(self, y):
        """The x whose `forward` is y: the root of a quadratic equation, written so that nothing cancels."""
        inside, (left, width, low, height, first, last) = self.at(y, self.bins[1])
        above, slope = ops.clip(y, -TAIL, TAIL) - low, height / width
        bend = above * (last + first - 2.0 * slope)
        a, b, c = height * (slope - first) + bend, height * first - bend, -slope * above
        t = 2.0 * c / (-b - ops.sqrt(ops.maximum(ops.square(b) - 4.0 * a * c, 0.0)))
        return ops.where(inside, left + t * width, y)

    def at(self, value, ends):
        """(whether it is inside, (x_k, w, y_k, h, d_0, d_1) of the bin) of each value, with `ends` of the bins on its axis."""
        widths, heights, slopes = self.bins
        places = ops.sum(ops.cast(value[..., None] >= ends[..., 1:-1], "int32"), axis=-1)
        chosen = ops.one_hot(places, ends.shape[-1] - 1, dtype="float32")

        def of(numbers):
            return ops.sum(chosen * numbers, axis=-1)

        corners = [part for edges in (widths, heights) for part in (of(edges[..., :-1]), of(edges[..., 1:] - edges[..., :-1]))]
        return ops.abs(value) <= TAIL, (*corners, of(slopes[..., :-1]), of(slopes[..., 1:]))


def knots(raw, bins):
    """The bins + 1 ends of bins that fill [-TAIL, TAIL], of any numbers (..., bins)."""
    shares = LEAST / bins + (1.0 - LEAST) * ops.softmax(raw, axis=-1)
    ends = ops.cumsum(shares[..., :-1], axis=-1)
    ends = ops.pad(ends, [[0, 0]] * (len(ends.shape) - 1) + [[1, 0]])
    ends = ops.concatenate([ends, ops.ones_like(ends[..., :1])], axis=-1)  # 1, not what rounding makes of it
    return TAIL * (2.0 * ends - 1.0)
