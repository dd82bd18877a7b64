"""Self-attention between the places of a feature map.

Zhang et al., 2019, arXiv:1805.08318, section 3. For features x (places, channels), with 1x1 convolutions f, g, h and v,

    attention_ij = softmax_j(f(x_i) . g(x_j)),      y_i = x_i + gamma v(sum_j attention_ij h(x_j))

so that each place i takes from all places j what it looks for. As in the authors' code, g and h look at a map of half the
size (max pooling), f and g have an eighth of the channels and h a half. gamma begins at 0: what is near is learned first.
"""

import keras
from keras import layers, ops

from kerasgen.layers.spectral_norm import SpectralConv2D


@keras.saving.register_keras_serializable("kerasgen")
class SelfAttention(layers.Layer):
    """Self-attention with spectrally normalised projections.

    Call arguments:
        x: (batch, height, width, channels), height and width even, channels a multiple of 8. The result has the same shape.
        return_attention: If true, also the weights, float32 (batch, height * width, height / 2 * width / 2); rows sum to 1.
    """

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels % 8:
            raise ValueError(f"SelfAttention needs channels that are a multiple of 8; received {channels}.")
        self.f, self.g, self.h, self.v = (
            SpectralConv2D(filters, 1, use_bias=False, name=name, dtype=self.dtype_policy)
            for name, filters in (("f", channels // 8), ("g", channels // 8), ("h", channels // 2), ("v", channels))
        )
        for layer in (self.f, self.g, self.h):
            layer.build(input_shape)
        self.v.build((*input_shape[:-1], channels // 2))
        self.pool = layers.MaxPooling2D(2, dtype=self.dtype_policy)
        self.gamma = self.add_weight(shape=(), initializer="zeros", name="gamma")

    def call(self, x, return_attention=False):
        _, height, width, channels = x.shape
        queries = ops.reshape(self.f(x), (-1, height * width, channels // 8))
        keys = ops.reshape(self.pool(self.g(x)), (-1, height * width // 4, channels // 8))
        values = ops.reshape(self.pool(self.h(x)), (-1, height * width // 4, channels // 2))
        likeness = ops.cast(ops.matmul(queries, ops.transpose(keys, (0, 2, 1))), "float32")
        attention = ops.softmax(likeness, axis=-1)  # (batch, height * width, height / 2 * width / 2)
        found = ops.matmul(ops.cast(attention, values.dtype), values)
        y = x + ops.cast(self.gamma, x.dtype) * self.v(ops.reshape(found, (-1, height, width, channels // 2)))
        return (y, attention) if return_attention else y
