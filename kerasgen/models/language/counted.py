"""What language models of counts share: their n-grams in `arrays`, and the verbs of language models on a table of them."""

import numpy as np

from kerasgen import checks
from kerasgen.exact import ExactModel
from kerasgen.models.language.grams import ARRAYS, count, unpacked
from kerasgen.models.language.language_model import LanguageModel

MAX_ORDER = 32


class CountedLanguageModel(ExactModel, LanguageModel):
    """A language model whose arrays hold n-grams.

    A model file learns, and makes a `BackoffTable` of its `grams` by `make_table`.
    """

    array_names = ARRAYS
    capabilities = ("sample", "generate", "stream", "log_prob")
    holds_text = True
    cache = None

    def __init__(self, vocabulary_size, beginning, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.vocabulary_size = checks.integer("vocabulary_size", vocabulary_size, 1, 10_000_000)
        self.beginning = None if beginning is None else checked_beginning(beginning, vocabulary_size)
        self._memo = Memo()

    @property
    def gram_order(self):
        """Tokens of the longest n-grams."""
        raise NotImplementedError(f"{type(self).__name__} must define gram_order.")

    def make_table(self, grams):
        """The `BackoffTable` of `grams`."""
        raise NotImplementedError(f"{type(self).__name__} must define make_table(grams).")

    @property
    def grams(self):
        """The `Grams` that were counted.

        Raises:
            ValueError: Nothing has been learned yet, or the arrays do not fit this model.
        """
        self.require_fit()
        return self._memo.of(self.arrays, "grams", lambda: unpacked(self.arrays, self.gram_order, self.vocabulary_size + 1))

    @property
    def table(self):
        """The `BackoffTable` by which the verbs work."""
        return self._memo.of(self.arrays, "table", lambda: self.make_table(self.grams))

    # What stands before the first token of a text

    @property
    def before_texts(self):
        """Its ids."""
        return (self.vocabulary_size,) if self.beginning is None else self.beginning

    def begun(self, tokens):
        """(rows, skip): texts (count, length) after what stands before every text, and how many tokens that is."""
        before = self.before_texts
        return np.concatenate([np.tile(before, (len(tokens), 1)), tokens], axis=1).astype("int64"), len(before)

    def counted(self, x):
        """(grams, suffixes) of texts, as `count` returns them."""
        rows, skip = self.begun(checks.tokens(x, self.vocabulary_size, name="x"))
        return count(rows, self.gram_order, self.vocabulary_size + 1, skip)

    def measure(self, x, y=None):
        return {"loss": -np.mean(self.token_log_probs(x))}

    # What the verbs of language models read

    def begin(self, count):
        self.require_fit()
        return self.table.start(count), self.cache and self.cache.start(count)

    def read(self, tokens, states):
        nodes, past = states
        logits = np.empty((*tokens.shape, self.vocabulary_size))
        for place, column in enumerate(np.asarray(tokens, "int64").T):
            if np.any(column == self.vocabulary_size):  # the beginning of all texts
                for token in self.before_texts:
                    nodes = self.table.step(nodes, np.full(len(nodes), token))
            else:
                nodes = self.table.step(nodes, column)
                past = self.cache and self.cache.step(past, column)
            logits[:, place] = logarithm(self._next(nodes, past))
        return logits, (nodes, past)

    def _next(self, nodes, past):
        found = self.table.next_probabilities(nodes)
        return found if self.cache is None else self.cache.mixed(found, past)

    def token_log_probs(self, tokens):
        self.require_fit()
        tokens = checks.tokens(tokens, self.vocabulary_size)
        found = self.table.probabilities(*self.begun(tokens))
        return logarithm(found if self.cache is None else self.cache.mixed_along(found, tokens))

    def next_log_probs(self, contexts):
        """Natural-log probabilities of every token after each context: float64 (count, vocabulary_size).

        Args:
            contexts: A list of sequences of ids from the beginning of a text, of any lengths; an empty one for the beginning.
        """
        found = np.empty((len(contexts), self.vocabulary_size))
        for i, context in enumerate(contexts):
            tokens = np.array([[self.vocabulary_size, *context]], "int64")
            found[i] = self.read(tokens, self.begin(1))[0][0, -1]
        return found


def logarithm(probabilities):
    """Natural logarithms; -inf for what cannot be, by a user's own discounts."""
    with np.errstate(divide="ignore"):
        return np.log(probabilities)


def checked_beginning(beginning, vocabulary_size):
    """The ids as a tuple, at least one, if there are such tokens."""
    found = tuple(checks.integer("beginning", token, 0, vocabulary_size - 1) for token in beginning)
    if not found:
        raise ValueError("beginning must be at least one id, or None for a token of its own; received an empty one.")
    return found


class Memo:
    """What is made of a model's arrays, kept until they are others."""

    def __init__(self):
        self.arrays, self.made = None, {}

    def of(self, arrays, name, make):
        current = tuple(map(id, arrays.values()))
        if self.arrays is None or tuple(map(id, self.arrays)) != current:
            self.arrays, self.made = list(arrays.values()), {}  # held, so that no other array takes their ids
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]
