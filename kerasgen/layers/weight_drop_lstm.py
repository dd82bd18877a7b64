"""An LSTM layer with dropped recurrent weights, several times as fast to train on a CPU as a loop of cells.

    z_t = x_t W + h_{t-1} R + b = (i, f, g, o)
    c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g),    h_t = sigmoid(o) tanh(c_t)

Training drops single weights of R, the same for all steps of a batch (DropConnect; Merity et al., 2018, arXiv:1708.02182,
section 2): no part of the past is lost, and the weights that overfit most are held back. Whatever does not depend on the
step before is computed for all steps at once: x_t W, z_t in the backward pass, and the gradient of R. Automatic
differentiation of a loop would spend most of its time summing the latter step by step; hence the gradient written out below.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgen")
class WeightDropLSTM(keras.layers.Layer):
    """Long short-term memory, with the weights of `keras.layers.LSTM`.

    Args:
        units: Length of h and c.
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
        shape = (input_shape[-1], 4 * self.units)
        initializers = keras.initializers.GlorotUniform(self.seed), keras.initializers.Orthogonal(seed=self.seed)
        self.kernel = self.add_weight(shape=shape, initializer=initializers[0], name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 4 * self.units), initializer=initializers[1], name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(4 * self.units,), initializer=forget_bias, name="bias")

    def call(self, inputs, state, training=False):
        """(outputs (batch, length, units), state after the last step).

        Args:
            inputs: (batch, length, features).
            state: (h, c) before the first step, (batch, units) each; c is float32.
            training: Whether recurrent weights are dropped.
        """
        recurrent = ops.copy(self.recurrent_kernel)  # a tensor: TensorFlow asks for gradients of variables by other means
        if training and self.weight_drop:
            recurrent = keras.random.dropout(recurrent, self.weight_drop, seed=self.seed_generator)
        steps = ops.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel) + self.bias  # (length, batch, 4 units)
        h, c = state
        hidden, cells = lstm_scan(steps, ops.cast(h, self.compute_dtype), ops.cast(c, "float32"), recurrent)
        return ops.transpose(hidden, (1, 0, 2)), (hidden[-1], cells[-1])

    def get_config(self):
        return {**super().get_config(), "units": self.units, "weight_drop": self.weight_drop, "seed": self.seed}


def forget_bias(shape, dtype=None):
    """One for the forget gates, else zero, so that at first the past is kept (Jozefowicz et al., 2015, section 2)."""
    return ops.cast(ops.arange(shape[0]) // (shape[0] // 4) == 1, dtype)


def gates(z):
    """(input, forget, candidate, output) of z (..., 4 units), float32."""
    i, f, g, o = ops.split(ops.cast(z, "float32"), 4, axis=-1)
    return ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)


def next_state(z, c):
    i, f, g, o = gates(z)
    after = f * c + i * g
    return ops.cast(o * ops.tanh(after), z.dtype), after


@ops.custom_gradient
def lstm_scan(steps, h, c, recurrent):
    """All (h_t, c_t), each (length, batch, units), from x_t W + b, the state before, and R."""

    def forward(state, step):
        state = next_state(step + ops.matmul(state[0], recurrent), state[1])
        return state, state

    _, (hidden, cells) = ops.scan(forward, (h, c), steps)

    def gradient(*upstream):
        d_hidden, d_cells = keras.tree.flatten(upstream)  # JAX gives one tuple
        h_before = ops.concatenate([h[None], hidden[:-1]])
        c_before = ops.concatenate([c[None], cells[:-1]])
        z = steps + ops.matmul(h_before, recurrent)
        transposed = ops.transpose(recurrent)

        def backward(after, inputs):
            d_z, d_c = after  # of the step after
            d_hidden, d_cells, z, c_before = inputs
            i, f, g, o = gates(z)
            t = ops.tanh(f * c_before + i * g)
            d_h = ops.cast(d_hidden + ops.matmul(d_z, transposed), "float32")
            d_c = d_c + d_cells + d_h * o * (1 - t * t)
            d_gates = [d_c * g * i * (1 - i), d_c * c_before * f * (1 - f), d_c * i * (1 - g * g), d_h * t * o * (1 - o)]
            after = ops.cast(ops.concatenate(d_gates, axis=-1), z.dtype), d_c * f
            return after, after

        nothing = ops.zeros_like(steps[0]), ops.zeros_like(c)
        (d_z, d_c), (d_steps, _) = ops.scan(backward, nothing, (d_hidden, d_cells, z, c_before), reverse=True)
        width = ops.shape(recurrent)[0]
        d_recurrent = ops.matmul(ops.transpose(ops.reshape(h_before, (-1, width))), ops.reshape(d_steps, (-1, 4 * width)))
        return d_steps, ops.matmul(d_z, transposed), d_c, d_recurrent

    return (hidden, cells), gradient
