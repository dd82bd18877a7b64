"""LSTM language model that looks back: at each token it attends to its own states at the tokens before.

Daniluk, Rocktaeschel, Welbl & Riedel, 2017, arXiv:1702.04521, section 3, with the additive attention of Bahdanau, Cho & Bengio
(2015, arXiv:1409.0473). A stack of LSTMs reads the tokens; with h_t what it gives at token t, and H the states
h_{t-window} ... h_{t-1},

    a = softmax_i(v . tanh(K h_i + Q h_t + b)),    r_t = sum_i a_i h_i,

    p(x_{t+1} | x_1 ... x_t) = softmax(W tanh(R r_t + S h_t + c))

An LSTM alone must carry whatever it will need later through every step; here it can be looked up as long as it is in the
window. What is known of a text are the states of the LSTMs and the last `window` of their outputs, so that the next token costs
the same however long the text.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage, WeightDropLSTM
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.steps import compiled, portable_step

LONGEST = 10_000  # tokens of a text whose attention is asked for: the answer is a square


@keras.saving.register_keras_serializable("kerasgen")
class AttentionLSTM(LanguageModel):
    """Language model of stacked LSTM layers with additive attention to their last outputs.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        embedding_dim: Length of the vectors that tokens are replaced by.
        units: Cells of each LSTM layer.
        num_layers: LSTM layers.
        window: How many tokens before it a token can look back to.
        attention_dim: Units of the layer that compares a state with another.
        dropout: Share of each layer's outputs that training leaves out, the same at all steps of a text.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        entropy_bonus: What training pays for a nat of entropy of the predictions; 0 for nothing.
        seed: Seed of the random numbers of training.

    Raises:
        ValueError: An argument is out of range.
    """

    tracked = ("loss", "accuracy")
    capabilities = (*LanguageModel.capabilities, "attention")

    def __init__(
        self,
        vocabulary_size=256,
        embedding_dim=64,
        units=512,
        num_layers=1,
        window=64,
        attention_dim=64,
        dropout=0.3,
        weight_drop=0.3,
        average_decay=0.999,
        entropy_bonus=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.vocabulary_size = checks.integer("vocabulary_size", vocabulary_size, 1, 10_000_000)
        self.embedding_dim = checks.integer("embedding_dim", embedding_dim, 1, 100_000)
        self.units = checks.integer("units", units, 1, 100_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 64)
        self.window = checks.integer("window", window, 1, 100_000)
        self.attention_dim = checks.integer("attention_dim", attention_dim, 1, 100_000)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.weight_drop = checks.number("weight_drop", weight_drop, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.entropy_bonus = checks.number("entropy_bonus", entropy_bonus, 0, 100)
        self.network = Network(
            vocabulary_size, embedding_dim, units, num_layers, window, attention_dim, dropout, weight_drop, self.seed
        )
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
        self.minimize(lambda: negative_log_likelihood(self, tokens, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        negative_log_likelihood(self, tokens, training=False)
        return self.logs()

    # What the verbs read

    def begin(self, count):
        return self.network.start_states(count)

    def attention(self, text, drop_unknown=False):
        """Where the model looks as it predicts each token of a text.

        Args:
            text: A str of 1 to 10,000 tokens.
            drop_unknown: Leave out the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            float32 array (tokens, tokens). Row t belongs to the prediction of token t, column j to the state at the token
            before token j (that of column 0 is the beginning of the text); a row sums to 1, but for the first, which has
            nothing to look back to, and is 0.

        Raises:
            ValueError: `text` is no str, has no token or too many, or has parts that the tokenizer does not know.
        """
        if not isinstance(text, str):
            raise ValueError(f"text must be a str; received {text!r:.60} of type {type(text).__name__}.")
        tokenizer = self._checked_tokenizer()
        ids = tokenizer.encode(text, "text", drop_unknown=True) if drop_unknown else tokenizer.encode(text, "text")
        if not 1 <= len(ids) <= LONGEST:
            raise ValueError(f"text must have 1 to {LONGEST} tokens; received {len(ids)}.")
        before = np.array([[self.vocabulary_size, *ids[:-1]]], "int32")
        with self.average.in_place():
            states = self.network.start_states(1)
            outputs, _ = self.network.recur(before, states, training=False)
            weights, _ = self.network.attention.look(outputs, *states[:2])
        weights, found = ops.convert_to_numpy(weights)[0], np.zeros((len(ids), len(ids)), "float32")
        for t, row in enumerate(weights):  # row[i] looks at the state `window - i` tokens before
            reach = min(t, self.window)
            found[t, t - reach : t] = row[self.window - reach :]
        return found

    def step(self, tokens, known, memory, **states):
        """One token further in each text: logits of the next token, and states after it, as the exported network "step" does.

        Args:
            tokens: Ids, int (count,); the id `vocabulary_size` stands for the beginning.
            known: How many tokens before it the memory holds, int (count,), 0 .. window.
            memory: The last layer's outputs at these, the last of them last, float (count, window, units).
            **states: h_0, c_0, ... of each layer, float (count, units); zeros before a text begins.

        Returns:
            {"logits": float32 (count, vocabulary_size), "next_known": ..., "next_memory": ..., "next_h_0": ..., ...}, arrays.
        """
        before = [(states[f"h_{i}"], states[f"c_{i}"]) for i in range(self.num_layers)]
        given = [np.asarray(known, "int32"), memory, *before]
        logits, (known, memory, *after) = self.read(np.asarray(tokens, "int32")[:, None], given)
        found = {"logits": logits[:, 0], "next_known": known, "next_memory": memory}
        for i, state in enumerate(after):
            found |= {f"next_{part}_{i}": value for part, value in zip("hc", state, strict=True)}
        return {name: ops.convert_to_numpy(value) for name, value in found.items()}

    def networks(self):
        """One step, of Keras' own cells: what has no loop can be exported to any format."""
        tokens, known = (keras.Input((), dtype="int32", name=name) for name in ("tokens", "known"))
        memory = keras.Input((self.window, self.units), name="memory")
        inputs, x, outputs = {"tokens": tokens, "known": known, "memory": memory}, self.network.embedding(tokens), {}
        for i, layer in enumerate(self.network.lstms):
            state = [keras.Input((self.units,), name=f"{part}_{i}") for part in "hc"]
            cell = layers.LSTMCell(self.units, name=f"cell_{i}")
            x, after = cell(x, state)
            cell.set_weights(layer.get_weights())
            inputs |= {tensor.name: tensor for tensor in state}
            outputs |= {f"next_{part}_{i}": value for part, value in zip("hc", after, strict=True)}
        joined, known, memory = self.network.attention(x[:, None], known, memory)
        outputs |= {"next_known": known, "next_memory": memory, "logits": self.network.head(joined[:, 0])}
        return {"step": keras.Model(inputs, outputs, name="step")}


