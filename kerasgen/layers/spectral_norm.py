"""Layers whose kernel is divided by its largest singular value: slopes of at most 1.

Miyato et al., 2018, arXiv:1802.05957, algorithm 1. The kernel W as a matrix (inputs, outputs) acts as

    W / sigma,      v = W u / |W u|,      u' = W^T v / |W^T v|,      sigma = v^T W u'

where u is kept between steps. One power iteration, u <- u', is enough for a training step, since W moves slowly. Gradients
flow through W and sigma, not through u and v. A training step calls `power_iteration(network)` once: a layer that moved u
in each call would judge real and generated images by two different kernels.
"""

import keras
from keras import layers, ops


class Spectral:
    """What the layers below share, mixed into a Keras layer whose kernel has the outputs on its last axis."""

    def build(self, input_shape):
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.kernel.shape[-1],),
            dtype="float32",
            initializer="random_normal",
            trainable=False,
            autocast=False,
            aggregation="mean",
            name="u",
        )

    def iterate(self):
        """(W (inputs, outputs), v, u'), one power iteration from u: float32."""
        matrix = ops.reshape(ops.cast(self.kernel, "float32"), (-1, self.kernel.shape[-1]))
        fixed = ops.stop_gradient(matrix)
        v = unit(ops.matmul(fixed, ops.convert_to_tensor(self.u)))
        return matrix, v, unit(ops.matmul(v, fixed))

    def unit_kernel(self):
        """The kernel over its largest singular value, in the layer's compute type."""
        matrix, v, u = self.iterate()
        sigma = ops.sum(v * ops.matmul(matrix, u))
        return ops.cast(ops.reshape(matrix / sigma, self.kernel.shape), self.compute_dtype)

    def save_own_variables(self, store):
        layers.Layer.save_own_variables(self, store)  # Dense and convolutions store kernel and bias alone

    def load_own_variables(self, store):
        layers.Layer.load_own_variables(self, store)


@keras.saving.register_keras_serializable("kerasgen")
class SpectralDense(Spectral, layers.Dense):
    """`keras.layers.Dense` with a normalised kernel."""

    def call(self, inputs, training=None):
        outputs = ops.matmul(inputs, self.unit_kernel())
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)


@keras.saving.register_keras_serializable("kerasgen")
class SpectralConv2D(Spectral, layers.Conv2D):
    """`keras.layers.Conv2D` with a normalised kernel, as a matrix (height * width * inputs, outputs)."""

    def call(self, inputs):
        outputs = self.convolution_op(inputs, self.unit_kernel())
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)


def unit(vector):
    return vector / ops.maximum(ops.sqrt(ops.sum(ops.square(vector))), 1e-12)


def power_iteration(network):
    """Moves u of all spectral layers of a network by one iteration; to be called once, when a training step begins."""
    for layer in network._flatten_layers():
        if isinstance(layer, Spectral):
            layer.u.assign(layer.iterate()[2])
