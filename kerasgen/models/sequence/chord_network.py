"""What `ChordLSTM` is made of: the memory of what sounded, and the writer of a chord's next note."""

import keras
import numpy as np
from keras import layers, ops

from kerasgen.layers import WeightDropLSTM

NEVER = -1e9  # logit of a note that cannot come


class Memory(layers.Layer):
    """(frames (batch, length, size + 1), states) -> (h (batch, length, units), states after the last frame)."""

    def __init__(self, size, units, num_layers, dropout, weight_drop, seed):
        super().__init__(name="memory")
        self.units = units
        seeds = [None if seed is None else seed + i for i in range(num_layers)]
        self.lstms = [WeightDropLSTM(units, weight_drop, seed=s) for s in seeds]
        self.dropouts = [layers.Dropout(dropout, noise_shape=(None, 1, None), seed=s) for s in seeds]
        for i, lstm in enumerate(self.lstms):
            lstm.build((None, None, units if i else size + 1))
        self.built = True

    def start_states(self, count):
        """The states before a piece begins: zeros (count, units), (h, c) of each layer."""
        return [tuple(ops.zeros((count, self.units)) for _ in "hc") for _ in self.lstms]

    def call(self, x, states, training=False):
        after = []
        for lstm, dropout, state in zip(self.lstms, self.dropouts, states, strict=True):
            x, state = lstm(x, state, training=training)
            x = dropout(x, training=training)
            after.append(state)
        return x, after


def build_writer(size, units, chord_dim, dropout, seed):
    """h, the frame before, the notes so far (rows, size) and the last of them (rows,) -> logits of the next (rows, size + 1).

    The last note is size + 1 where there is none yet.
    """
    h, before, known = (keras.Input((width,), name=name) for name, width in (("h", units), ("before", size), ("known", size)))
    last = keras.Input((), dtype="int32", name="last")
    start = [keras.initializers.GlorotUniform(None if seed is None else 10 * seed + i) for i in range(6)]
    wide = lambda i, bias=False: layers.Dense(chord_dim, use_bias=bias, kernel_initializer=start[i])  # noqa: E731
    lowest = layers.Embedding(size + 2, chord_dim, embeddings_initializer=keras.initializers.RandomNormal(0.0, 0.1, seed=seed))
    x = layers.Add()([wide(0, True)(h), wide(1)(before), wide(2)(known), lowest(last)])
    x = layers.Dropout(dropout, seed=seed)(layers.Activation("relu")(x))
    x = layers.Activation("relu")(layers.Add()([x, wide(3, True)(x)]))
    logits = layers.Dense(size + 1, kernel_initializer=start[4], dtype="float32", name="logits")(x)
    below = ops.less(ops.arange(size + 1), ops.expand_dims(ops.maximum(last, 1), 1))  # after "no more" nothing else comes
    return keras.Model([h, before, known, last], ops.where(below, logits, NEVER), name="writer")


def notes_of(roll):
    """The notes of each frame of a roll (frames, size) from the highest down, filled up with 0: int (frames, most + 1)."""
    sounds = np.asarray(roll) > 0
    most = int(sounds.sum(axis=1).max())
    notes = -np.sort(sounds * -np.arange(1, sounds.shape[1] + 1), axis=1)
    return np.pad(notes[:, :most], ((0, 0), (0, 1)))


def transposed(notes, size, reach, seed_generator):
    """Notes (pieces, frames, notes) of which each piece is moved by up to `reach` keys, as far as the keyboard has them."""
    sounds = notes > 0
    highest = ops.max(notes, axis=(1, 2), keepdims=True)
    lowest = ops.min(ops.where(sounds, notes, size), axis=(1, 2), keepdims=True)
    down, up = ops.maximum(-reach, 1 - lowest), ops.minimum(reach, size - highest)
    uniform = keras.random.uniform(ops.shape(highest), dtype="float32", seed=seed_generator)
    steps = down + ops.cast(ops.floor(uniform * ops.cast(up - down + 1, "float32")), down.dtype)
    return ops.where(sounds, notes + ops.minimum(steps, up), 0)