class Network(layers.Layer):
    """(tokens (batch, length), states) -> (float32 logits (batch, length, vocabulary_size), states after the last token)."""

    def __init__(self, vocabulary_size, embedding_dim, units, num_layers, window, attention_dim, dropout, weight_drop, seed):
        super().__init__(name="network")
        self.units, self.window = units, window
        seeds = [None if seed is None else seed + i for i in range(num_layers + 1)]
        # Variance one: from Keras' small default, a stack of LSTMs takes a hundred steps before its input has any effect.
        spread = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        self.embedding = layers.Embedding(vocabulary_size + 1, embedding_dim, spread)  # the last row stands for the beginning
        self.lstms = [WeightDropLSTM(units, weight_drop, seed=s) for s in seeds[:-1]]
        self.dropouts = [layers.Dropout(dropout, noise_shape=(None, 1, None), seed=s) for s in seeds]
        self.attention = AdditiveAttention(units, window, attention_dim, seed, name="attention")
        self.head = layers.Dense(vocabulary_size, dtype="float32")
        self.embedding.build((None, None))
        for i, lstm in enumerate(self.lstms):
            lstm.build((None, None, units if i else embedding_dim))
        self.head.build((None, None, units))
        self.built = True

    def start_states(self, count):
        """Before a text begins: no tokens in memory, room for `window` outputs, and (h, c) of each layer, zeros."""
        zeros = [tuple(ops.zeros((count, self.units)) for _ in "hc") for _ in self.lstms]
        return [ops.zeros((count,), "int32"), ops.zeros((count, self.window, self.units), self.compute_dtype), *zeros]

    def recur(self, tokens, states, training):
        """(outputs of the last LSTM (batch, length, units), [(h, c) of each layer])."""
        x, after = self.embedding(tokens), []
        for lstm, dropout, state in zip(self.lstms, self.dropouts[:-1], states[2:], strict=True):
            x, state = lstm(x, state, training=training)
            x = dropout(x, training=training)
            after.append(state)
        return x, after

    def call(self, tokens, states, training=False):
        x, after = self.recur(tokens, states, training)
        x, known, memory = self.attention(x, *states[:2])
        return self.head(self.dropouts[-1](x, training=training)), [known, memory, *after]


