"""n-gram language model: each token depends on the n-1 tokens before it, by interpolated modified Kneser-Ney.

Chen & Goodman, 1999, "An empirical study of smoothing techniques for language modeling", section 3; Kneser & Ney, 1995. With
h the n-1 tokens before w, and h' those without the first,

    p(w | h) = (c(h w) - D(c(h w))) / c(h .) + gamma(h) p(w | h')

where gamma(h) is what the discounts D leave, and below the single tokens all are equally likely. At the highest order c counts
occurrences; at lower ones, which matter where the higher do not know, it counts the different tokens that were seen before.
D depends on whether a count is 1, 2 or more. n-grams whose loss would change little are pruned, and their counts go to what
is left for h': what remains is a distribution, too.

Words come in bursts: what a text has said lately comes again. With a cache, `kerasgen.models.language.cache`, they do here.
"""

import keras
import numpy as np

from kerasgen import checks
from kerasgen.models.language import discounts as discounting
from kerasgen.models.language.backoff import BackoffTable
from kerasgen.models.language.cache import Cache, strengths_for
from kerasgen.models.language.counted import MAX_ORDER, CountedLanguageModel
from kerasgen.models.language.grams import ARRAYS, added, continuations, find, packed, places, pruned, sums, weights


@keras.saving.register_keras_serializable("kerasgen")
class NGram(CountedLanguageModel):
    """Interpolated modified Kneser-Ney, fitted by counting.

    `fit` on further texts adds their counts: each pass once more, so that the number of passes is the weight of the new text.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        order: n, tokens of the longest n-grams, 1 to 32.
        discounts: 3 * order numbers, for counts of 1, 2 and more of each order, the first within [0, 1], the second within
            [0, 2], the third within [0, 3]; such as `discounts_for` finds. None for the formulas of Chen & Goodman.
        max_grams: How many n-grams to keep when all have been counted; None for all.
        beginning: Ids that stand before the first token of every text, such as that of the line end; None for a token of its
            own that is never predicted.
        cache_length: Tokens that the cache reaches back; 0 for no cache.
        cache_strengths: What the cache is weighed against, for contexts of 0, 1, ... tokens; see `Cache`.
        seed: Not used.

    Raises:
        ValueError: An argument is out of range.
    """

    array_names = (*ARRAYS, "discount_table")

    def __init__(
        self,
        vocabulary_size=256,
        order=5,
        discounts=None,
        max_grams=None,
        beginning=None,
        cache_length=0,
        cache_strengths=(),
        seed=None,
        **kwargs,
    ):
        super().__init__(vocabulary_size, beginning, seed=seed, **kwargs)
        self.order = checks.integer("order", order, 1, MAX_ORDER)
        self.discounts = discounts if discounts is None else checked_discounts(discounts, order)
        self.max_grams = max_grams if max_grams is None else checks.integer("max_grams", max_grams, 1, 10**9)
        self.cache_length = checks.integer("cache_length", cache_length, 0, 10**8)
        self.cache_strengths = tuple(checks.number("cache_strengths", each, 0, 1e12) for each in cache_strengths)
        if bool(cache_length) != any(self.cache_strengths):
            raise ValueError(
                f"cache_length and cache_strengths go together; received {cache_length} and {tuple(cache_strengths)}."
            )
        self.cache = Cache(self.cache_length, self.cache_strengths) if cache_length else None

    @property
    def gram_order(self):
        return self.order

    # Counting

    def learn(self, x, y=None):
        grams, suffixes = self.counted(x)
        table = None
        if self.is_fitted:
            old, table = self.grams, self.arrays["discount_table"]
            known = [(where >= 0) & (counts[where] > 0) for where, counts in zip(places(old, grams), old.counts, strict=True)]
            grams = added(old, continuations(grams, suffixes, known))
        else:
            grams = continuations(grams, suffixes)
        if self.discounts is not None:
            table = np.reshape(self.discounts, (self.order, discounting.KINDS))
        elif table is None or not any(map(np.any, grams.dropped)):  # what was pruned is missing in counts of counts
            table = discounting.closed_form(grams)
        if self.max_grams is not None and sum(grams.sizes[1:]) > self.max_grams:
            grams = pruned(grams, losses_without(grams, discounted(grams, table)), self.max_grams)
        self.arrays = {**packed(grams), "discount_table": table}
        return self.measure(x)

    def make_table(self, grams):
        return discounted(grams, np.asarray(self.arrays["discount_table"]))

    def discounts_for(self, tokens):
        """The discounts by which these counts make other text likeliest, for `discounts`: a tuple of 3 * order numbers.

        Text that was not counted says more about them than the formulas do: a word that was seen once in a play has often
        been seen in one scene, and is rarer elsewhere than counts of counts make believe.

        Args:
            tokens: Held-out texts, ids (count, length).

        Raises:
            ValueError: The model has been pruned, or has learned nothing yet.
        """
        grams = self.grams
        if any(map(np.any, grams.dropped)):
            raise ValueError(f"max_grams must be None to choose discounts: the counts are pruned; received {self.max_grams}.")
        found = discounting.held_out(grams, *self.begun(checks.tokens(tokens, self.vocabulary_size)))
        return tuple(round(float(number), 3) for number in found.ravel())

    def strengths_for(self, tokens, length, contexts):
        """The strengths by which a cache makes other text likeliest, for `cache_strengths`: a tuple of contexts + 1 numbers.

        Args:
            tokens: Held-out texts, ids (count, length).
            length: `cache_length`.
            contexts: Tokens of the longest context.
        """
        tokens = checks.tokens(tokens, self.vocabulary_size)
        length = checks.integer("length", length, 1, 10**8)
        contexts = checks.integer("contexts", contexts, 0, MAX_ORDER)
        return strengths_for(self.table.probabilities(*self.begun(tokens)), tokens, length, contexts)

    def with_cache(self, length, strengths):
        """A model with the same counts and tokenizer, and with a cache (or without, at 0 and ()): see `Cache`."""
        config = {**self.get_config(), "cache_length": length, "cache_strengths": strengths}
        other = type(self).from_config(config)
        other.arrays, other.tokenizer = dict(self.arrays), self.tokenizer
        return other


