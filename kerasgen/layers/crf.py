"""Linear-chain conditional random field: scores of tags become an exact probability of whole tag sequences.

Lafferty, McCallum & Pereira, 2001, "Conditional random fields", section 3; the recursions of Rabiner, 1989, in logarithms. With
unary scores u_t(j) of tag j at step t, transitions A_ij, and scores s and e of the first and the last tag,

    score(y) = s(y_1) + sum_t u_t(y_t) + sum_t A(y_t, y_(t+1)) + e(y_T),        p(y | u) = exp(score(y)) / Z(u)
    forward    a_t(j) = u_t(j) + log sum_i exp(a_(t-1)(i) + A_ij),              log Z = log sum_j exp(a_T(j) + e(j))
    backward   b_t(i) = log sum_j exp(A_ij + u_(t+1)(j) + b_(t+1)(j)),          p(y_t = j | u) = exp(a_t(j) + b_t(j)) / Z

It is a discriminative model: p(y | u) says nothing of how probable what was tagged is.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks

FORBIDDEN = -1e4  # instead of -inf, whose gradients are not numbers: exp(-1e4) is 0
NO_TAG = -1


@keras.saving.register_keras_serializable("kerasgen")
class CRF(layers.Layer):
    """A chain of tags over scores that any network gives; exact likelihood, marginals and best path.

    The layer hands the scores on in its own precision. Its weights are `transitions` (tags, tags), from the row's tag to the
    column's, `start` (tags,) and `end` (tags,). Steps that a mask leaves out count as if they were not there, wherever they
    stand: their neighbours follow each other. The likelihood has gradients, without any through a loop, so that XLA compiles
    them on both backends.

    >>> import keras
    >>> import numpy as np
    >>> from kerasgen.layers import CRF
    >>> names = ["O", "B-NP", "I-NP", "B-VP", "I-VP"]
    >>> word_ids = keras.Input((None,), dtype="int32")
    >>> states = keras.layers.Embedding(20, 16)(word_ids)  # or a recurrent network, or a Transformer
    >>> crf = CRF(len(names), allowed=CRF.legal_bio(names), name="crf")
    >>> model = keras.Model(word_ids, crf(keras.layers.Dense(len(names))(states)))
    >>> model.compile(keras.optimizers.Adam(0.1), loss=crf.loss)
    >>> words = np.array([[3, 4, 5, 6], [4, 6, 0, 0]])  # 0 fills up
    >>> tags = np.array([[1, 2, 3, 1], [1, 3, -1, -1]])  # -1 where there is no word
    >>> history = model.fit(words, tags, epochs=40, verbose=0)
    >>> found = crf.decode(model.predict(words, verbose=0), mask=words != 0)
    >>> keras.ops.convert_to_numpy(found).tolist()
    [[1, 2, 3, 1], [1, 3, -1, -1]]

    A model with it is saved as any other; after `keras.models.load_model(path, compile=False)` compile it with the loss of its
    own layer, `loaded.get_layer("crf").loss`.

    Args:
        tags: Number of tags, 1 to 10000.
        allowed: Which tag may follow which, as nested lists or an array of booleans (tags, tags), or (tags + 1, tags), whose
            last row says which tags may come first; None for all. Others have probability 0. `CRF.legal_bio` makes it from
            names.
        **kwargs: As for `keras.layers.Layer`. Under half precision the sums are still float32.

    Call arguments:
        scores: u, (batch, length, tags).
        mask: Ignored: it goes to the verbs, or into the labels as -1.

    Raises:
        ValueError: A number of tags or an array that is not as above.
    """

    def __init__(self, tags, allowed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.tags = checks.integer("tags", tags, 1, 10_000)
        self.allowed = None if allowed is None else checked_rule("allowed", allowed, self.tags).tolist()
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) != 3 or input_shape[-1] != self.tags:
            raise ValueError(f"scores must be (batch, length, {self.tags}); received the shape {tuple(input_shape)}.")
        self.transitions = self.add_weight(shape=(self.tags, self.tags), initializer="zeros", name="transitions")
        self.start = self.add_weight(shape=(self.tags,), initializer="zeros", name="start")
        self.end = self.add_weight(shape=(self.tags,), initializer="zeros", name="end")

    def call(self, scores, mask=None):
        return ops.copy(ops.cast(scores, self.variable_dtype))  # a cast that changes nothing would keep the mask, too

    def compute_mask(self, scores, previous_mask=None):
        return None  # Keras would weigh the losses of sentences by the masks of their words

    def get_config(self):
        return {**super().get_config(), "tags": self.tags, "allowed": self.allowed}

    @staticmethod
    def legal_bio(names):
        """Which of the tags "O", "B-X" (a span of kind X begins) and "I-X" (it goes on) may follow which.

        I-X may follow B-X and I-X alone, and cannot come first.

        Args:
            names: Names of the tags, in the order of their numbers.

        Returns:
            bool (tags + 1, tags); the last row is for the first tag of a sequence.

        Raises:
            ValueError: A name that is neither "O" nor begins with "B-" or "I-".
        """
        wrong = [name for name in names if name != "O" and name[:2] not in ("B-", "I-")]
        if wrong:
            raise ValueError(f'names must be "O", "B-..." or "I-..."; received {wrong[0]!r}.')
        goes_on = [[tag[:2] == "I-" and one != "O" and one[2:] == tag[2:] for tag in names] for one in (*names, "O")]
        return np.array(goes_on) | np.array([tag[:2] != "I-" for tag in names])

    # Likelihood

    def loss(self, labels, scores):
        """Nats of each sequence, (batch,), for `keras.Model.compile`; labels of -1 stand where there is no step."""
        return self.negative_log_likelihood(scores, labels)

    def negative_log_likelihood(self, scores, labels, mask=None):
        """-log p(labels | scores) in nats: (batch,); 0 for a sequence without steps.

        Args:
            scores: u, (batch, length, tags).
            labels: Numbers of tags, integers (batch, length); -1 where there is none.
            mask: Booleans (batch, length), false for steps to leave out, besides those with the label -1.
        """
        labels = ops.cast(labels, "int32")
        inside = labels >= 0 if mask is None else ops.logical_and(labels >= 0, ops.cast(mask, "bool"))
        return self.log_partition(scores, inside) - self.path_score(scores, labels, inside)

    def path_score(self, scores, labels, mask=None):
        """score(labels): (batch,); arguments as for `negative_log_likelihood`."""
        scores, inside = self.prepared(scores, mask)
        labels = ops.where(inside, ops.cast(labels, "int32"), 0)
        follow = lambda before, step: (ops.where(step[1], step[0], before), before)  # noqa: E731
        nothing = ops.zeros_like(labels[:, 0]) + self.tags  # the row of what may come first
        last, before = ops.scan(follow, nothing, (ops.transpose(labels), ops.transpose(inside)))
        pairs = ops.take(ops.reshape(self.table(), (-1,)), ops.transpose(before) * self.tags + labels)
        own = ops.take_along_axis(scores, labels[:, :, None], axis=-1)[:, :, 0]
        end = ops.take(ops.concatenate([self.end, ops.zeros((1,), self.end.dtype)]), last)
        return ops.sum(ops.where(inside, own + pairs, 0.0), axis=1) + end

    def log_partition(self, scores, mask=None):
        """log Z: (batch,). Its gradient is what is expected of each score: no derivative goes through the loops."""
        scores, inside = self.prepared(scores, mask)
        parts = scores, self.table(), ops.convert_to_tensor(self.end)
        fixed = [ops.stop_gradient(part) for part in parts]
        last, forward = self.forward(fixed[0], inside, fixed[1])
        total = ops.where(ops.any(inside, axis=1), ops.logsumexp(last + fixed[2], axis=-1), 0.0)
        for part, constant, weights in zip(parts, fixed, self.expected(*fixed, inside, last, forward), strict=True):
            moved = ops.stop_gradient(weights) * (part - constant)  # 0, with the slope of log Z
            total = total + ops.sum(moved, axis=tuple(range(1, len(weights.shape))))
        return total

    def expected(self, scores, table, end, inside, last, forward):
        """Probabilities of tags (batch, length, tags), how often pairs are expected (batch, tags + 1, tags), of last tags."""
        backward = self.backward(scores, inside, table, end)
        singles = ops.where(inside[:, :, None], ops.softmax(steps_first(forward + backward), axis=-1), 0.0)
        before = ops.concatenate([ops.zeros_like(forward[:1]), forward[:-1]])
        goes_on = ops.logical_and(inside, ops.cumsum(ops.cast(inside, "int32"), axis=1) > 1)
        ahead = steps_first(scores) + backward - ops.logsumexp(last + end, axis=-1)[None, :, None]
        pairs = ops.exp(ops.minimum(before[..., None] + table[:-1] + ahead[:, :, None], 0.0))  # (length, batch, tags, tags)
        pairs = ops.sum(ops.where(ops.transpose(goes_on)[:, :, None, None], pairs, 0.0), axis=0)
        first = ops.sum(ops.where(ops.logical_xor(inside, goes_on)[:, :, None], singles, 0.0), axis=1)
        lasts = ops.where(ops.any(inside, axis=1)[:, None], ops.softmax(last + end, axis=-1), 0.0)
        return singles, ops.concatenate([pairs, first[:, None]], axis=1), lasts

    def marginals(self, scores, mask=None):
        """p(y_t = j | u): (batch, length, tags); 0 where the mask is false."""
        scores, inside = self.prepared(scores, mask)
        table, end = self.table(), ops.convert_to_tensor(self.end)
        _, forward = self.forward(scores, inside, table)
        found = ops.softmax(steps_first(forward + self.backward(scores, inside, table, end)), axis=-1)
        return ops.where(inside[:, :, None], found, 0.0)

    def backward(self, scores, inside, table, end):
        """b of each step: (length, batch, tags)."""

        def step(after, now):
            unary, is_inside = now
            before = ops.logsumexp(table[:-1] + (unary + after)[:, None], axis=-1)
            return ops.where(is_inside[:, None], before, after), after

        end = ops.zeros_like(scores[:, 0]) + end
        return ops.scan(step, end, (steps_first(scores), ops.transpose(inside)), reverse=True)[1]

    def forward(self, scores, inside, table):
        """(a after the last step: (batch, tags), a of each step: (length, batch, tags))."""
        pairs, first = table[:-1], table[-1]

        def step(state, now):
            before, begun = state
            unary, is_inside = now
            reached = ops.logsumexp(before[:, :, None] + pairs, axis=1)
            found = ops.where(is_inside[:, None], ops.where(begun[:, None], reached, first) + unary, before)
            state = found, ops.logical_or(begun, is_inside)
            return state, state  # on TensorFlow, what is collected must look like what is carried on

        state = ops.zeros_like(scores[:, 0]), ops.zeros_like(inside[:, 0])
        (last, _), (every, _) = ops.scan(step, state, (steps_first(scores), ops.transpose(inside)))
        return last, every

    # The best path

    def decode(self, scores, mask=None, allowed=None):
        """The most probable tags (Viterbi, 1967): int32 (batch, length), -1 where the mask is false.

        Args:
            scores: u, (batch, length, tags).
            mask: Booleans (batch, length), false for steps to leave out; None for none.
            allowed: As that of the layer, for this call: both must allow a step.
        """
        scores, inside = self.prepared(scores, mask)
        table = self.table()
        if allowed is not None:
            table = table + penalties(checked_rule("allowed", allowed, self.tags), table.dtype)
        pairs, first = table[:-1], table[-1]
        same = ops.zeros_like(scores[:, 0], dtype="int32") + ops.arange(self.tags, dtype="int32")

        def step(state, now):
            best, begun, _ = state
            unary, is_inside = now
            joint = best[:, :, None] + pairs
            goes_on = ops.logical_and(is_inside, begun)[:, None]
            came_from = ops.where(goes_on, ops.cast(ops.argmax(joint, axis=1), "int32"), same)
            reached = ops.where(begun[:, None], ops.max(joint, axis=1), first) + unary
            state = ops.where(is_inside[:, None], reached, best), ops.logical_or(begun, is_inside), came_from
            return state, state

        state = ops.zeros_like(scores[:, 0]), ops.zeros_like(inside[:, 0]), same
        (best, _, _), (_, _, came_from) = ops.scan(step, state, (steps_first(scores), ops.transpose(inside)))

        def back(tag, now):
            return ops.take_along_axis(now, tag[:, None], axis=1)[:, 0], tag

        last = ops.cast(ops.argmax(best + self.end, axis=-1), "int32")
        _, path = ops.scan(back, last, came_from, reverse=True)
        return ops.where(inside, ops.transpose(path), NO_TAG)

    # Shared

    def prepared(self, scores, mask):
        """(scores in the layer's own precision, booleans (batch, length): which steps are there)."""
        scores = ops.cast(scores, self.variable_dtype)
        if len(scores.shape) != 3 or scores.shape[-1] != self.tags:
            raise ValueError(f"scores must be (batch, length, {self.tags}); received the shape {tuple(scores.shape)}.")
        if not self.built:
            self.build(scores.shape)
        inside = ops.ones_like(scores[:, :, 0], dtype="bool") if mask is None else ops.cast(mask, "bool")
        if len(inside.shape) != 2:
            raise ValueError(f"mask must be (batch, length); received the shape {tuple(inside.shape)}.")
        return scores, inside

    def table(self):
        """Transitions, and below them the scores of first tags: (tags + 1, tags)."""
        table = ops.concatenate([ops.convert_to_tensor(self.transitions), ops.convert_to_tensor(self.start)[None]])
        return table if self.allowed is None else table + penalties(np.array(self.allowed), table.dtype)


def steps_first(x):
    """(batch, length, tags) to (length, batch, tags), or back."""
    return ops.transpose(x, (1, 0, 2))


def penalties(rule, dtype):
    """What a bool (tags + 1, tags) adds to the scores of steps: 0 or `FORBIDDEN`."""
    return ops.convert_to_tensor(np.where(rule, 0.0, FORBIDDEN), dtype=dtype)


def checked_rule(name, rule, tags):
    """`rule` as bool (tags + 1, tags).

    Raises:
        ValueError: It has another shape or other values, or rules everything out as the first tag or after one that can be met.
    """
    found = np.asarray(rule)
    if found.shape not in ((tags, tags), (tags + 1, tags)) or found.dtype != bool:
        raise ValueError(
            f"{name} must be booleans ({tags}, {tags}) or ({tags + 1}, {tags}); received {found.dtype} of shape {found.shape}."
        )
    if len(found) == tags:
        found = np.concatenate([found, np.ones((1, tags), bool)])
    if not found.any(axis=1).all():
        row = int(np.argmin(found.any(axis=1)))
        raise ValueError(
            f"{name} must allow some tag {'first' if row == tags else f'after tag {row}'}; received a row of false."
        )
    return found
