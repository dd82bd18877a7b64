"""What recurrent language models share: an embedding, a stack of recurrent layers, logits, and how they learn and are read.

Regularised as by Merity et al. (2018, arXiv:1708.02182): single recurrent weights are left out, layers' outputs are left out
for a whole text at a time (Gal & Ghahramani, 2016, arXiv:1512.05287), and the verbs use an average of the weights over time.
All that is known of the past is in the states of the layers, which the verbs carry along.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.steps import compiled


class RecurrentLanguageModel(LanguageModel):
    """Language model of stacked recurrent layers; `lstm.py` and `gru.py` say which, and how they learn.

    layer: Class of the layers, called with (inputs, state) and giving (outputs, state).
    cell: Class of Keras' cells with the same weights, of which the exported step is made.
    stack: The name under which a weights file keeps the layers.
    parts: A letter for each array of a layer's state.
    """

    layer = cell = stack = parts = None
    tracked = ("loss", "accuracy")

    def __init__(
        self,
        vocabulary_size=256,
        embedding_dim=64,
        units=512,
        num_layers=2,
        dropout=0.3,
        weight_drop=0.3,
        average_decay=0.999,
        input_dropout=0.0,
        entropy_bonus=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.vocabulary_size = checks.integer("vocabulary_size", vocabulary_size, 1, 10_000_000)
        self.embedding_dim = checks.integer("embedding_dim", embedding_dim, 1, 100_000)
        self.units = checks.integer("units", units, 1, 100_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 64)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.weight_drop = checks.number("weight_drop", weight_drop, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.input_dropout = checks.number("input_dropout", input_dropout, 0, 0.95)
        self.entropy_bonus = checks.number("entropy_bonus", entropy_bonus, 0, 100)
        kind, drops = (self.layer, self.stack, self.parts), (input_dropout, dropout, weight_drop)
        self.network = Network(kind, vocabulary_size, embedding_dim, units, num_layers, drops, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read = compiled(self.average, self)  # (tokens, states) -> (logits, states)
        self.built = True

    def call(self, tokens, training=False):
        """Logits of the tokens after each of `tokens`, float32 (batch, length, vocabulary_size).

        Args:
            tokens: Ids, int (batch, length); the id `vocabulary_size` stands for the beginning.
            training: Whether by `network`, the weights in training, with parts left out; else by their average, as the verbs.
        """
        states = self.network.start_states(ops.shape(tokens)[0])
        return (self.network(tokens, states, training=True) if training else self.average(tokens, states))[0]

    # What the verbs read

    def begin(self, count):
        return self.network.start_states(count)

    def step(self, tokens, **states):
        """One token further in each text: logits of the next token, and states after it, as the exported network "step" does.

        Args:
            tokens: Ids, int (count,); the id `vocabulary_size` stands for the beginning.
            **states: h_0, ... (an LSTM's also c_0, ...) of each layer, float (count, units); zeros before a text begins.

        Returns:
            {"logits": float32 (count, vocabulary_size), "next_h_0": ..., ...}, arrays.
        """
        before = [tuple(states[f"{part}_{i}"] for part in self.parts) for i in range(self.num_layers)]
        logits, after = self.read(np.asarray(tokens, "int32")[:, None], before)
        found = {"logits": logits[:, 0]}
        for i, state in enumerate(after):
            found |= {f"next_{part}_{i}": value for part, value in zip(self.parts, state, strict=True)}
        return {name: ops.convert_to_numpy(value) for name, value in found.items()}

    def networks(self):
        """One step, of Keras' own cells: what has no loop can be exported to any format."""
        tokens = keras.Input((), dtype="int32", name="tokens")
        inputs, x, outputs = {"tokens": tokens}, self.network.embedding(tokens), {}
        for i, layer in enumerate(self.network.recurrent):
            state = [keras.Input((self.units,), name=f"{part}_{i}") for part in self.parts]
            cell = self.cell(self.units, name=f"cell_{i}")
            x, after = cell(x, state)
            cell.set_weights(layer.get_weights())
            inputs |= {tensor.name: tensor for tensor in state}
            outputs |= {f"next_{part}_{i}": value for part, value in zip(self.parts, after, strict=True)}
        return {"step": keras.Model(inputs, {"logits": self.network.head(x), **outputs}, name="step")}


class Network(layers.Layer):
    """(tokens (batch, length), states) -> (float32 logits (batch, length, vocabulary_size), states after the last token)."""

    def __init__(self, kind, vocabulary_size, embedding_dim, units, num_layers, drops, seed):
        super().__init__(name="network")
        layer, self.stack, self.parts = kind
        input_dropout, dropout, weight_drop = drops
        self.units = units
        seeds = [None if seed is None else seed + i for i in range(num_layers)]
        # Variance one: from Keras' small default, a stack of LSTMs takes a hundred steps before its input has any effect.
        spread = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        self.embedding = layers.Embedding(vocabulary_size + 1, embedding_dim, spread)  # the last row stands for the beginning
        setattr(self, self.stack, [layer(units, weight_drop, seed=s) for s in seeds])
        self.input_dropout = layers.Dropout(input_dropout, noise_shape=(None, 1, None), seed=seed)
        self.dropouts = [layers.Dropout(dropout, noise_shape=(None, 1, None), seed=s) for s in seeds]
        self.head = layers.Dense(vocabulary_size, dtype="float32")
        self.embedding.build((None, None))
        for i, each in enumerate(self.recurrent):
            each.build((None, None, units if i else embedding_dim))
        self.head.build((None, None, units))
        self.built = True

    @property
    def recurrent(self):
        return getattr(self, self.stack)

    def start_states(self, count):
        """The states before a text begins: a tuple per layer of zeros (count, units)."""
        return [tuple(ops.zeros((count, self.units)) for _ in self.parts) for _ in self.recurrent]

    def call(self, tokens, states, training=False):
        x, after = self.input_dropout(self.embedding(tokens), training=training), []
        for layer, dropout, state in zip(self.recurrent, self.dropouts, states, strict=True):
            x, state = layer(x, state, training=training)
            x = dropout(x, training=training)
            after.append(state)
        return self.head(x), after
