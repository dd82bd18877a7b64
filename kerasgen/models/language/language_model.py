"""What all language models share: drawing texts, continuing them, and saying how probable they are.

A text x_1 ... x_n has the probability p(x_1) p(x_2 | x_1) ... p(x_n | x_1 ... x_{n-1}). Where the factors come from, a network,
a table of counts or a matrix, and how they are learned, stands in each model's own file.
"""

import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.model import GenerativeModel
from kerasgen.samplers import chosen_tokens, next_token_probabilities
from kerasgen.tokenizers import load_tokenizer

TOKENIZER = "tokenizer.json"
CHUNK = 512  # most tokens of a text that are read in one call, a power of two


class LanguageModel(GenerativeModel):
    """The verbs of a model that knows the probability of each token given those before it.

    A model file keeps `vocabulary_size`, learns, and defines the three methods below. Token ids are 0 .. vocabulary_size-1;
    the id `vocabulary_size` stands for the beginning of a text: it is the first to be read, and never predicted. The verbs
    that take or give text need `model.tokenizer`.
    """

    capabilities = ("sample", "generate", "log_prob")
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
            states: What all tokens before these mean.

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
        raise NotImplementedError(f"{type(self).__name__} must define token_log_probs(tokens).")

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: a language model's targets are the tokens themselves; received targets.")
        checks.tokens(x, self.vocabulary_size, name="x")

    # Verbs

    def sample(self, count, seed=0, start=0, batch_size=64, length=500, temperature=1.0, top_k=None, top_p=None):
        """Texts from their beginning.

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
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self._check_choice(length, temperature, top_k, top_p)
        tokenizer = self._checked_tokenizer()

        def draw(first, last):
            begin = np.full((last - first, 1), self.vocabulary_size, "int32")
            steps = self._continued(begin, noise.uniform((length,), seed, first, last), temperature, top_k, top_p)
            return [tokenizer.decode(ids) for ids in np.stack(list(steps), axis=1)]

        return blocks.drawn(draw, count, start, batch_size)

    def generate(self, prompt="", length=500, temperature=1.0, top_k=None, top_p=None, seed=0, stop=None, drop_unknown=False):
        """Continues a text.

        Args:
            prompt: The text to continue, of any length; "" for the beginning of a new one.
            length: Most tokens to add.
            temperature: Divides the logits: below 1 for safer, above 1 for wilder text; 0 takes the likeliest token.
            top_k: Choose among the k likeliest tokens only (Fan et al., 2018, arXiv:1805.04833).
            top_p: Choose among the fewest tokens whose probabilities sum to p (Holtzman et al., 2020, arXiv:1904.09751).
            seed: Integer in 0 .. 2**63 - 1; the same seed gives the same text.
            stop: A str, or several: the text ends before the first of them that the continuation contains.
            drop_unknown: Read the prompt without the parts that the tokenizer does not know; without it, they are an error.

        Returns:
            The prompt and its continuation.

        Raises:
            ValueError: An argument is out of range, or the prompt has parts that the tokenizer does not know.
        """
        seed = checks.seed(seed)
        self._check_choice(length, temperature, top_k, top_p)
        tokenizer = self._checked_tokenizer()
        stops = [stop] if isinstance(stop, str) else list(stop or ())
        if not all(isinstance(s, str) and s for s in stops):
            raise ValueError(f"stop must be a str of at least one character, or several; received {stop!r}.")
        begin = np.array([[self.vocabulary_size, *encoded(tokenizer, prompt, "prompt", drop_unknown)]], "int32")
        text = ""
        for chosen in self._continued(begin, noise.uniform((length,), seed, 0, 1), temperature, top_k, top_p):
            before, text = len(text), text + tokenizer.decode(chosen)
            found = [text.find(s, max(0, before - len(s) + 1)) for s in stops]  # a stop ends in what has just been added
            if ends := [end for end in found if end >= 0]:
                return prompt + text[: min(ends)]
        return prompt + text

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
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of str; received a single str {texts!r:.40}: put it into a list.")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        tokenizer = self._checked_tokenizer()
        ids = [encoded(tokenizer, text, f"texts[{i}]", drop_unknown) for i, text in enumerate(texts)]

        def totals(rows):
            longest = max(map(len, rows))
            if longest == 0:
                return np.zeros(len(rows))
            padded = np.stack([np.pad(row, (0, longest - len(row))) for row in rows])
            within = np.arange(longest) < np.array([len(row) for row in rows])[:, None]
            return np.sum(self.token_log_probs(padded) * within, axis=1, dtype="float64")

        return blocks.mapped(totals, ids, size=batch_size) if ids else np.zeros(0)

    def _continued(self, tokens, uniform, temperature, top_k, top_p):
        """Reads `tokens` (count, length), then yields the next ones (count,), a step for each column of `uniform`."""
        states = self.begin(len(tokens))
        for column in uniform.T:
            for first, last in blocks.halving_spans(0, tokens.shape[1], CHUNK):
                logits, states = self.read(tokens[:, first:last], states)
            logits = ops.convert_to_numpy(logits[:, -1])
            chosen = chosen_tokens(next_token_probabilities(logits, temperature, top_k, top_p), column)
            yield chosen
            tokens = chosen[:, None].astype("int32")

    def _check_choice(self, length, temperature, top_k, top_p):
        checks.integer("length", length, 1, 10_000_000)
        checks.number("temperature", temperature, 0, 100)
        if top_k is not None:
            checks.integer("top_k", top_k, 1, self.vocabulary_size)
        if top_p is not None and checks.number("top_p", top_p, 0, 1) == 0:
            raise ValueError("top_p must be above 0; received 0.")

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
