"""Markov chain: the next token depends on the `order` tokens before it, and on nothing else.

Markov, 1913, who counted vowels and consonants in "Eugene Onegin"; Shannon, 1948, "A mathematical theory of communication",
section 3. Counts alone would call impossible whatever has not been seen, so each row of the matrix is drawn towards that of the
chain one order lower (MacKay & Peto, 1995, "A hierarchical Dirichlet language model"): with c the `order` tokens before w, c'
those without the first, and n the counts,

    p(w | c) = (n(c w) + smoothing * p(w | c')) / (n(c .) + smoothing)

and all tokens equally likely below the chain of order 0. The states of the chain are the last `order` tokens.
"""

import keras
import numpy as np

from kerasgen import checks
from kerasgen.models.language.backoff import BackoffTable
from kerasgen.models.language.counted import MAX_ORDER, CountedLanguageModel
from kerasgen.models.language.grams import added, packed

MAX_STATES, MAX_ROWS = 5000, 300_000


@keras.saving.register_keras_serializable("kerasgen")
class MarkovChain(CountedLanguageModel):
    """Chain of a given order, fitted by counting.

    `fit` on further texts adds their counts: each pass once more, so that the number of passes is the weight of the new text.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        order: How many tokens the next one depends on, 0 to 31.
        smoothing: How many observations the chain one order lower stands for, above 0.
        beginning: Ids that stand before the first token of every text, such as that of the line end; None for a token of its
            own that is never predicted.
        seed: Not used.

    Raises:
        ValueError: An argument is out of range.
    """

    def __init__(self, vocabulary_size=256, order=1, smoothing=1.0, beginning=None, seed=None, **kwargs):
        super().__init__(vocabulary_size, beginning, seed=seed, **kwargs)
        self.order = checks.integer("order", order, 0, MAX_ORDER - 1)
        self.smoothing = checks.number("smoothing", smoothing, 1e-6, 1e9)

    @property
    def gram_order(self):
        return self.order + 1

    def learn(self, x, y=None):
        grams, _ = self.counted(x)
        self.arrays = packed(added(self.grams, grams) if self.is_fitted else grams)
        return self.measure(x)

    def make_table(self, grams):
        shares, left = [], []
        for k in range(1, grams.order + 1):
            totals = grams.totals(k) + self.smoothing
            shares.append(grams.counts[k - 1] / totals[grams.parents[k - 1]])
            left.append(self.smoothing / totals)
        return BackoffTable(grams, shares, left)

    # The chain as a matrix

    def transition_matrix(self, order=None):
        """Probability of going from each state to each other.

        A state is the last `order` tokens, (x_1, ..., x_order) with the index sum_i x_i vocabulary_size^(order - i): states in
        the order of their texts. From it only the states (x_2, ..., x_order, w) can be reached, with probability
        p(w | x_1 ... x_order).

        Args:
            order: 1 to that of the model; one below it is the chain of that order on the same counts. None for the model's.

        Returns:
            float64 (states, states), rows sum to one.

        Raises:
            ValueError: There are more than 5,000 states: choose a smaller order or alphabet.
        """
        order = self._chain_order(order, MAX_STATES)
        rows, size = self._rows(order), self.vocabulary_size
        matrix = np.zeros((len(rows), len(rows)))
        starts = np.arange(len(rows)) % size ** (order - 1) * size  # the state (x_2, ..., x_order, 0)
        np.put_along_axis(matrix, starts[:, None] + np.arange(size), rows, axis=1)
        return matrix

    def stationary(self, order=None, tolerance=1e-12, max_steps=100_000):
        """The distribution of states that the chain keeps, and comes to from anywhere: float64 (states,), sums to one.

        Every token can follow every state, so that there is exactly one. It is found by going along with the chain.

        Args:
            order: As for `transition_matrix`; up to 300,000 states.
            tolerance: Of the sum of absolute changes in a step.
            max_steps: Steps until it gives up.

        Raises:
            ValueError: There are too many states.
            ArithmeticError: It has not come to rest; a chain of very rare transitions needs more steps.
        """
        order = self._chain_order(order, MAX_ROWS)
        rows, size = self._rows(order), self.vocabulary_size
        found = np.full(len(rows), 1 / len(rows))
        for _ in range(max_steps):
            flow = (found[:, None] * rows).reshape(size, -1)  # (first token of the state, the others and the next)
            before, found = found, 0.5 * (found + flow.sum(axis=0))  # by half, so that no cycle goes on for ever
            if np.abs(found - before).sum() <= tolerance:
                return found / found.sum()
        raise ArithmeticError(f"The chain has not come to rest after max_steps = {max_steps}.")

    def _rows(self, order):
        """p(w | state) of every state: (states, vocabulary_size)."""
        size = self.vocabulary_size
        states = np.arange(size**order)
        nodes = self.table.start(len(states))
        for i in range(order):
            nodes = self.table.step(nodes, states // size ** (order - 1 - i) % size)
        return self.table.next_probabilities(nodes)

    def _chain_order(self, order, limit):
        self.require_fit()
        if order is None and self.order == 0:
            raise ValueError(
                "order must be 1 or more for a chain with states; this model has order 0: its tokens are independent."
            )
        order = checks.integer("order", self.order if order is None else order, 1, self.order)
        if self.vocabulary_size**order > limit:
            raise ValueError(
                f"order must give at most {limit:,} states; received {order} with {self.vocabulary_size} tokens, which gives "
                f"{self.vocabulary_size**order:,}."
            )
        return order
