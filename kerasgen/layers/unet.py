"""A compact U-Net that is told how noisy its input is, and what it should show.

Ronneberger et al., 2015, arXiv:1505.04597, as Ho et al. (2020, arXiv:2006.11239, appendix B) use it: residual blocks at the
whole, a half and a quarter of the image's size, what is found on the way down joined on the way up, and attention between all
places where they are fewest. Each block is normalised in groups (Wu & He, 2018, arXiv:1803.08494), scaled and shifted by what
the noise and the condition say (Dhariwal & Nichol, 2021, arXiv:2105.05233, section 3), and begins as the identity.
"""

import keras
from keras import layers, ops

GROUPS = 8
FREQUENCIES = 32


def build_unet(image_shape, widths=(32, 64, 96), blocks=1, condition_dim=0, dropout=0.0, name="unet"):
    """(x (batch, height, width, channels), log signal-to-noise ratio (batch,), condition (batch, condition_dim)) -> like x.

    Args:
        image_shape: (height, width, channels); height and width multiples of 2 ** (len(widths) - 1).
        widths: Channels at the whole, a half, a quarter ... of the size: multiples of 8.
        blocks: Residual blocks at each size, on the way down; one more on the way up.
        condition_dim: Length of the condition; 0 for a network without one.
        dropout: Share of features that training leaves out in each block.
        name: Name of the network.
    """
    x_in, level = keras.Input(image_shape), keras.Input(())
    condition = keras.Input((condition_dim,)) if condition_dim else None
    told = conditioning(level, condition, 4 * widths[0])
    x = layers.Conv2D(widths[0], 3, padding="same")(x_in)
    kept = [x]
    for stage, width in enumerate(widths):
        if stage:
            x = layers.Conv2D(width, 3, strides=2, padding="same")(x)
            kept.append(x)
        for _ in range(blocks):
            x = residual(x, told, width, dropout)
            kept.append(x)
    x = residual(x, told, widths[-1], dropout)
    x = attention(x)
    x = residual(x, told, widths[-1], dropout)
    for stage, width in reversed(list(enumerate(widths))):
        for _ in range(blocks + 1):
            x = residual(layers.Concatenate()([x, kept.pop()]), told, width, dropout)
        if stage:
            x = layers.Conv2D(widths[stage - 1], 3, padding="same")(layers.UpSampling2D()(x))
    x = layers.Activation("silu")(layers.GroupNormalization(GROUPS)(x))
    x = layers.Conv2D(image_shape[2], 3, padding="same", kernel_initializer="zeros", dtype="float32")(x)
    return keras.Model([x_in, level] + ([condition] if condition_dim else []), x, name=name)


def conditioning(level, condition, width):
    """What all blocks are told: (batch, width), from waves of the noise level and from the condition."""
    waves = Waves()(level)
    told = layers.Dense(width)(layers.Dense(width, activation="silu")(waves))
    if condition is not None:
        told = layers.Add()([told, layers.Dense(width)(condition)])
    return layers.Activation("silu")(told)


def residual(x, told, width, dropout):
    """Two convolutions beside the identity; the second one's input is scaled and shifted by `told`."""
    y = layers.Activation("silu")(layers.GroupNormalization(GROUPS)(x))
    y = layers.Conv2D(width, 3, padding="same")(y)
    y = layers.GroupNormalization(GROUPS)(y)
    scale, shift = (layers.Reshape((1, 1, width))(layers.Dense(width)(told)) for _ in range(2))
    y = layers.Activation("silu")(layers.Add()([y, layers.Multiply()([y, scale]), shift]))
    y = layers.Dropout(dropout)(y) if dropout else y
    y = layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(y)
    same = x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)
    return layers.Add()([same, y])


def attention(x, heads=4):
    """Attention of every place to all places, beside the identity."""
    _, height, width, channels = x.shape
    y = layers.Reshape((height * width, channels))(layers.GroupNormalization(GROUPS)(x))
    depth = max(1, channels // heads)
    y = layers.MultiHeadAttention(heads, depth, output_shape=channels)(y, y)
    y = layers.Dense(channels, kernel_initializer="zeros")(y)
    return layers.Add()([x, layers.Reshape((height, width, channels))(y)])


@keras.saving.register_keras_serializable("kerasgen")
class Waves(layers.Layer):
    """Sines and cosines of a log signal-to-noise ratio: (batch,) -> (batch, 64).

    Periods from 0.1 (of a range of 26) to 1,000, evenly spaced in their logarithm: Vaswani et al., 2017, section 3.5.
    """

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"}, autocast=False)

    def call(self, level):
        rates = ops.exp(ops.linspace(ops.log(0.00628), ops.log(6.28), FREQUENCIES))
        angles = ops.cast(level, "float32")[:, None] * rates
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
