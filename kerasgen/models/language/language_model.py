"""What all language models share: drawing texts, continuing them, and saying how probable they are.

A text x_1 ... x_n has the probability p(x_1) p(x_2 | x_1) ... p(x_n | x_1 ... x_{n-1}). Where the factors come from, a network,
a table of counts or a matrix, and how they are learned, stands in each model's own file.
"""

import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.model import GenerativeModel, VerbNotOffered
from kerasgen.models.language.continuing import CHUNK, continued, searched, written
from kerasgen.samplers import TokenChoice
from kerasgen.tokenizers import load_tokenizer

TOKENIZER = "tokenizer.json"
MAX_LENGTH = 10_000_000


class LanguageModel(GenerativeModel):
    """The verbs of a model that knows the probability of each token given those before it.

    A model file keeps `vocabulary_size`, learns, and defines `begin` and `read`. Token ids are 0 .. vocabulary_size-1;
    the id `vocabulary_size` stands for the beginning of a text: it is the first to be read, and never predicted. The verbs
    that take or give text need `model.tokenizer`.
    """

    capabilities = ("sample", "generate", "stream", "log_prob")
    cannot = {
        "elbo": "it computes the exact probability of a text, by log_prob",
        "iw_bound": "it computes the exact probability of a text, by log_prob",
        "encode": "a text has no latent here; model.tokenizer.encode gives its token ids",
        "decode": "a text has no latent here; model.tokenizer.decode turns token ids into text",
        "reconstruct": "a text has no latent that it could be decoded from",
        "interpolate": "there is nothing between two texts",
    }
    tokenizer = None

    def begin(self, count):
        """What is known before `count` texts begin: the `states` of the first `read`, in whatever form `read` takes."""
        raise NotImplementedError(f"{type(self).__name__} must define begin(count).")

    def read(self, tokens, states):
        """Reads further tokens of each text, given the `states` of `begin` or of the `read` before.

        Args:
            tokens: int32 array (count, length), the ids that come next in each text.
            states: What all tokens before these mean: nested lists and tuples of arrays with a row for each text.

        Returns:
            logits: Those of the token after each of `tokens` (count, length, vocabulary_size), up to a constant each.
            states: What is known after the last of `tokens`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define read(tokens, states).")

    def token_log_probs(self, tokens):
        """Natural-log probability of each token given all before it in its row: float32 (count, length).

        Args:
            tokens: Ids (count, length) of texts from their beginning, at least one each.

        Raises:
            ValueError: `tokens` are no such ids.
        """
        tokens = checks.tokens(tokens, self.vocabulary_size)
        before = np.concatenate([np.full_like(tokens[:, :1], self.vocabulary_size), tokens[:, :-1]], axis=1)
        states, parts = self.begin(len(tokens)), []
        for first, last in blocks.halving_spans(0, tokens.shape[1], CHUNK):
            logits, states = self.read(before[:, first:last].astype("int32"), states)
            log_probs = ops.convert_to_numpy(ops.log_softmax(logits))
            parts.append(np.take_along_axis(log_probs, tokens[:, first:last, None], axis=2)[..., 0])
        return np.concatenate(parts, axis=1)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: a language model's targets are the tokens themselves; received targets.")
        checks.tokens(x, self.vocabulary_size, name="x")

    # Verbs

    def sample(
        self,
        count=16,
        seed=0,
        start=0,
        batch_size=64,
        length=500,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
    ):
        """Texts from their beginning.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Text i depends on (seed, i) alone.
            start: Index of the first text, to draw a long series in parts.
            batch_size: Texts written at once.
            length: Tokens a text.
            temperature, top_k, top_p, min_p, repetition_penalty: How tokens are chosen; see `kerasgen.samplers.TokenChoice`.

        Returns:
            A list of `count` str.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        checks.integer("length", length, 1, MAX_LENGTH)
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty).check(self.vocabulary_size)
        tokenizer = self._checked_tokenizer()

        def draw(first, last):
            begin = [np.array([self.vocabulary_size])] * (last - first)
            steps = continued(self, begin, noise.uniform((length,), seed, first, last), choice)
            return [tokenizer.decode(ids) for ids in np.stack(list(steps), axis=1)]

        return blocks.drawn(draw, count, start, batch_size)

    def generate(
        self,
        prompt="",
        length=500,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
        seed=0,
        stop=None,
        beams=None,
        n_best=None,
        length_penalty=0.0,
        drop_unknown=False,
    ):
        """Continues a text, or several at once.

        Args:
            prompt: The text to continue, of any length; "" for the beginning of a new one. Or a list of such texts.
            length: Most tokens to add.
            temperature, top_k, top_p, min_p, repetition_penalty: How tokens are chosen; see `kerasgen.samplers.TokenChoice`.
            seed: Integer in 0 .. 2**63 - 1. Text i of a list depends on (seed, i) alone; a single text is number 0.
            stop: A str, or several: the text ends before the first of them that the continuation contains.
            beams: Search for a likely continuation with so many open ones, instead of drawing one; None to draw. The result is
                never less probable than that of temperature 0.
            n_best: With `beams`, the number of continuations wanted, best first; None for the best alone.
            length_penalty: With `beams`, continuations are ranked by log p / tokens ** length_penalty.
            drop_unknown: Read prompts without the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            The prompt and its continuation; with `n_best`, a list of (prompt and continuation, natural-log probability of
            the continuation). For a list of prompts, a list of such results.

        Raises:
            ValueError: An argument is out of range, or a prompt has parts that the tokenizer does not know.
        """
        prompts = [prompt] if isinstance(prompt, str) else prompt
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty)
        asked = self._asked(prompts, length, choice, seed, stop, drop_unknown, "prompt" if prompts is not prompt else None)
        if beams is None:
            if n_best is not None:
                raise ValueError(f"n_best goes with beams: give beams={n_best} or more; received n_best={n_best} alone.")
            texts = list(prompts)
            for gained in written(self, *asked):
                texts = [text + piece for text, piece in zip(texts, gained, strict=True)]
        else:
            if choice != TokenChoice():
                raise ValueError(
                    "beams searches for what is probable and takes no temperature, top_k, top_p, min_p or "
                    f"repetition_penalty; received {choice}."
                )
            checks.integer("beams", beams, 1, 10_000)
            checks.integer("n_best", 1 if n_best is None else n_best, 1, beams)
            checks.number("length_penalty", length_penalty, 0, 10)
            rows, _, _, _, stops = asked
            found = [searched(self, row, length, beams, stops, length_penalty) for row in rows]
            texts = [[(text + more, log_prob) for more, log_prob in each] for text, each in zip(prompts, found, strict=True)]
            texts = [each[:n_best] if n_best is not None else each[0][0] for each in texts]
        return texts[0] if isinstance(prompt, str) else texts

    def stream(
        self,
        prompt="",
        length=500,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
        seed=0,
        stop=None,
        drop_unknown=False,
    ):
        """Continues a text piece by piece: `for piece in model.stream("ROMEO:"): print(piece, end="")`.

        Arguments and errors are those of `generate` for one prompt; the errors come at once, not with the first piece.

        Returns:
            An iterator over str that are not empty; together they are what `generate` adds to the prompt.
        """
        if not isinstance(prompt, str):
            raise ValueError(f"prompt must be a str; received {prompt!r:.60} of type {type(prompt).__name__}.")
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty)
        asked = self._asked([prompt], length, choice, seed, stop, drop_unknown, "prompt")
        return (piece for (piece,) in written(self, *asked) if piece)

    def log_prob(self, texts, batch_size=64, drop_unknown=False):
        """Natural-log probability of each whole text, from its first token to its last.

        Args:
            texts: A list of str of any length ("" has probability one).
            batch_size: Texts scored at once.
            drop_unknown: Leave out the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            float64 array (count,).

        Raises:
            ValueError: `texts` is no list of str, or one has parts that the tokenizer does not know.
        """
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        ids = self._encoded(texts, drop_unknown)

        def totals(rows):
            longest = max(map(len, rows))
            if longest == 0:
                return np.zeros(len(rows))
            padded = np.stack([np.pad(row, (0, longest - len(row))) for row in rows])
            within = np.arange(longest) < np.array([len(row) for row in rows])[:, None]
            return np.sum(self.token_log_probs(padded) * within, axis=1, dtype="float64")

        return blocks.mapped(totals, ids, size=batch_size) if ids else np.zeros(0)

    def nearest_tokens(self, token, count=10):
        """The tokens whose vectors, by which the model reads them, point most in the direction of that of `token`.

        Args:
            token: A str that is one token.
            count: How many.

        Returns:
            A list of (token, cosine of the angle in -1 .. 1), the nearest first, without `token` itself.

        Raises:
            VerbNotOffered: The model reads no vectors.
            ValueError: `token` is not one token, or `count` is out of range.
        """
        vectors = self.token_vectors()
        ids = self._checked_tokenizer().encode(token, "token")
        if len(ids) != 1:
            raise ValueError(f"token must be one token; received {token!r:.60}, which is {len(ids)}.")
        checks.integer("count", count, 1, self.vocabulary_size - 1)
        directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        cosines = directions @ directions[ids[0]]
        cosines[ids[0]] = -np.inf
        best = np.argsort(-cosines, kind="stable")[:count]
        return [(self.tokenizer.decode([i]), float(cosines[i])) for i in best]

    def token_vectors(self):
        """The vector by which each token enters the model: float32 (vocabulary_size, width).

        Raises:
            VerbNotOffered: The model reads no vectors.
        """
        if not hasattr(self, "network"):
            raise VerbNotOffered(f"{type(self).__name__} has no token vectors: it looks tokens up in a table.")
        with self.average.in_place():
            return ops.convert_to_numpy(self.network.embedding.embeddings)[: self.vocabulary_size].astype("float32")

    def _asked(self, prompts, length, choice, seed, stop, drop_unknown, name):
        """The checked arguments of a continuation: (rows of ids, length, choice, seed, stops)."""
        checks.integer("length", length, 1, MAX_LENGTH)
        choice.check(self.vocabulary_size)
        seed, tokenizer = checks.seed(seed), self._checked_tokenizer()
        stops = [stop] if isinstance(stop, str) else list(stop or ())
        if not all(isinstance(s, str) and s for s in stops):
            raise ValueError(f"stop must be a str of at least one character, or several; received {stop!r}.")
        if not isinstance(prompts, (list, tuple)) or not prompts:
            raise ValueError(f"prompt must be a str, or a list of at least one; received {prompts!r:.60}.")
        ids = [encoded(tokenizer, text, name or f"prompt[{i}]", drop_unknown) for i, text in enumerate(prompts)]
        return [np.array([self.vocabulary_size, *row], "int32") for row in ids], length, choice, seed, stops

    def _encoded(self, texts, drop_unknown):
        """The ids of each of several texts, checked."""
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of str; received a single str {texts!r:.40}: put it into a list.")
        tokenizer = self._checked_tokenizer()
        return [encoded(tokenizer, text, f"texts[{i}]", drop_unknown) for i, text in enumerate(texts)]

    def _checked_tokenizer(self):
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


def encoded(tokenizer, text, name, drop_unknown):
    """Token ids of a text; a tokenizer of a user's own need not know of `drop_unknown`."""
    return tokenizer.encode(text, name, drop_unknown=True) if drop_unknown else tokenizer.encode(text, name)
