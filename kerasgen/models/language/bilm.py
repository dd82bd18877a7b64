"""Bidirectional language model: two LSTM language models, one a direction, and the odds of a token given both sides of it.

Peters et al., 2018, arXiv:1802.05365, section 3.1: a forward and a backward model share the embedding and the softmax and learn
together. Melamud, Goldberger & Dagan, 2016, "context2vec", section 3.1: what both know of a place is joined to predict the
token that stands there. With a_t the forward stack's output after x_1 ... x_{t-1}, and b_t the backward stack's after
x_n ... x_{t+1},

    log p(x_t | x_1 ... x_{t-1})   = log softmax(W a_t + c)[x_t]
    log p(x_t | x_{t+1} ... x_n)   = log softmax(W b_t + c)[x_t]
    log p(x_t | all but x_t)       = log softmax(W (a_t + b_t + R tanh(A a_t + B b_t + d)) + c)[x_t]

and training minimises the sum of the three losses. If both sides of a token were independent given it, Bayes' rule would add
their logits and take away those of the token alone; that is the last line without R, when c are those. Neither a_t nor b_t has
read x_t: layers are not joined before the last, since a second layer on both outputs would know at t-1 what it predicts at t.

Texts are drawn and continued by the forward direction. The sum of the last line over a text is its pseudo-log-likelihood
(Besag, 1975), which does not belong to any distribution over texts: `pseudo_log_prob`, not `log_prob`.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks
from kerasgen.layers import WeightAverage
from kerasgen.models.language.bilm_network import Network
from kerasgen.models.language.continuing import CHUNK
from kerasgen.models.language.filling import filled
from kerasgen.models.language.language_model import LanguageModel, encoded
from kerasgen.steps import compiled, portable_step

SIDES = ("forward", "backward")
NO_LIKELIHOOD = (
    "it has three sets of odds, by what stands before a token, after it, and on both sides, and those of both sides do not "
    "multiply to a probability of the text; pseudo_log_prob sums their logarithms"
)


@keras.saving.register_keras_serializable("kerasgen")
class BidirectionalLM(LanguageModel):
    """Language model of two stacks of LSTM layers, one from each end of the text, for tokens that are hidden.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.
    `token_log_probs`, `sample`, `generate` and `stream` are those of the forward direction.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1. The id `vocabulary_size` stands for either end.
        embedding_dim: Length of the vectors that tokens are replaced by, the same for both directions.
        units: Cells of each LSTM layer.
        num_layers: LSTM layers of each direction.
        joint_dim: Units of the layer that joins what both directions know.
        dropout: Share of each layer's outputs that training leaves out, the same at all steps of a text.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.

    Raises:
        ValueError: An argument is out of range.
    """

    tracked = ("loss", "forward", "backward", "fill", "accuracy")
    capabilities = ("sample", "generate", "stream", "pseudo_log_prob", "fill")
    cannot = {
        **LanguageModel.cannot,
        "log_prob": NO_LIKELIHOOD,
        "elbo": "there is no latent whose posterior it could approximate; pseudo_log_prob scores a text",
        "iw_bound": "there is no latent whose posterior it could approximate; pseudo_log_prob scores a text",
    }

    def __init__(
        self,
        vocabulary_size=256,
        embedding_dim=64,
        units=320,
        num_layers=2,
        joint_dim=256,
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
        self.joint_dim = checks.integer("joint_dim", joint_dim, 1, 100_000)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.weight_drop = checks.number("weight_drop", weight_drop, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = Network(vocabulary_size, embedding_dim, units, num_layers, joint_dim, dropout, weight_drop, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read_ahead, self.read_behind = (compiled(functools.partial(self.read_side, side), self) for side in SIDES)
        self.joined = compiled(self.join_sides, self)  # (a (count, ..., units), b) -> logits
        self.built = True

    def call(self, tokens, training=False):
        """Logits of each of `tokens`: {"forward", "backward", "fill": float32 (batch, length, vocabulary_size)}.

        Args:
            tokens: Ids, int (batch, length), whole texts.
            training: Whether by `network`, the weights in training, with parts left out; else by their average, as the verbs.
        """
        return self.network(tokens, training=True) if training else self.average(tokens)

    # Training

    @portable_step
    def train_step(self, tokens):
        self.minimize(lambda: self.nats(tokens, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        self.nats(tokens, training=False)
        return self.logs()

    def nats(self, tokens, training):
        """The sum of the three losses, each a mean over all tokens in nats; the accuracy is that of `fill`."""
        logits = self(tokens, training=training)
        losses = {
            name: ops.mean(keras.losses.sparse_categorical_crossentropy(tokens, each, from_logits=True))
            for name, each in logits.items()
        }
        hits = ops.cast(ops.argmax(logits["fill"], axis=-1), tokens.dtype) == tokens
        loss = sum(losses.values())
        self.track(loss=loss, accuracy=ops.mean(ops.cast(hits, "float32")), **losses)
        return loss

    # What the verbs read, by the averaged weights

    def begin(self, count):
        return self.network.start_states(count)

    def read(self, tokens, states):
        logits, _, states = self.read_ahead(tokens, states)
        return logits, states

    def read_side(self, side, tokens, states):
        """(logits, outputs, states) of one direction, whose states are those at the end that it comes from."""
        with self.average.in_place():
            outputs, states = self.network.recur(side, self.network.embedding(tokens), states)
            return self.network.head(outputs), outputs, states

    def join_sides(self, ahead, behind):
        with self.average.in_place():
            return self.network.join(ahead, behind)

    def predictions(self, tokens):
        """Yields the logits of each of `tokens`, a part of the text at a time: texts may be long.

        Args:
            tokens: Ids (count, length) of whole texts, at least one each.

        Yields:
            (first, last, {"forward", "backward", "fill": float32 (count, last - first, vocabulary_size)}), of the tokens
            first .. last-1 by those before them, by those after them, and by both.

        Raises:
            ValueError: `tokens` are no such ids.
        """
        tokens = checks.tokens(tokens, self.vocabulary_size)
        padded = np.pad(tokens, ((0, 0), (1, 1)), constant_values=self.vocabulary_size)
        spans = blocks.halving_spans(0, tokens.shape[1], CHUNK)
        states, beyond = self.begin(len(tokens)), {}
        for span in reversed(spans):  # only the states at the ends of the parts are kept; the parts are read again below
            beyond[span] = states
            if span[0]:
                states = self.read_behind(padded[:, span[0] + 2 : span[1] + 2], states)[2]
        states = self.begin(len(tokens))
        for first, last in spans:
            forward, ahead, states = self.read_ahead(padded[:, first:last], states)
            backward, behind, _ = self.read_behind(padded[:, first + 2 : last + 2], beyond[first, last])
            logits = {"forward": forward, "backward": backward, "fill": self.joined(ahead, behind)}
            yield first, last, {name: ops.convert_to_numpy(each) for name, each in logits.items()}

    # Verbs

    @property
    def log_prob(self):
        raise AttributeError("log_prob")  # for which __getattr__ of the base class gives the reason

    def pseudo_log_prob(self, texts, batch_size=64, drop_unknown=False):
        """Sum over the tokens of each whole text of the natural-log probability of the token given all others.

        It compares texts of one length, and is no log-likelihood: over all texts, its exponentials do not sum to one.

        Args:
            texts: A list of str of any length ("" has 0).
            batch_size: Texts scored at once.
            drop_unknown: Leave out the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            float64 array (count,).

        Raises:
            ValueError: `texts` is no list of str, or one has parts that the tokenizer does not know.
        """
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        ids = self._encoded(texts, drop_unknown)
        lengths, found = np.array([len(row) for row in ids], "int64"), np.zeros(len(ids))
        for length in np.unique(lengths[lengths > 0]):  # the backward direction begins where each text ends
            alike = np.flatnonzero(lengths == length)
            found[alike] = blocks.mapped(self.pseudo_log_probs, np.stack([ids[i] for i in alike]), size=batch_size)
        return found

    def pseudo_log_probs(self, tokens):
        """`pseudo_log_prob` of the ids of texts of one length, (count, length): float64 (count,)."""
        total = 0
        for first, last, logits in self.predictions(tokens):
            log_probs = ops.convert_to_numpy(ops.log_softmax(logits["fill"]))
            chosen = np.take_along_axis(log_probs, tokens[:, first:last, None], axis=2)
            total = total + np.sum(chosen, axis=(1, 2), dtype="float64")
        return total

    def fill(self, text, gap="_", beams=8, drop_unknown=False):
        """The text with its gaps filled in, each with the likeliest token given all others.

        The token of a single gap is the likeliest by the third equation. Several gaps, adjacent or not, are hidden from one
        another: a beam search of the forward direction, which the text between them guides, proposes up to `beams` fillings;
        in each, gap after gap is filled anew given all else, from left to right, until none changes or 16 times; the filling
        with the highest `pseudo_log_prob` is returned.

        Args:
            text: A str with at least one gap, of any length.
            gap: The str that stands for one hidden token, wherever it occurs; "?" would hide every question mark.
            beams: Fillings that are considered, 1 to 10,000.
            drop_unknown: Leave out the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            A str.

        Raises:
            ValueError: `text` is no str or has no gap, `gap` is empty, `beams` is out of range, or the text has parts that the
                tokenizer does not know.
        """
        if not isinstance(gap, str) or not gap:
            raise ValueError(f"gap must be a str of at least one character; received {gap!r:.60}.")
        if not isinstance(text, str) or gap not in text:
            raise ValueError(f"text must be a str that holds the gap {gap!r:.60} at least once; received {text!r:.60}.")
        checks.integer("beams", beams, 1, 10_000)
        tokenizer = self._checked_tokenizer()
        first, *others = [encoded(tokenizer, piece, "text", drop_unknown) for piece in text.split(gap)]
        ids = np.concatenate([first, *(part for piece in others for part in ([0], piece))]).astype("int32")
        gaps = len(first) + np.cumsum([0, *(1 + len(piece) for piece in others[:-1])])
        return tokenizer.decode(filled(self, ids, gaps, beams))

    # Export

    def step(self, tokens, **states):
        """One token further in each text, as the exported network "step" does.

        Args:
            tokens: Ids, int (count,); the id `vocabulary_size` stands for the beginning.
            **states: h_0, c_0, ... of each layer of the forward direction, float (count, units); zeros at the beginning.

        Returns:
            {"logits": of the next token, float32 (count, vocabulary_size), "next_h_0": ..., "next_c_0": ..., ...}, arrays.
        """
        return self._stepped(self.read_ahead, tokens, states)

    def step_back(self, tokens, **states):
        """`step` of the backward direction, from the end of the texts: "logits" are those of the token before."""
        return self._stepped(self.read_behind, tokens, states)

    def join(self, ahead, behind):
        """Logits of a token between two sides, as the exported network "join" computes them: float32 (count, vocabulary_size).

        Args:
            ahead: What "step" has as next_h of the last layer after the token before, float (count, units).
            behind: The same of "step_back" after the token behind it.
        """
        return ops.convert_to_numpy(self.joined(ahead, behind))

    def _stepped(self, read, tokens, states):
        before = [tuple(states[f"{part}_{i}"] for part in "hc") for i in range(self.num_layers)]
        logits, _, after = read(np.asarray(tokens, "int32")[:, None], before)
        found = {"logits": logits[:, 0]}
        for i, state in enumerate(after):
            found |= {f"next_{part}_{i}": value for part, value in zip("hc", state, strict=True)}
        return {name: ops.convert_to_numpy(value) for name, value in found.items()}

    def networks(self):
        """A step of each direction, of Keras' own cells, and what joins them: what has no loop goes into any format."""
        ahead, behind = (keras.Input((self.units,), name=name) for name in ("ahead", "behind"))
        join = keras.Model({"ahead": ahead, "behind": behind}, self.network.join(ahead, behind), name="join")
        step, step_back = (self._step_network(name, side) for name, side in zip(("step", "step_back"), SIDES, strict=True))
        return {"step": step, "step_back": step_back, "join": join}

    def _step_network(self, name, side):
        tokens = keras.Input((), dtype="int32", name="tokens")
        inputs, x, outputs = {"tokens": tokens}, self.network.embedding(tokens), {}
        for i, layer in enumerate(self.network.stack(side)):
            state = [keras.Input((self.units,), name=f"{part}_{i}") for part in "hc"]
            cell = layers.LSTMCell(self.units, name=f"{name}_cell_{i}")
            x, after = cell(x, state)
            cell.set_weights(layer.get_weights())
            inputs |= {tensor.name: tensor for tensor in state}
            outputs |= {f"next_{part}_{i}": value for part, value in zip("hc", after, strict=True)}
        return keras.Model(inputs, {"logits": self.network.head(x), **outputs}, name=name)
