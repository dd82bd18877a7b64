"""LSTM language model: predicts each token of a text from those before it.

Hochreiter & Schmidhuber, 1997, with forget gates (Gers et al., 2000); regularised as by Merity et al. (2018,
arXiv:1708.02182): single recurrent weights are left out, layers' outputs are left out for a whole text at a time (Gal &
Ghahramani, 2016, arXiv:1512.05287), and the verbs use an average of the weights over time. The probability of a text
x_1 ... x_n is a product of conditionals,

    log p(x) = sum_t  log softmax(W h_t + b)[x_t],        (h_t, c_t) = LSTM(embedding(x_{t-1}), (h_{t-1}, c_{t-1}))

where x_0 is a token of its own that stands for the beginning, and (h_0, c_0) = 0. Whatever a text's length, the next token
costs the same: all that the past means is in the state (h, c), which the verbs carry along.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks, noise
from kerasgen.layers import WeightAverage, WeightDropLSTM
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step
from kerasgen.tokenizers import load_tokenizer

TOKENIZER = "tokenizer.json"
CHUNK = 512  # tokens that are scored in one call


@keras.saving.register_keras_serializable("kerasgen")
class LSTMLanguageModel(GenerativeModel):
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
    capabilities = ("sample", "generate", "log_prob")

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
        self.tokenizer = None
        self.network = Network(vocabulary_size, embedding_dim, units, num_layers, dropout, weight_drop, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read = compiled(self.average.apply, self)  # what the verbs use: (tokens, states) -> (logits, states)
        self.built = True

    def call(self, tokens, training=False):
        """Logits of the tokens after each of `tokens`, float32 (batch, length, vocabulary_size), from the network that learns.

        Args:
            tokens: Ids, int (batch, length); the id `vocabulary_size` stands for the beginning.
            training: Whether anything is left out.
        """
        return self.network(tokens, self.network.start_states(ops.shape(tokens)[0]), training=training)[0]

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
        logits, _ = self.network(before, states, training=True) if training else self.average.apply(before, states)
        losses = keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)  # (batch, length)
        hits = ops.cast(ops.argmax(logits, axis=-1), tokens.dtype) == tokens
        self.track(loss=ops.mean(losses), accuracy=ops.mean(ops.cast(hits, "float32")))
        return ops.mean(losses)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: a language model's targets are the tokens themselves; received targets.")
        checks.tokens(x, self.vocabulary_size, name="x")

    # Verbs

    def sample(self, count, seed=0, start=0, batch_size=64, length=500, temperature=1.0, top_k=None, top_p=None):
        """Texts from the beginning on.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Text i depends on (seed, i) alone.
            start: Index of the first text, to draw a long series in parts.
            batch_size: Texts written at once.
            length: Tokens a text.
            temperature, top_k, top_p: As for `generate`.

        Returns:
            A list of `count` str.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        step = checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self._check_generation(length, temperature, top_k, top_p)
        texts = []
        for first in range(start, start + count, step):
            draws = noise.uniform((length,), seed, first, min(first + step, start + count))
            begin = np.full((len(draws), 1), self.vocabulary_size)
            steps = self._continued(begin, draws, temperature, top_k, top_p)
            texts += [self._tokenizer().decode(ids) for ids in np.stack(list(steps), axis=1)]
        return texts

    def generate(self, prompt="", length=500, temperature=1.0, top_k=None, top_p=None, seed=0, stop=None):
        """Continues a text.

        Args:
            prompt: The text to continue, of any length; "" for the beginning of a new one.
            length: Most tokens to add.
            temperature: Divides the logits: below 1 for safer, above 1 for wilder text; 0 takes the likeliest token.
            top_k: Choose among the k likeliest tokens only (Fan et al., 2018, arXiv:1805.04833).
            top_p: Choose among the fewest tokens whose probabilities sum to p (Holtzman et al., 2020, arXiv:1904.09751).
            seed: Integer in 0 .. 2**63 - 1; the same seed gives the same text.
            stop: A str, or several: the text ends before the first of them that the continuation contains.

        Returns:
            The prompt and its continuation.

        Raises:
            ValueError: An argument is out of range, or the prompt has characters that the model does not know.
        """
        seed = checks.seed(seed)
        self._check_generation(length, temperature, top_k, top_p)
        stops = [stop] if isinstance(stop, str) else list(stop or ())
        if not all(isinstance(s, str) and s for s in stops):
            raise ValueError(f"stop must be a str of at least one character, or several; received {stop!r}.")
        ids = self._encode(prompt, "prompt")
        begin = np.concatenate([[self.vocabulary_size], ids])[None]
        text = ""
        for chosen in self._continued(begin, noise.uniform((length,), seed, 0, 1), temperature, top_k, top_p):
            before, text = len(text), text + self._tokenizer().decode(chosen)
            found = [text.find(s, max(0, before - len(s) + 1)) for s in stops]  # a stop ends in what has just been added
            if ends := [end for end in found if end >= 0]:
                return prompt + text[: min(ends)]
        return prompt + text

    def log_prob(self, texts, batch_size=64):
        """Natural-log probability of each whole text, from its first token to its last.

        Args:
            texts: A list of str of any length ("" has probability one).
            batch_size: Texts scored at once.

        Returns:
            float64 array (count,).

        Raises:
            ValueError: `texts` is no list of str, or has characters that the model does not know.
        """
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of str; received a single str {texts!r:.40}: put it into a list.")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        encoded = [self._encode(text, f"texts[{i}]") for i, text in enumerate(texts)]
        totals = []
        for first in range(0, len(encoded), batch_size):
            rows = encoded[first : first + batch_size]
            longest = max(map(len, rows))
            padded = np.stack([np.pad(row, (0, longest - len(row))) for row in rows])
            within = np.arange(longest) < np.array([len(row) for row in rows])[:, None]
            totals.append(np.sum(self.token_log_probs(padded) * within, axis=1, dtype="float64"))
        return np.concatenate(totals) if totals else np.zeros(0)

    def token_log_probs(self, tokens):
        """Log-probability of each token given all before it in its row, the state carried: float32 (count, length)."""
        tokens = np.asarray(tokens, "int32")
        if tokens.shape[1] == 0:
            return np.zeros(tokens.shape, "float32")
        read = np.concatenate([np.full_like(tokens[:, :1], self.vocabulary_size), tokens[:, :-1]], axis=1)
        states, parts = self.network.start_states(len(tokens)), []
        for i in range(0, tokens.shape[1], CHUNK):
            logits, states = self.read(ops.convert_to_tensor(read[:, i : i + CHUNK]), states)
            chosen = tokens[:, i : i + CHUNK, None]
            parts.append(np.take_along_axis(ops.convert_to_numpy(ops.log_softmax(logits)), chosen, axis=2)[..., 0])
        return np.concatenate(parts, axis=1)

    def _continued(self, read, draws, temperature, top_k, top_p):
        """Yields the next tokens (count,), one step per column of `draws`, uniform numbers (count, steps).

        The probabilities are cut into an interval per token, and the draw says which: no sample depends on its neighbours.
        """
        states = self.network.start_states(len(draws))
        read = np.broadcast_to(read, (len(draws), read.shape[1])).astype("int32")
        for i in range(0, read.shape[1], CHUNK):
            logits, states = self.read(ops.convert_to_tensor(read[:, i : i + CHUNK]), states)
        logits = logits[:, -1]
        for column in draws.T:
            probabilities = next_token_probabilities(ops.convert_to_numpy(logits), temperature, top_k, top_p)
            edges = np.cumsum(probabilities, axis=1)
            chosen = np.sum(edges <= column[:, None] * edges[:, -1:], axis=1)
            yield chosen
            logits, states = self.read(ops.convert_to_tensor(chosen[:, None].astype("int32")), states)
            logits = logits[:, 0]

    def _check_generation(self, length, temperature, top_k, top_p):
        checks.integer("length", length, 1, 10_000_000)
        checks.number("temperature", temperature, 0, 100)
        if top_k is not None:
            checks.integer("top_k", top_k, 1, self.vocabulary_size)
        if top_p is not None and checks.number("top_p", top_p, 0, 1) == 0:
            raise ValueError("top_p must be above 0; received 0.")
        self._tokenizer()

    def _encode(self, text, name):
        return self._tokenizer().encode(text, name)

    def _tokenizer(self):
        if self.tokenizer is None:
            raise ValueError("This model has no tokenizer: set model.tokenizer, such as CharacterTokenizer.from_text(text).")
        if self.tokenizer.size != self.vocabulary_size:
            raise ValueError(
                f"tokenizer must have vocabulary_size = {self.vocabulary_size} tokens; received one of {self.tokenizer.size}."
            )
        return self.tokenizer

    # The tokenizer inside a .keras file

    def save_assets(self, folder):
        if self.tokenizer is not None:
            self.tokenizer.save(f"{folder}/{TOKENIZER}")

    def load_assets(self, folder):
        self.tokenizer = load_tokenizer(f"{folder}/{TOKENIZER}")


