"""GPT: a decoder-only Transformer that predicts each token of a text from those before it.

Radford et al., 2018, with what small models have gained since: rotary positions (Su et al., 2021, arXiv:2104.09864), norms
before each part without biases (RMSNorm: Zhang & Sennrich, 2019, arXiv:1910.07467), norms of queries and keys (Henry et al.,
2020, arXiv:2010.04245), squared rectifiers (So et al., 2021, arXiv:2109.08668), parts that begin as the identity, and one
matrix for tokens in and tokens out (Press & Wolf, 2017, arXiv:1608.05859). For a text x_1 ... x_n after a token x_0 that stands
for its beginning,

    h = norm(E[x]),    then in each block  h = h + attention(norm(h)),  h = h + W_2 relu(W_1 norm(h))**2,

    p(x_{t+1} | x_0 ... x_t) = softmax(E norm(h_t))

A token attends to itself and to the `window` tokens before it (Beltagy et al., 2020, arXiv:2004.05150; Jiang et al., 2023,
arXiv:2310.06825), so that texts may be of any length: what a block knows of the past is the keys and values of its last
`window` tokens, and the next token costs the same however long the text. Through its blocks the model sees `window` times as
many tokens as it has blocks.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage
from kerasgen.layers.rotary import rotary
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.steps import compiled, portable_step

SHARPNESS = 12.0  # the largest attention score: queries and keys have length sqrt(depth), so their product is at most depth


@keras.saving.register_keras_serializable("kerasgen")
class GPT(LanguageModel):
    """Decoder-only Transformer language model.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        width: Length of the vectors that stand for tokens, a multiple of 2 * num_heads.
        num_layers: Blocks, of 12 width**2 parameters each.
        num_heads: Heads of attention.
        window: How many tokens before it a token attends to.
        dropout: Share of the outputs of embeddings and blocks that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        entropy_bonus: What training pays for a nat of entropy of the predictions; 0 for nothing.
        seed: Seed of the random numbers of training.

    Raises:
        ValueError: An argument is out of range, or `width` is no multiple of 2 * num_heads.
    """

    tracked = ("loss", "accuracy")

    def __init__(
        self,
        vocabulary_size=256,
        width=192,
        num_layers=6,
        num_heads=6,
        window=128,
        dropout=0.1,
        average_decay=0.998,
        entropy_bonus=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.vocabulary_size = checks.integer("vocabulary_size", vocabulary_size, 1, 10_000_000)
        self.width = checks.integer("width", width, 1, 100_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 256)
        self.num_heads = checks.integer("num_heads", num_heads, 1, 1024)
        if width % (2 * num_heads):
            raise ValueError(f"width must be a multiple of 2 * num_heads = {2 * num_heads}; received {width}.")
        self.window = checks.integer("window", window, 1, 1_000_000)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.entropy_bonus = checks.number("entropy_bonus", entropy_bonus, 0, 100)
        self.network = GPTNetwork(vocabulary_size, width, num_layers, num_heads, window, dropout, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read = compiled(self.average, self)  # (tokens, states) -> (logits, states)
        self.built = True

    def call(self, tokens, training=False):
        """Logits of the tokens after each of `tokens`, float32 (batch, length, vocabulary_size).

        Args:
            tokens: Ids, int (batch, length); the id `vocabulary_size` stands for the beginning.
            training: Whether by `network`, the weights in training, with parts left out; else by their average, as the verbs.
        """
        return (self.network(tokens, training=True) if training else self.average(tokens))[0]

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

    def step(self, tokens, known, **states):
        """One token further in each text: logits of the next token, and states after it, as the exported network "step" does.

        Args:
            tokens: Ids, int (count,); the id `vocabulary_size` stands for the beginning.
            known: How many tokens before it the states hold, int (count,), 0 .. window.
            **states: keys_0, values_0, ... of each block, float (count, window, heads, depth).

        Returns:
            {"logits": float32 (count, vocabulary_size), "next_known": ..., "next_keys_0": ..., ...}, arrays.
        """
        before = [np.asarray(known, "int32"), *[(states[f"keys_{i}"], states[f"values_{i}"]) for i in range(self.num_layers)]]
        return {
            key: ops.convert_to_numpy(x) for key, x in named(*self.read(np.asarray(tokens, "int32")[:, None], before)).items()
        }

    def networks(self):
        state = [(self.window, *self.network.head_shape)] * 2
        tokens, known = (keras.Input((), dtype="int32", name=name) for name in ("tokens", "known"))
        kept = [
            tuple(keras.Input(shape, name=f"{part}_{i}") for part, shape in zip(("keys", "values"), state, strict=True))
            for i in range(self.num_layers)
        ]
        inputs = {part.name: part for part in (tokens, known, *keras.tree.flatten(kept))}
        found = named(*self.network(tokens[:, None], [known, *kept], training=False))
        return {"step": keras.Model(inputs, found, name="step")}


def named(logits, states):
    """What is known after one token of each text, by name."""
    found = {"logits": logits[:, 0], "next_known": states[0]}
    for i, (keys, values) in enumerate(states[1:]):
        found |= {f"next_keys_{i}": keys, f"next_values_{i}": values}
    return found


@keras.saving.register_keras_serializable("kerasgen")
class GPTNetwork(layers.Layer):
    """(tokens (batch, length), states) -> (float32 logits (batch, length, vocabulary_size), states after the last token).

    Without states the tokens are the first of their texts, and none are returned.
    """

    def __init__(self, vocabulary_size, width, num_layers, num_heads, window, dropout, seed, name="network", **kwargs):
        super().__init__(name=name, **kwargs)
        self.config = (vocabulary_size, width, num_layers, num_heads, window, dropout, seed)
        self.vocabulary_size, self.window = vocabulary_size, window
        self.head_shape = (num_heads, width // num_heads)
        seeds = [None if seed is None else seed + i for i in range(num_layers + 1)]
        spread = keras.initializers.RandomNormal(stddev=width**-0.5, seed=seeds[-1])
        self.embedding = layers.Embedding(vocabulary_size + 1, width, spread)  # the last row stands for the beginning
        self.dropout = layers.Dropout(dropout, seed=seeds[-1])
        self.blocks = [Block(width, num_heads, window, dropout, s, name=f"block_{i}") for i, s in enumerate(seeds[:-1])]
        self.embedding.build((None, None))
        self.gain = self.add_weight(shape=(width,), initializer="ones", name="gain")
        self.built = True

    def start_states(self, count):
        """The states before a text begins: how many tokens were read, and room for the keys and values of each block."""
        empty = ops.zeros((count, self.window, *self.head_shape), self.compute_dtype)
        return [ops.zeros((count,), "int32"), *[(empty, empty) for _ in self.blocks]]

    def call(self, tokens, states=None, training=False):
        x = self.dropout(norm(self.embedding(tokens)), training=training)
        length = ops.shape(tokens)[1]
        if states is None:
            visible, kept = None, [None] * len(self.blocks)
        else:  # of a text that has just begun, the first places for keys are still empty
            places = ops.arange(self.window + length)[None]
            visible = within(self.window, length, self.window) & (places >= self.window - states[0][:, None])[:, None]
            kept = states[1:]
        after = []
        for block, state in zip(self.blocks, kept, strict=True):
            x, state = block(x, state, visible, training=training)
            after.append(state)
        x = ops.cast(norm(x), "float32") * ops.cast(self.gain, "float32")
        logits = ops.matmul(x, ops.transpose(ops.cast(self.embedding.embeddings[: self.vocabulary_size], "float32")))
        return logits, None if states is None else [ops.minimum(states[0] + length, self.window), *after]

    def get_config(self):
        names = ("vocabulary_size", "width", "num_layers", "num_heads", "window", "dropout", "seed")
        return {**super().get_config(), **dict(zip(names, self.config, strict=True))}


class Block(layers.Layer):
    """Attention to the tokens before, then a layer of squared rectifiers, each added to what was there."""

    def __init__(self, width, num_heads, window, dropout, seed, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.window, self.depth = num_heads, window, width // num_heads
        seeds = [None if seed is None else 10 * seed + i for i in range(4)]
        start = [keras.initializers.RandomNormal(stddev=width**-0.5, seed=s) for s in seeds]
        self.query, self.key, self.value, self.up = (
            layers.Dense(units, use_bias=False, kernel_initializer=each, name=name)
            for each, name, units in zip(start, ("query", "key", "value", "up"), (width, width, width, 4 * width), strict=True)
        )
        self.out = layers.Dense(width, use_bias=False, kernel_initializer="zeros", name="out")
        self.down = layers.Dense(width, use_bias=False, kernel_initializer="zeros", name="down")
        self.dropouts = [layers.Dropout(dropout, seed=s) for s in seeds[:2]]
        for dense in (self.query, self.key, self.value, self.out, self.up):
            dense.build((None, None, width))
        self.down.build((None, None, 4 * width))
        self.built = True

    def call(self, x, state, visible, training=False):
        """(x after the block, (keys, values) of the last `window` tokens, or None where no state was given).

        Args:
            x: (batch, length, width).
            state: (keys, values) of the `window` tokens before, (batch, window, heads, depth) each, keys not turned; or None.
            visible: With a state, bool (batch, length, window + length): which keys each token may attend to.
        """
        attended, state = self.attention(norm(x), state, visible)
        x = x + self.dropouts[0](attended, training=training)
        hidden = ops.square(ops.relu(self.up(norm(x))))
        return x + self.dropouts[1](self.down(hidden), training=training), state

    def attention(self, x, state, visible):
        queries, keys, values = (self.heads(dense(x)) for dense in (self.query, self.key, self.value))
        queries, keys, shape = norm(queries), norm(keys), ops.shape(queries)
        if state is not None:
            keys = ops.concatenate([ops.cast(state[0], keys.dtype), keys], axis=1)
            values = ops.concatenate([ops.cast(state[1], values.dtype), values], axis=1)
            state = keys[:, -self.window :], values[:, -self.window :]
        elif x.shape[1] is not None and x.shape[1] > self.window and x.shape[1] % self.window == 0:
            # Nobody looks further back than the stretch before their own: a matrix of scores for each stretch is enough.
            count = x.shape[1] // self.window
            visible = within(self.window, self.window, self.window)
            visible = visible & ((ops.arange(count) > 0)[:, None, None] | (ops.arange(2 * self.window) >= self.window))
            visible = ops.tile(visible, (shape[0], 1, 1))
            queries, keys, values = (stretches(part, count) for part in (queries, keys, values))
            keys, values = (with_one_before(part, count) for part in (keys, values))
        else:
            visible = within(0, shape[1], self.window)
        known = ops.shape(keys)[1] - ops.shape(queries)[1]
        scores = ops.einsum("bqhd,bkhd->bhqk", rotary(queries, known), rotary(keys)) * (SHARPNESS / self.depth)
        weights = ops.softmax(ops.where(visible[:, None], ops.cast(scores, "float32"), -1e9))
        mixed = ops.einsum("bhqk,bkhd->bqhd", ops.cast(weights, values.dtype), values)
        return self.out(ops.reshape(mixed, ops.shape(x))), state

    def heads(self, x):
        """(batch, length, width) -> (batch, length, heads, depth)."""
        batch, length = ops.shape(x)[:2]
        return ops.reshape(x, (batch, length, self.num_heads, self.depth))


def within(known, length, window):
    """bool (1, length, known + length): which of the known tokens and of these are a token itself or in the window before."""
    ages = ops.arange(length)[:, None] + known - ops.arange(known + length)[None]
    return ((ages >= 0) & (ages <= window))[None]


def stretches(x, count):
    """(batch, count * length, ...) -> (batch * count, length, ...)."""
    batch, length, *rest = ops.shape(x)
    return ops.reshape(x, (batch * count, length // count, *rest))


def with_one_before(x, count):
    """Each stretch with the one before it in its text, (batch * count, 2 * length, ...); before the first come zeros."""
    shape = ops.shape(x)
    texts = ops.reshape(x, (shape[0] // count, count, *shape[1:]))
    before = ops.concatenate([ops.zeros_like(texts[:, :1]), texts[:, :-1]], axis=1)
    return ops.reshape(ops.concatenate([before, texts], axis=2), (shape[0], 2 * shape[1], *shape[2:]))


def norm(x):
    """RMSNorm without gains: vectors along the last axis of mean square one."""
    scale = ops.rsqrt(ops.mean(ops.square(ops.cast(x, "float32")), axis=-1, keepdims=True) + 1e-6)
    return x * ops.cast(scale, x.dtype)