def checked_discounts(discounts, order):
    """The discounts as a tuple of floats, if there are three an order, each within its bounds."""
    found = tuple(discounts)
    if len(found) != discounting.KINDS * order:
        raise ValueError(f"discounts must be {discounting.KINDS * order} numbers, three for each order; received {len(found)}.")
    return tuple(checks.number("discounts", each, 0, i % discounting.KINDS + 1) for i, each in enumerate(found))


def discounted(grams, table):
    """The `BackoffTable` of counts and discounts (order, 3)."""
    shares, left = [], []
    for k in range(1, grams.order + 1):
        counts, parents, size = grams.counts[k - 1], grams.parents[k - 1], grams.sizes[k - 1]
        off = np.append(0, table[k - 1])[discounting.kind(counts)]
        totals = np.maximum(grams.totals(k), 1)
        shares.append((counts - off) / totals[parents])
        left.append((np.bincount(parents, off, size) + grams.dropped[k - 1]) / totals)
    return BackoffTable(grams, shares, left)


def losses_without(grams, table):
    """By order, about how many nats would be lost on text like the one counted without each n-gram.

    Weighted by how often it is expected, it is the logarithm of its probability over that which its context would leave to
    the shorter one (Seymore & Rosenfeld, 1996; with the model's own probabilities, Stolcke, 1998).
    """
    found, often = [], weights(grams)
    lower, suffixes = np.full(1, 1 / (grams.base - 1)), np.zeros(1, "int64")  # of the order before
    for k in range(1, grams.order + 1):
        parents, tokens, share = grams.parents[k - 1], grams.tokens[k - 1], table.shares[k - 1]
        if k == 1:
            suffix, shorter = np.zeros(len(tokens), "int64"), np.full(len(tokens), lower[0])
        else:
            suffix = find(grams.codes(k - 1), np.where(suffixes[parents] < 0, -1, suffixes[parents] * grams.base + tokens))
            shorter = np.where(suffix < 0, 1e-9, lower[suffix])
        left = table.left[k - 1][parents]
        probability = share + left * shorter
        without = np.maximum((left + share) * shorter, 1e-300)
        contexts = sums(parents, often[k - 1], grams.sizes[k - 1]) + grams.dropped[k - 1]
        found.append(contexts[parents] * probability * np.log(np.maximum(probability, 1e-300) / without))
        lower, suffixes = probability, suffix
    return found
