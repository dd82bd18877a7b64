"""LSTM language model: predicts each token of a text from those before it.

Hochreiter & Schmidhuber, 1997, with forget gates (Gers et al., 2000); regularised as by Merity et al. (2018,
arXiv:1708.02182): single recurrent weights are left out, layers' outputs are left out for a whole text at a time (Gal &
Ghahramani, 2016, arXiv:1512.05287), and the verbs use an average of the weights over time. The probability of a text
x_1 ... x_n is a product of conditionals,

    log p(x) = sum_t  log softmax(W h_t + b)[x_t],        (h_t, c_t) = LSTM(embedding(x_{t-1}), (h_{t-1}, c_{t-1}))

where x_0 is a token of its own that stands for the beginning, and (h_0, c_0) = 0. The next token costs the same however long
the text: all that is known of the past is in the state (h, c), which the verbs carry along.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage, WeightDropLSTM
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class LSTMLanguageModel(LanguageModel):
    """Language model of stacked LSTM layers.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        embedding_dim: Length of the vectors that tokens are replaced by.
        units: Cells of each LSTM layer.
        num_layers: LSTM layers.
        dropout: Share of each layer's outputs that training leaves out, the same at all steps of a text.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

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
        self.network = Network(vocabulary_size, embedding_dim, units, num_layers, dropout, weight_drop, self.seed)
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

    # Training

    @portable_step
    def train_step(self, tokens):
        self.minimize(lambda: self.negative_log_likelihood(tokens, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        self.negative_log_likelihood(tokens, training=False)
        return self.logs()

    def negative_log_likelihood(self, tokens, training):
        """Mean over all tokens, in nats; each row of `tokens` is a text from its beginning."""
        start = ops.full_like(tokens[:, :1], self.vocabulary_size)
        before = ops.concatenate([start, tokens[:, :-1]], axis=1)
        states = self.network.start_states(ops.shape(tokens)[0])
        logits, _ = self.network(before, states, training=True) if training else self.average(before, states)
        losses = keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)  # (batch, length)
        hits = ops.cast(ops.argmax(logits, axis=-1), tokens.dtype) == tokens
        self.track(loss=ops.mean(losses), accuracy=ops.mean(ops.cast(hits, "float32")))
        return ops.mean(losses)

    # What the verbs read

    def begin(self, count):
        return self.network.start_states(count)

    def step(self, tokens, **states):
        """One token further in each text: logits of the next token, and states after it, as the exported network "step" does.

        Args:
            tokens: Ids, int (count,); the id `vocabulary_size` stands for the beginning.
            **states: h_0, c_0, ... of each layer, float (count, units); zeros before a text begins.

        Returns:
            {"logits": float32 (count, vocabulary_size), "next_h_0": ..., "next_c_0": ..., ...}, arrays.
        """
        before = [(states[f"h_{i}"], states[f"c_{i}"]) for i in range(self.num_layers)]
        logits, after = self.read(np.asarray(tokens, "int32")[:, None], before)
        found = {"logits": logits[:, 0]}
        for i, (h, c) in enumerate(after):
            found |= {f"next_h_{i}": h, f"next_c_{i}": c}
        return {name: ops.convert_to_numpy(value) for name, value in found.items()}

    def networks(self):
        """One step, of Keras' own cells: what has no loop can be exported to any format."""
        tokens = keras.Input((), dtype="int32", name="tokens")
        inputs, x, outputs = {"tokens": tokens}, self.network.embedding(tokens), {}
        for i, lstm in enumerate(self.network.lstms):
            state = [keras.Input((self.units,), name=f"{part}_{i}") for part in "hc"]
            cell = layers.LSTMCell(self.units, name=f"cell_{i}")
            x, after = cell(x, state)
            cell.set_weights(lstm.get_weights())
            inputs |= dict(zip((f"h_{i}", f"c_{i}"), state, strict=True))
            outputs |= dict(zip((f"next_h_{i}", f"next_c_{i}"), after, strict=True))
        return {"step": keras.Model(inputs, {"logits": self.network.head(x), **outputs}, name="step")}


class Network(layers.Layer):
    """(tokens (batch, length), states) -> (float32 logits (batch, length, vocabulary_size), states after the last token)."""

    def __init__(self, vocabulary_size, embedding_dim, units, num_layers, dropout, weight_drop, seed):
        super().__init__(name="network")
        self.units = units
        seeds = [None if seed is None else seed + i for i in range(num_layers)]
        # Variance one: from Keras' small default, a stack of LSTMs takes a hundred steps before its input has any effect.
        spread = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        self.embedding = layers.Embedding(vocabulary_size + 1, embedding_dim, spread)  # the last row stands for the beginning
        self.lstms = [WeightDropLSTM(units, weight_drop, seed=s) for s in seeds]
        self.dropouts = [layers.Dropout(dropout, noise_shape=(None, 1, None), seed=s) for s in seeds]
        self.head = layers.Dense(vocabulary_size, dtype="float32")
        self.embedding.build((None, None))
        for i, lstm in enumerate(self.lstms):
            lstm.build((None, None, units if i else embedding_dim))
        self.head.build((None, None, units))
        self.built = True

    def start_states(self, count):
        """The states before a text begins: one (h, c) per layer, zeros (count, units)."""
        return [(ops.zeros((count, self.units)), ops.zeros((count, self.units))) for _ in self.lstms]

    def call(self, tokens, states, training=False):
        x, after = self.embedding(tokens), []
        for lstm, dropout, state in zip(self.lstms, self.dropouts, states, strict=True):
            x, state = lstm(x, state, training=training)
            x = dropout(x, training=training)
            after.append(state)
        return self.head(x), after
