"""The network of a bidirectional language model; bilm.py has its equations."""

import keras
from keras import layers, ops

from kerasgen.layers import WeightDropLSTM


class Network(layers.Layer):
    """tokens (batch, length) -> {"forward", "backward", "fill": float32 logits of each token}, by what does not hold it."""

    def __init__(self, vocabulary_size, embedding_dim, units, num_layers, joint_dim, dropout, weight_drop, seed):
        super().__init__(name="network")
        self.units, self.edge = units, vocabulary_size
        seeds = [None if seed is None else seed + i for i in range(2 * num_layers + 1)]
        # Variance one: from Keras' small default, a stack of LSTMs takes a hundred steps before its input has any effect.
        spread = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        self.embedding = layers.Embedding(vocabulary_size + 1, embedding_dim, spread)  # the last row stands for both ends
        self.lstms = [WeightDropLSTM(units, weight_drop, seed=s) for s in seeds[:-1]]  # the forward ones first
        self.dropouts = [layers.Dropout(dropout, noise_shape=(None, 1, None), seed=s) for s in seeds[:-1]]
        start = [keras.initializers.GlorotUniform(None if seed is None else 10 * seed + i) for i in range(3)]
        self.from_ahead = layers.Dense(joint_dim, kernel_initializer=start[0], name="from_ahead")
        self.from_behind = layers.Dense(joint_dim, use_bias=False, kernel_initializer=start[1], name="from_behind")
        self.joint = layers.Dense(units, use_bias=False, kernel_initializer=start[2], name="joint")
        self.joint_dropout = layers.Dropout(dropout, seed=seeds[-1])
        self.head = layers.Dense(vocabulary_size, dtype="float32")
        self.embedding.build((None, None))
        for i, lstm in enumerate(self.lstms):
            lstm.build((None, None, units if i % num_layers else embedding_dim))
        for dense, width in ((self.from_ahead, units), (self.from_behind, units), (self.joint, joint_dim), (self.head, units)):
            dense.build((None, None, width))
        self.built = True

    def stack(self, side, of=None):
        """The LSTMs of a direction, or others in their order."""
        every = self.lstms if of is None else of
        half = len(every) // 2
        return every[:half] if side == "forward" else every[half:]

    def start_states(self, count):
        """The states of a direction before it has read anything: zeros (count, units), (h, c) of each layer."""
        return [tuple(ops.zeros((count, self.units)) for _ in "hc") for _ in self.stack("forward")]

    def recur(self, side, x, states, training=False):
        """(outputs (batch, length, units) after each place, [(h, c) of each layer] at the far end).

        Args:
            side: "forward", from the first place to the last, or "backward".
            x: Vectors of tokens in the order of the text, (batch, length, embedding_dim).
            states: What is known of the text before the first place, or behind the last.
            training: Whether parts are left out.
        """
        x, after = ops.flip(x, axis=1) if side == "backward" else x, []
        for lstm, dropout, state in zip(self.stack(side), self.stack(side, self.dropouts), states, strict=True):
            x, state = lstm(x, state, training=training)
            x = dropout(x, training=training)
            after.append(state)
        return ops.flip(x, axis=1) if side == "backward" else x, after

    def join(self, ahead, behind, training=False):
        """Logits (..., vocabulary_size) of the token between two outputs (..., units)."""
        both = self.joint_dropout(ops.tanh(self.from_ahead(ahead) + self.from_behind(behind)), training=training)
        return self.head(ahead + behind + self.joint(both))

    def call(self, tokens, training=False):
        ends = ops.full_like(tokens[:, :1], self.edge)
        return self.predict(self.embedding(ops.concatenate([ends, tokens, ends], axis=1)), training)

    def predict(self, vectors, training=False):
        """Logits of tokens, from their vectors and one more at either end, (batch, length + 2, embedding_dim)."""
        states = self.start_states(ops.shape(vectors)[0])
        ahead, _ = self.recur("forward", vectors[:, :-2], states, training)
        behind, _ = self.recur("backward", vectors[:, 2:], states, training)
        return {"forward": self.head(ahead), "backward": self.head(behind), "fill": self.join(ahead, behind, training)}
