"""The memory of a neural Turing machine: how heads find a place in it, read and write, and a cell that does so at each step.

Graves, Wayne & Danihelka, 2014, arXiv:1410.5401, section 3. The memory is N slots of M numbers. A head has a weighting w over
the slots, at least 0 and adding up to 1, which it finds anew at each step by what its controller says: a key k, its strength
beta, a gate g, probabilities s of shifts, and a sharpness gamma. By content, by where it was before, by a shift from there:

    w_c(i) = exp(beta K(k, M(i))) / sum_j exp(beta K(k, M(j))),   K(u, v) = u . v / (|u| |v|)                     (5), (6)
    w_g = g w_c + (1 - g) w_before                                                                                (7)
    w_s(i) = sum_j w_g(j) s(i - j mod N)                                                                          (8)
    w(i) = w_s(i)^gamma / sum_j w_s(j)^gamma                                                                      (9)

A head that writes erases by e in [0, 1] and adds a; one that reads then takes the mean of the slots under its weighting:

    M(i) = M_before(i) (1 - w(i) e) + w(i) a                                                                      (3), (4)
    r = sum_i w(i) M(i)                                                                                           (2)

Shapes: memory (batch, N, M); keys and what is read, erased or added (batch, heads, M); weightings (batch, heads, N).
The state that all begins from is that of Collier & Beel, 2018, arXiv:1807.08518: every number of the memory is 1e-6.
"""

import keras
from keras import layers, ops

from kerasgen import checks

EMPTY = 1e-6  # what the memory holds at first
TINY = 1e-16  # below any weight that matters; keeps logarithms and norms finite


def content_weights(memory, key, strength):
    """Equations (5) and (6): a softmax of `strength` (batch, heads, 1), at least 0, times the cosine of key and slot."""
    products = ops.matmul(key, ops.transpose(memory, (0, 2, 1)))  # (batch, heads, N)
    norms = ops.expand_dims(norm(key), 2) * ops.expand_dims(norm(memory), 1)
    return ops.softmax(strength * products / norms, axis=-1)


def interpolate(weights, before, gate):
    """Equation (7): `gate` (batch, heads, 1) in [0, 1] says how much of `weights`, and how little of those `before`."""
    return gate * weights + (1 - gate) * before


def shift(weights, shifts):
    """Equation (8): `shifts` (batch, heads, an odd number), the probabilities of moving by -1, 0, 1 slots, or further."""
    reach, moved = shifts.shape[-1] // 2, 0
    for place in range(shifts.shape[-1]):
        steps = place - reach  # what was at slot i comes to slot i + steps
        rolled = ops.concatenate([weights[..., -steps:], weights[..., :-steps]], axis=-1) if steps else weights
        moved = moved + shifts[..., place : place + 1] * rolled
    return moved


def sharpen(weights, gamma):
    """Equation (9): `gamma` (batch, heads, 1), at least 1."""
    return ops.softmax(gamma * ops.log(ops.maximum(weights, 0) + TINY), axis=-1)  # of logarithms: nothing can vanish


def write(memory, weights, erase, add):
    """Equations (3) and (4): all heads erase, then all add; `erase` and `add` are (batch, heads, M)."""
    for head in range(weights.shape[1]):
        memory = memory * (1 - ops.expand_dims(weights[:, head], 2) * ops.expand_dims(erase[:, head], 1))
    return memory + ops.matmul(ops.transpose(weights, (0, 2, 1)), add)


def read(memory, weights):
    """Equation (2): float (batch, heads, M)."""
    return ops.matmul(weights, memory)


def norm(vectors):
    """Lengths of vectors along the last axis, never 0, with a gradient everywhere."""
    return ops.sqrt(ops.sum(ops.square(vectors), axis=-1) + TINY)