class Network(layers.Layer):
    """(tokens (batch, length), states) -> (float32 logits (batch, length, vocabulary_size), states after the last token)."""

    def __init__(self, vocabulary_size, embedding_dim, units, num_layers, dropout, weight_drop, seed):
        super().__init__(name="network")
        self.units = units
        seeds = [None if seed is None else seed + i for i in range(num_layers)]
        # Variance one: with Keras' small default a stack of LSTMs first spends a hundred steps on hearing its input.
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


def next_token_probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """Probabilities (count, vocabulary_size) that sum to one, after temperature, then top_k, then top_p."""
    logits = np.asarray(logits, "float64")
    if temperature == 0:
        return np.eye(logits.shape[1])[np.argmax(logits, axis=1)]
    exponentials = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    order = np.argsort(-exponentials, axis=1, kind="stable")  # likeliest first
    ranked = np.take_along_axis(exponentials, order, axis=1)
    if top_k is not None:
        ranked[:, top_k:] = 0
    ranked /= ranked.sum(axis=1, keepdims=True)
    if top_p is not None:
        ranked[np.cumsum(ranked, axis=1) - ranked >= top_p] = 0  # a token stays if those before it do not reach p
        ranked /= ranked.sum(axis=1, keepdims=True)
    probabilities = np.zeros_like(ranked)
    np.put_along_axis(probabilities, order, ranked, axis=1)
    return probabilities