@keras.saving.register_keras_serializable("kerasgen")
class AdditiveAttention(layers.Layer):
    """Joins the state at each token with a mean of those at the tokens before, weighted by how well they fit.

    Call arguments:
        x: States (batch, length, units).
        known: int32 (batch,), how many states before these `memory` holds.
        memory: (batch, window, units), the states before these, the last of them last.

    Returns:
        (joined (batch, length, units), known, memory): the latter two as they are after the last of the states.
    """

    def __init__(self, units, window, attention_dim, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.config = {"units": units, "window": window, "attention_dim": attention_dim, "seed": seed}
        self.window = window
        seeds = [None if seed is None else 10 * seed + i for i in range(5)]
        start = [keras.initializers.GlorotUniform(s) for s in seeds]
        self.query = layers.Dense(attention_dim, kernel_initializer=start[0], name="query")
        self.key = layers.Dense(attention_dim, use_bias=False, kernel_initializer=start[1], name="key")
        self.fit = layers.Dense(1, use_bias=False, kernel_initializer=start[2], name="fit")
        self.own = layers.Dense(units, kernel_initializer=start[3], name="own")
        self.found = layers.Dense(units, use_bias=False, kernel_initializer=start[4], name="found")
        for dense in (self.query, self.key, self.own, self.found):
            dense.build((None, None, units))
        self.fit.build((None, None, attention_dim))
        self.built = True

    def call(self, x, known, memory):
        weights, states = self.look(x, known, memory)
        met = ops.matmul(ops.cast(banded(weights), x.dtype), states)
        joined = ops.tanh(self.own(x) + self.found(met))
        return joined, ops.minimum(known + ops.shape(x)[1], self.window), states[:, -self.window :]

    def look(self, x, known, memory):
        """(weights of the `window` states before each of x, float32 (batch, length, window), memory and x in a row)."""
        states = ops.concatenate([ops.cast(memory, x.dtype), x], axis=1)
        length, queries, keys = ops.shape(x)[1], self.query(x), self.key(states)
        # A slice for each distance: all at once would be `window` times as large as the keys, and so would their gradient.
        scores = [self.fit(ops.tanh(queries + keys[:, i : i + length])) for i in range(self.window)]
        places = ops.arange(length)[:, None] + ops.arange(self.window)[None]
        there = places[None] >= self.window - known[:, None, None]  # the first places of the memory may be empty
        scores = ops.where(there, ops.cast(ops.concatenate(scores, axis=2), "float32"), -1e9)
        return ops.softmax(scores) * ops.cast(there, "float32"), states

    def get_config(self):
        return {**super().get_config(), **self.config}


def banded(weights):
    """(batch, length, window) -> (batch, length, window + length), row t moved by t places, so that a product sums over states.

    Rows that are one longer than needed, read as if they were not, begin one place later each time.
    """
    batch, length, window = ops.shape(weights)
    longer = ops.pad(weights, [[0, 0], [0, 0], [0, length + 1]])
    flat = ops.reshape(longer, (batch, length * (window + length + 1)))
    return ops.reshape(flat[:, : length * (window + length)], (batch, length, window + length))