@keras.saving.register_keras_serializable("kerasgen")
class MemoryCell(layers.Layer):
    """One step of a controller and its heads, for `keras.layers.RNN`.

    The controller sees the input and what was read a step ago. Its output h, through one matrix, gives the numbers of each
    head; all heads find their places in the memory as it was, then some write, then the others read. The weights fit any
    number of slots: another one may be given to `initial_state`. Always computes in float32.

    Args:
        units: Numbers of the controller's output h.
        controller: "lstm", or "dense" for a layer without a state of its own (tanh).
        slots: N, slots of the memory.
        width: M, numbers of a slot.
        read_heads, write_heads: How many heads read and write, at least one each.
        reach: How many slots a head can move in a step, in either direction.
        seed: Seed of the initial weights.

    Call arguments:
        x: (batch, channels).
        states: As `initial_state` gives them: those of the controller (h and c of an LSTM, none of a dense layer), what was
            read (batch, read_heads, M), weightings (batch, read_heads + write_heads, N) and the memory (batch, N, M).

    Returns:
        (h, what was read and all weightings, those of reading heads first, flat and one after another; the next states).
    """

    def __init__(
        self,
        units,
        controller="lstm",
        slots=128,
        width=20,
        read_heads=1,
        write_heads=1,
        reach=1,
        seed=None,
        **kwargs,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.units = checks.integer("units", units, 1, 100_000)
        self.controller = checks.one_of("controller", controller, ("lstm", "dense"))
        self.slots = checks.integer("slots", slots, 2 * reach + 1, 100_000)
        self.width = checks.integer("width", width, 1, 10_000)
        self.read_heads = checks.integer("read_heads", read_heads, 1, 64)
        self.write_heads = checks.integer("write_heads", write_heads, 1, 64)
        self.reach = checks.integer("reach", reach, 0, 50)
        self.seed = seed
        self.shifts, self.heads = 2 * reach + 1, read_heads + write_heads
        kernels = [keras.initializers.GlorotUniform(None if seed is None else seed + i) for i in range(2)]
        if controller == "lstm":
            recurrent = keras.initializers.Orthogonal(seed=seed)
            cell = layers.LSTMCell(
                units, kernel_initializer=kernels[0], recurrent_initializer=recurrent, seed=seed, dtype="float32"
            )
        else:
            cell = layers.Dense(units, "tanh", kernel_initializer=kernels[0], dtype="float32")
        self.core = cell
        numbers = self.heads * (width + 3 + self.shifts) + write_heads * 2 * width
        self.interface = layers.Dense(numbers, kernel_initializer=kernels[1], name="interface", dtype="float32")
        own = 2 * [units] if controller == "lstm" else []
        self.state_size = [*own, read_heads * width, self.heads * slots, slots * width]  # numbers in each
        self.output_size = units + read_heads * width + self.heads * slots

    def build(self, input_shape):
        self.core.build((None, input_shape[-1] + self.read_heads * self.width))
        self.interface.build((None, self.units))
        self.built = True

    def get_initial_state(self, batch_size=None):
        return self.initial_state(batch_size, self.slots)

    def initial_state(self, count, slots):
        """The states that `count` sequences begin from, with `slots` slots: an empty memory, all heads at slot 0."""
        own = [ops.zeros((count, self.units)) for _ in range(2)] if self.controller == "lstm" else []
        first = ops.one_hot(ops.zeros((count, self.heads), dtype="int32"), slots, dtype="float32")
        return [*own, ops.zeros((count, self.read_heads, self.width)), first, ops.full((count, slots, self.width), EMPTY)]

    def call(self, x, states):
        *own, found, weights, memory = states
        x = ops.concatenate([x, ops.reshape(found, (-1, self.read_heads * self.width))], axis=-1)
        if own:
            h, own = self.core(x, own)
        else:
            h = self.core(x)
        weights, erase, add = self.address(h, weights, memory)
        memory = write(memory, weights[:, self.read_heads :], erase, add)
        found = read(memory, weights[:, : self.read_heads])
        flat = [ops.reshape(part, (-1, part.shape[1] * part.shape[2])) for part in (found, weights)]
        return ops.concatenate([h, *flat], axis=-1), [*own, found, weights, memory]

    def address(self, h, before, memory):
        """(weightings of all heads, what the writing heads erase and add) by the controller's output h (batch, units)."""
        numbers, width, each = self.interface(h), self.width, self.width + 3 + self.shifts
        of_heads = ops.reshape(numbers[:, : self.heads * each], (-1, self.heads, each))
        to_write = ops.reshape(numbers[:, self.heads * each :], (-1, self.write_heads, 2 * width))
        key, strength = ops.tanh(of_heads[..., :width]), ops.softplus(of_heads[..., width : width + 1])
        gate, gamma = ops.sigmoid(of_heads[..., width + 1 : width + 2]), 1 + ops.softplus(of_heads[..., width + 2 : width + 3])
        shifts = ops.softmax(of_heads[..., width + 3 :], axis=-1)
        weights = interpolate(content_weights(memory, key, strength), before, gate)
        weights = sharpen(shift(weights, shifts), gamma)
        return weights, ops.sigmoid(to_write[..., :width]), ops.tanh(to_write[..., width:])

    def get_config(self):
        names = ("units", "controller", "slots", "width", "read_heads", "write_heads", "reach", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
