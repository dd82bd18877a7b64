"""The two flows of `RealNVP`: of images, and of the noise between their grey levels; and the networks of their couplings.

Both work on squeezed images, whose channels are the pixels of 2x2 blocks; layers/coupling.py has the equations of their layers.
"""

import itertools
import math

import keras
from keras import layers, ops

from kerasgen.layers import ChannelMix, Coupling
from kerasgen.layers.coupling import log_normal, sum_of_each

ALPHA = 1e-5  # far below a grey level: black and white are stretched about as much as the greys between them
SPREAD = 4.0  # about the deviation of the logits
CORNERS = ((0, 0), (1, 1), (0, 1), (1, 0))  # of a 2x2 block, in the order of the channels that they become


class ImageFlow(layers.Layer):
    """Continuous images in [0, 1] -> (latents of the same shape, log |det| (batch,)); `invert` goes back."""

    def __init__(self, image_shape, couplings, widths, blocks, components, bins, mixing, plain, dropout, seed):
        super().__init__(dtype="float32", autocast=False)
        (height, width, channels), self.counts, self.steps = image_shape, [], []
        seeds = dropout_seeds(seed, 0)
        for level, (count, size) in enumerate(zip(couplings, widths, strict=True)):
            height, width, channels = height // 2, width // 2, 4 * channels
            build = coupling_network((height, width), size, blocks, dropout, seeds)
            for i in range(count):
                learned = mixing == "conv" and (level > 0 or i >= plain)
                self.steps += [ChannelMix(channels, learned), Coupling(channels, build, components, bins)]
            self.steps.append(ChannelMix(channels, mixing == "conv"))
            self.counts.append(2 * count + 1)
            channels //= 2  # the other half are latents
        self.built = True

    def call(self, unit, training=False):
        near, far = ALPHA + (1 - 2 * ALPHA) * unit, ALPHA + (1 - 2 * ALPHA) * (1.0 - unit)
        x = (ops.log(near) - ops.log(far)) / SPREAD
        log_det = sum_of_each(math.log((1 - 2 * ALPHA) / SPREAD) - ops.log(near) - ops.log(far))
        kept, first = [], 0
        for level, count in enumerate(self.counts):
            x = squeeze(x)
            for step in self.steps[first : first + count]:
                x, more = step(x, training=training)
                log_det = log_det + more
            first += count
            if level < len(self.counts) - 1:
                x, latents = ops.split(x, 2, axis=-1)
                kept.append(latents)
        while kept:
            x = ops.concatenate([unsqueeze(x), kept.pop()], axis=-1)
        return unsqueeze(x), log_det

    def invert(self, z):
        kept, x, last = [], squeeze(z), len(self.steps)
        for _ in self.counts[:-1]:
            x, latents = ops.split(x, 2, axis=-1)
            kept.append(latents)
            x = squeeze(x)
        for count in reversed(self.counts):
            for step in reversed(self.steps[last - count : last]):
                x = step.invert(x)
            last -= count
            x = unsqueeze(x)
            if kept:
                x = ops.concatenate([x, kept.pop()], axis=-1)
        return ops.clip((ops.sigmoid(SPREAD * x) - ALPHA) / (1 - 2 * ALPHA), 0.0, 1.0)


class NoiseFlow(layers.Layer):
    """(grey levels, standard normal numbers of the same shape) -> (noise u in [0, 1], log q(u | greys) (batch,))."""

    def __init__(self, image_shape, couplings, width, blocks, components, dropout, seed):
        super().__init__(dtype="float32", autocast=False)
        size, channels = (image_shape[0] // 2, image_shape[1] // 2), 4 * image_shape[2]
        seeds = dropout_seeds(seed, 1)
        self.reader = coupling_network(size, width, blocks, dropout, seeds)(channels, width)
        build = coupling_network(size, width, min(blocks, 1), dropout, seeds, context=width)
        self.steps = [Coupling(channels, build, components) for _ in range(couplings)]
        self.swap = ChannelMix(channels, learned=False)
        self.built = True

    def call(self, grey, normal, training=False):
        context = self.reader(squeeze(grey / 127.5 - 1.0), training=training)
        x, log_noise = squeeze(normal), log_normal(normal)
        for step in self.steps:
            x, log_det = step(self.swap(x)[0], context, training=training)
            log_noise = log_noise - log_det
        x = 1.7 * unsqueeze(x)  # the sigmoid of which is about uniform before training
        return ops.sigmoid(x), log_noise - sum_of_each(math.log(1.7) + ops.log_sigmoid(x) + ops.log_sigmoid(-x))


class PositionBias(layers.Layer):
    """Adds a number of its own to each place and channel, which tells a convolution where it is."""

    def __init__(self, shape):
        super().__init__()
        self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")
        self.built = True

    def call(self, x):
        return x + self.bias


def coupling_network(size, width, blocks, dropout, seeds, context=0):
    """Builder for a `Coupling`: gated residual blocks of convolutions over images of that size; its last layer begins at 0."""

    def build(channels, numbers):
        inputs = [keras.Input((*size, n), dtype="float32") for n in (channels, context) if n]
        x = layers.Concatenate()(inputs) if context else inputs[0]
        x = PositionBias((*size, width))(layers.Conv2D(width, 3, padding="same", use_bias=False)(x))
        for _ in range(blocks):
            y = layers.Conv2D(width, 3, padding="same")(normalised(x))
            y = layers.Activation("gelu")(y)
            y = layers.Dropout(dropout, seed=next(seeds))(y) if dropout else y
            signal, gate = ops.split(layers.Conv2D(2 * width, 1)(y), 2, axis=-1)
            x = x + signal * ops.sigmoid(gate)
        x = layers.Activation("gelu")(normalised(x))
        x = layers.Conv2D(numbers, 1, kernel_initializer="zeros", dtype="float32")(x)
        return keras.Model(inputs if context else inputs[0], x)

    return build


def normalised(x):
    """Mean 0 and variance 1 over the channels of each place; what follows has weights enough."""
    return layers.LayerNormalization(center=False, scale=False)(x)


def dropout_seeds(seed, number):
    """Seeds for dropout layers, one after the other; Nones if `seed` is None. Another number gives other ones."""
    return itertools.repeat(None) if seed is None else itertools.count((seed + 1000 * (number + 1)) % 2**31)


def squeeze(x):
    """2x2 blocks of pixels become channels, first those of one colour of a checkerboard: (batch, h / 2, w / 2, 4 channels)."""
    return ops.concatenate([x[:, i::2, j::2] for i, j in CORNERS], axis=-1)


def unsqueeze(x):
    """The inverse of `squeeze`."""
    height, width, channels = x.shape[1], x.shape[2], x.shape[3] // 4
    x = ops.take(ops.reshape(x, (-1, height, width, 4, channels)), (0, 2, 3, 1), axis=3)  # row by row
    x = ops.transpose(ops.reshape(x, (-1, height, width, 2, 2, channels)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, 2 * height, 2 * width, channels))
