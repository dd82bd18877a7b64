"""Neural Turing machine: a network that learns what to keep in a memory, and where, from questions and answers alone.

Graves, Wayne & Danihelka, 2014, arXiv:1410.5401. At each step t a controller sees the row x_t and what it read a step ago, and
its heads write to a memory of N slots and read from it (`kerasgen.layers.MemoryCell` has the equations):

    h_t = controller(x_t, r_{t-1}),      (w_t, M_t, r_t) = heads(h_t, w_{t-1}, M_{t-1}),      p(y_t) = sigmoid(W [h_t, r_t] + b)

A question is some rows; while zeros follow, the bits of the answer are read off, each by its own probability. What is asked is
one of `TASKS` of `bit_tasks.py`. The weights fit a memory of any size: training may use a smaller one, which is faster. With
no heads at all the model is a plain LSTM, with the same verbs: what the memory is to be compared with.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import MemoryCell
from kerasgen.model import GenerativeModel
from kerasgen.models.sequence.bit_tasks import TASKS, bits
from kerasgen.steps import compiled, portable_step

PIECE = 16  # questions are padded to a multiple, so that few lengths are compiled
UNASKED = -1  # in place of a bit where no answer is due
SPARE = 2  # steps beyond the rows of a right answer that a model has for its end mark


@keras.saving.register_keras_serializable("kerasgen")
class NTM(GenerativeModel):
    """A memory machine for one task on rows of bits.

    Args:
        task: "copy", "repeat-copy", "recall" or "sort".
        bits: Bits of a row.
        units: Size of the controller.
        controller: "lstm", or "dense" for one without a state of its own.
        slots: N, slots of the memory; at least as many as rows are to be remembered.
        width: M, numbers of a slot.
        heads: Heads that read, and as many that write; 0 for an LSTM without a memory.
        training_slots: Slots while training; None for `slots`.
        seed: Seed of the initial weights.
    """

    capabilities = ("run", "probabilities", "log_prob", "attention")
    cannot = {
        "sample": "it answers questions, and knows nothing of how probable they are",
        "generate": "it answers questions, and knows nothing of how probable they are",
    }

    def __init__(
        self,
        task="copy",
        bits=8,
        units=100,
        controller="lstm",
        slots=128,
        width=20,
        heads=1,
        training_slots=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.task = checks.one_of("task", task, tuple(TASKS))
        self.bits = checks.integer("bits", bits, 1, 1000)
        self.units = checks.integer("units", units, 1, 100_000)
        self.controller = checks.one_of("controller", controller, ("lstm", "dense"))
        self.slots = checks.integer("slots", slots, 3, 100_000)
        self.width = checks.integer("width", width, 1, 10_000)
        self.heads = checks.integer("heads", heads, 0, 64)
        self.training_slots = None if training_slots is None else checks.integer("training_slots", training_slots, 3, slots)
        self.asked = TASKS[task]
        self.channels, self.outputs = bits + self.asked.marks, bits + self.asked.ends
        self.spare = SPARE * self.asked.ends
        if heads:
            self.cell = MemoryCell(units, controller, slots, width, heads, heads, seed=self.seed, name="cell")
            self.recurrent = layers.RNN(self.cell, return_sequences=True, name="recurrent", dtype="float32")
        else:
            self.recurrent = build_lstm(units, self.seed)
        self.recurrent.build((None, None, self.channels))
        spread = keras.initializers.GlorotUniform(None if self.seed is None else self.seed + 7)
        self.head = layers.Dense(self.outputs, kernel_initializer=spread, name="head", dtype="float32")
        self.head.build((None, None, units + heads * width))
        self.built = True

    def call(self, x, training=False):
        """Logits of the bits that go out at each step: float32 (batch, length, outputs) of rows (batch, length, channels)."""
        return self.head(self.steps(x, training)[0])

    def steps(self, x, training=False):
        """What the output is made of, (batch, length, units + heads * M), and all weightings (batch, length, 2 heads, N)."""
        x = ops.cast(x, "float32")
        if not self.heads:
            return self.recurrent(x), None
        slots = self.training_slots if training and self.training_slots else self.slots
        flat = self.recurrent(x, initial_state=self.cell.initial_state(ops.shape(x)[0], slots))
        cut = self.units + self.heads * self.width
        return flat[..., :cut], ops.reshape(flat[..., cut:], (*ops.shape(x)[:2], 2 * self.heads, slots))

    # Training

    @portable_step
    def train_step(self, batch):
        self.minimize(lambda: self.answer_loss(*batch, training=True))
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.answer_loss(*batch, training=False)
        return self.logs()

    def answer_loss(self, x, y, training):
        """Mean of -log p in nats a bit that is asked for."""
        nats, asked = self.nats(self(x, training=training), y)
        loss = ops.sum(nats) / ops.maximum(ops.sum(asked), 1)
        self.track(loss=loss)
        return loss

    def nats(self, logits, y):
        """-log p of each bit, 0 where none is asked for, and where one is: both float32, of the shape of `y`."""
        y = ops.cast(y, "float32")
        asked = ops.cast(ops.greater_equal(y, 0), "float32")
        return asked * (ops.softplus(logits) - logits * y), asked

    def check_data(self, x, y=None):
        x = np.asarray(x)
        if x.ndim != 3 or x.shape[-1] != self.channels or x.size == 0 or x.dtype.kind != "f" or not np.all(np.isfinite(x)):
            raise ValueError(
                f"x must be the questions that encoded(...) gives, finite floats (questions, length, {self.channels}); "
                f"received {x.dtype} of shape {x.shape}, or other values."
            )
        y, expected = None if y is None else np.asarray(y), (*x.shape[:2], self.outputs)
        if y is None or y.shape != expected or not np.all((y == 0) | (y == 1) | (y == UNASKED)):
            received = "None" if y is None else f"{y.dtype} of shape {y.shape}, or other values"
            raise ValueError(f"y must be 0, 1, or {UNASKED} where no bit is asked for, {expected}; received {received}.")

    def networks(self):
        """One step: what has no loop can be exported to any format."""
        inputs = {"x": keras.Input((self.channels,), name="x")}
        inputs |= {name: keras.Input(state.shape[1:], name=name) for name, state in self.start().items()}
        return {"step": keras.Model(inputs, self.one_step(**inputs), name="step")}

    def start(self, count=1):
        """The states before a question begins: {name: float32 (count, ...)}, those of the controller first."""
        if not self.heads:
            return {name: ops.zeros((count, self.units)) for name in "hc"}
        names = [*("hc" if self.controller == "lstm" else ""), "read", "weights", "memory"]
        return dict(zip(names, self.cell.initial_state(count, self.slots), strict=True))

    def one_step(self, x, **states):
        """{"logits", "next_...": states} of tensors, as `step`."""
        cell = self.cell if self.heads else self.recurrent.cell
        out, after = cell(x, list(states.values()))
        logits = self.head(out[:, : self.units + self.heads * self.width])
        return {"logits": logits, **{f"next_{name}": value for name, value in zip(states, after, strict=True)}}

    def step(self, x, **states):
        """One row further, as the exported network "step" does.

        Args:
            x: Rows, float (count, channels).
            **states: As `start(count)` gives them before the first row.

        Returns:
            {"logits": float32 (count, outputs), "next_...": states}, arrays.
        """
        given = {name: ops.convert_to_tensor(states[name]) for name in self.start()}
        found = self.one_step(ops.convert_to_tensor(x), **given)
        return {name: ops.convert_to_numpy(value) for name, value in found.items()}

    # Verbs

    def run(self, sequences, repeats=None, queries=None, priorities=None, batch_size=64):
        """The answers.

        Args:
            sequences: A list of arrays (rows, bits) of 0 and 1, of any lengths; for "recall", of items (items, rows, bits).
            repeats: For "repeat-copy": how many times, one integer or a list with one for each.
            queries: For "recall": a list of arrays (rows, bits), each one of its sequence's items, but not the last.
            priorities: For "sort": a list of arrays (rows,) of numbers from -1 to 1.
            batch_size: Questions at once.

        Returns:
            A list of arrays (rows, bits), uint8 of 0 and 1, with as many rows as right answers have; that of "repeat-copy"
            ends where the model says so, and at the latest two rows after a right one would.

        Raises:
            ValueError: Arguments are not these; nothing has been computed.
        """
        found = self.probabilities(sequences, repeats, queries, priorities, batch_size)
        answers = [(part > 0.5).astype("uint8") for part in found]
        if not self.asked.ends:
            return answers
        ends = [[*np.flatnonzero(answer[:, -1]), len(answer)][0] for answer in answers]
        return [answer[:end, :-1] for answer, end in zip(answers, ends, strict=True)]

    def probabilities(self, sequences, repeats=None, queries=None, priorities=None, batch_size=64):
        """Probability of a 1 for each bit of the answers: a list of float32 (rows, bits); arguments as for `run`.

        For "repeat-copy", there is one column more, of the end mark, and two rows more than a right answer has.
        """
        asked = self.read(sequences, repeats, queries, priorities)
        found = self.mapped(self._probabilities, asked, batch_size)
        return [p[len(x) : len(x) + len(answer) + self.spare] for p, (x, answer) in zip(found, asked, strict=True)]

    def log_prob(self, sequences, answers, repeats=None, queries=None, priorities=None, batch_size=64):
        """log p(answers | questions) in nats, that of the end mark included: float32 (questions,).

        Args:
            sequences, repeats, queries, priorities, batch_size: As for `run`.
            answers: A list of arrays of 0 and 1 (rows, bits), each with as many rows as a right answer.

        Raises:
            ValueError: As `run`, or answers of other shapes or values.
        """
        asked = self.read(sequences, repeats, queries, priorities)
        if not isinstance(answers, (list, tuple)) or [np.shape(each) for each in answers] != [a.shape for _, a in asked]:
            raise ValueError(f"answers must be a list of arrays of the shapes of right ones; received {answers!r:.80}.")
        answers = [bits(f"answers[{i}]", answer, self.bits, 2) for i, answer in enumerate(answers)]
        asked = [(x, answer) for (x, _), answer in zip(asked, answers, strict=True)]
        return np.array(self.mapped(self._nats, asked, batch_size), "float32")

    def attention(self, sequences, repeats=None, queries=None, priorities=None, batch_size=64):
        """Where the heads read and wrote at each step, of the question and of the answer; arguments as for `run`.

        Returns:
            A list of pairs (reading, writing), float32 (steps, heads, slots) each; the weights of a step add up to 1.

        Raises:
            ValueError: As `run`, or the model has no memory.
        """
        if not self.heads:
            raise ValueError("attention needs a memory: this model has heads=0.")
        asked = self.read(sequences, repeats, queries, priorities)
        found = self.mapped(self._weights, asked, batch_size)
        steps = [len(x) + len(answer) for x, answer in asked]
        return [(w[:n, : self.heads], w[:n, self.heads :]) for w, n in zip(found, steps, strict=True)]

    # How questions become arrays

    def read(self, sequences, repeats=None, queries=None, priorities=None):
        """Pairs of questions, float32 (rows, channels), and right answers, float32 (rows, bits); arguments as for `run`."""
        given = {"repeats": repeats, "queries": queries, "priorities": priorities}
        pairs = self.asked.read(self.bits, sequences, given)
        return [(self.asked.encode(*pair), self.asked.answer(*pair)) for pair in pairs]

    def encoded(self, sequences, repeats=None, queries=None, priorities=None):
        """What `fit` takes, questions with right answers: (x float32 (questions, longest, channels), y int8 (..., outputs))."""
        return self.padded(self.read(sequences, repeats, queries, priorities))

    def padded(self, asked, multiple=1):
        """(x, y) of a list of (question, answer), of a length that is a multiple."""
        longest = -(-(max(len(x) + len(answer) for x, answer in asked) + self.spare) // multiple) * multiple
        x = np.zeros((len(asked), longest, self.channels), "float32")
        y = np.full((len(asked), longest, self.outputs), UNASKED, "int8")
        for i, (question, answer) in enumerate(asked):
            start, stop = len(question), len(question) + len(answer)
            x[i, :start], y[i, start:stop, : self.bits] = question, answer
            if self.asked.ends:
                y[i, start : stop + 1, self.bits] = 0
                y[i, stop, self.bits] = 1
        return x, y

    @functools.cached_property
    def _probabilities(self):
        return compiled(lambda x, y: ops.sigmoid(self(x)), self)

    @functools.cached_property
    def _nats(self):
        return compiled(lambda x, y: -ops.sum(self.nats(self(x), y)[0], axis=(1, 2)), self)

    @functools.cached_property
    def _weights(self):
        return compiled(lambda x, y: self.steps(x)[1], self)

    def mapped(self, fn, asked, batch_size):
        """`fn` of (x, y) of questions and answers, those of similar lengths together: a list with a row for each."""
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        order = sorted(range(len(asked)), key=lambda i: len(asked[i][0]) + len(asked[i][1]))
        found = [None] * len(asked)
        for first in range(0, len(asked), batch_size):
            chosen = order[first : first + batch_size]
            x, y = self.padded([asked[i] for i in chosen], PIECE)
            for i, part in zip(chosen, ops.convert_to_numpy(fn(x, y)), strict=True):
                found[i] = part
        return found


def build_lstm(units, seed):
    """The machine without a memory: (batch, length, channels) -> (batch, length, units)."""
    kernel = keras.initializers.GlorotUniform(seed)
    recurrent = keras.initializers.Orthogonal(seed=seed)
    return layers.LSTM(
        units,
        return_sequences=True,
        kernel_initializer=kernel,
        recurrent_initializer=recurrent,
        seed=seed,
        name="recurrent",
        dtype="float32",
    )
