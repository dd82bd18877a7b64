"""A GRU layer with dropped recurrent weights, several times as fast to train on a CPU as a loop of cells.

    (z, r) = sigmoid(x_t W + b + h_{t-1} R + c)          the first two thirds of W, R, b, c
    n      = tanh(x_t W + b + r (h_{t-1} R + c))         the last third
    h_t    = z h_{t-1} + (1 - z) n

Cho et al., 2014, arXiv:1406.1078, with the reset gate behind the recurrent matrix, so that one product a step is enough. As in
`WeightDropLSTM`, training drops single weights of R, and the gradient is written out: whatever does not depend on the step
before is computed for all steps at once.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgen")
class WeightDropGRU(keras.layers.Layer):
    """Gated recurrent units, with the weights of `keras.layers.GRU(reset_after=True)`.

    Args:
        units: Length of h.
        weight_drop: Share of the recurrent weights that training leaves out, in [0, 1).
        seed: Seed of the initial weights and of what is dropped.
    """

    def __init__(self, units, weight_drop=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.weight_drop = weight_drop
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        initializers = keras.initializers.GlorotUniform(self.seed), keras.initializers.Orthogonal(seed=self.seed)
        self.kernel = self.add_weight(shape=(input_shape[-1], 3 * self.units), initializer=initializers[0], name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 3 * self.units), initializer=initializers[1], name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(2, 3 * self.units), initializer="zeros", name="bias")

    def call(self, inputs, state, training=False):
        """(outputs (batch, length, units), state after the last step).

        Args:
            inputs: (batch, length, features).
            state: (h,) before the first step, (batch, units), float32.
            training: Whether recurrent weights are dropped.
        """
        recurrent = ops.copy(self.recurrent_kernel)  # a tensor: TensorFlow asks for gradients of variables by other means
        if training and self.weight_drop:
            recurrent = keras.random.dropout(recurrent, self.weight_drop, seed=self.seed_generator)
        steps = ops.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel) + self.bias[0]  # (length, batch, 3 units)
        hidden = gru_scan(steps, ops.cast(state[0], "float32"), recurrent, ops.copy(self.bias[1]))
        return ops.cast(ops.transpose(hidden, (1, 0, 2)), self.compute_dtype), (hidden[-1],)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "weight_drop": self.weight_drop, "seed": self.seed}


def gates(step, inner):
    """(update, reset, candidate, recurrent part of the candidate) of x_t W + b and h R + c (..., 3 units), float32."""
    (a, b, x), (c, d, h) = (ops.split(ops.cast(part, "float32"), 3, axis=-1) for part in (step, inner))
    r = ops.sigmoid(b + d)
    return ops.sigmoid(a + c), r, ops.tanh(x + r * h), h


@ops.custom_gradient
def gru_scan(steps, h, recurrent, bias):
    """All h_t, float32 (length, batch, units), from x_t W + b, the state before, R and c."""

    def inner_of(h):
        return ops.matmul(ops.cast(h, recurrent.dtype), recurrent) + bias

    def forward(h, step):
        z, _, n, _ = gates(step, inner_of(h))
        h = z * h + (1 - z) * n
        return h, h

    _, hidden = ops.scan(forward, h, steps)

    def gradient(*upstream):
        (d_hidden,) = keras.tree.flatten(upstream)
        h_before = ops.concatenate([h[None], hidden[:-1]])
        inner = inner_of(h_before)
        transposed = ops.transpose(recurrent)

        def backward(after, inputs):
            d_h = after[0]  # what the step after says of this one's h
            d_hidden, step, inner, h_before = inputs
            z, r, n, h_part = gates(step, inner)
            d_h = d_h + ops.cast(d_hidden, "float32")
            d_n = d_h * (1 - z) * (1 - n * n)
            d_z, d_r = d_h * (h_before - n) * z * (1 - z), d_n * h_part * r * (1 - r)
            d_step = ops.cast(ops.concatenate([d_z, d_r, d_n], axis=-1), steps.dtype)
            d_inner = ops.cast(ops.concatenate([d_z, d_r, d_n * r], axis=-1), steps.dtype)
            after = d_h * z + ops.cast(ops.matmul(d_inner, transposed), "float32"), d_step, d_inner
            return after, after

        nothing = ops.zeros_like(h), ops.zeros_like(steps[0]), ops.zeros_like(steps[0])
        (d_h, _, _), (_, d_steps, d_inner) = ops.scan(backward, nothing, (d_hidden, steps, inner, h_before), reverse=True)
        width = ops.shape(recurrent)[0]
        before = ops.cast(ops.reshape(h_before, (-1, width)), recurrent.dtype)
        flat = ops.reshape(d_inner, (-1, 3 * width))
        return d_steps, d_h, ops.matmul(ops.transpose(before), flat), ops.sum(flat, axis=0)

    return hidden, gradient
