"""Hidden Markov model trained by gradients, with emissions of a table or of a network.

Rabiner, 1989; a network inside: Tran, Bisk, Vaswani, Marcu & Knight, 2016, arXiv:1609.09007, "Unsupervised neural hidden Markov
models". The chain is that of hmm.py, and so are the verbs. "neural_..." emissions also see the frame before: what state j
emits after x_(t-1) is told by the raw numbers (densities.py) that a network gives,

    r_t(j) = W tanh(V x_(t-1) + e_j) + c,        with V x_(t-1) = 0 before the first frame

Training raises log p(x), in which the path is summed out. Its slope is that of EM's expected log p(x, z) at the present weights
(Fisher's identity), so that one forward and one backward pass give it, and no derivative goes through a loop:

    grad log p(x) = sum_j g_1(j) grad log p(z_1 = j) + sum_ij n_ij grad log A_ij + sum_tj g_t(j) grad log p(x_t | j)
    g_t(j) = p(z_t = j | x),    n_ij = sum_t p(z_(t-1) = i, z_t = j | x)
"""

import functools

import keras
import numpy as np
from keras import ops

from kerasgen import checks
from kerasgen.models.sequence.densities import from_raw, log_density, middle, raw_shape, to_raw
from kerasgen.models.sequence.emissions import KINDS
from kerasgen.models.sequence.frames import checked
from kerasgen.models.sequence.hidden_markov import HiddenMarkov
from kerasgen.models.sequence.neural_emissions import Neural, build_network
from kerasgen.steps import compiled, portable_step

NEURAL = ("neural_categorical", "neural_bernoulli", "neural_gaussian")
HIGHEST = 80.0  # exp(HIGHEST) is still a float32 number


@keras.saving.register_keras_serializable("kerasgen")
class GradientHMM(HiddenMarkov):
    """Hidden Markov model of sequences of frames, whose `fit` takes gradient steps.

    `fit` and `evaluate` take a list of sequences of any lengths, as `log_prob` does, or what `batched` makes of one: an array
    of padded sequences, and as `y` their lengths. `loss` is in nats a frame. `arrays` are those of `HMM`, "start",
    "transitions" and "emissions", which either of the two can hand to the other; for a network, "emissions" are the e_j,
    (states, 1, hidden_dim).

    Args:
        states: Number of hidden states.
        emission: That of `HMM`: "categorical", "bernoulli", "autoregressive", "gaussian" or "full_gaussian"; or by a network
            that also sees the frame before: "neural_categorical", "neural_bernoulli" or "neural_gaussian".
        size: Numbers or bits of a frame; for categorical emissions, how many symbols there are.
        hidden_dim: Width of the network.
        dropout: Share of the network's hidden numbers left out in training, 0 up to 1.
        min_variance: Least variance of a Gaussian in any direction, in squared units of the data (which should be about 1).
        seed: Seed of the weights and of dropout; None for an arbitrary one.

    Example:
        >>> import numpy as np
        >>> tosses = [np.array([0, 0, 0, 1, 0, 1, 1, 1]), np.array([1, 1, 1, 0, 0])]
        >>> model = GradientHMM(2, "neural_categorical", size=2, hidden_dim=4, seed=0)
        >>> model.compile("adam")
        >>> history = model.fit(tosses, epochs=2, verbose=0)
        >>> [path.shape for path in model.viterbi(tosses)]
        [(8,), (5,)]
    """

    def __init__(
        self,
        states=10,
        emission="neural_bernoulli",
        size=88,
        hidden_dim=64,
        dropout=0.0,
        min_variance=1e-3,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.states = checks.integer("states", states, 1, 10_000)
        self.emission = checks.one_of("emission", emission, (*KINDS, *NEURAL))
        self.size = checks.integer("size", size, 1, 1_000_000)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 10_000)
        self.dropout = checks.number("dropout", dropout, 0.0, 0.99)
        self.min_variance = checks.number("min_variance", min_variance, 1e-12, 1e12)
        self.plain = self.emission.removeprefix("neural_")  # the distribution of a frame
        draw = functools.partial(keras.initializers.RandomNormal, stddev=0.5)
        seeds = [None if seed is None else seed + i for i in range(4)]
        self.start = self.add_weight(shape=(states,), initializer=draw(seed=seeds[0]), dtype="float32", name="start")
        self.transitions = self.add_weight(
            shape=(states, states), initializer=draw(seed=seeds[1]), dtype="float32", name="transitions"
        )
        shape = raw_shape(self.plain, size)
        if self.emission in NEURAL:
            self.network = build_network(states, size, shape, hidden_dim, dropout, seeds[2:])
        else:
            normal = draw(seed=seeds[2])
            begin = lambda shape, dtype: normal(shape, dtype) + ops.convert_to_tensor(middle(self.plain, size), dtype)  # noqa: E731
            self.emissions = self.add_weight(shape=(states, *shape), initializer=begin, dtype="float32", name="emissions")
        self.built = True

    def call(self, frames, training=False):
        """log p(x_t | j) of padded sequences, as `fit` takes them: float32 (batch, frames, states)."""
        if self.plain == "categorical":
            frames = ops.one_hot(ops.cast(frames, "int32"), self.size)
        frames = ops.cast(frames, "float32")
        before = ops.concatenate([ops.zeros_like(frames[:, :1]), frames[:, :-1]], axis=1)
        rows, before = (ops.reshape(each, (-1, self.size)) for each in (frames, before))
        found = log_density(self.plain, rows, before, self.raw(before, training), self.min_variance)
        return ops.reshape(found, (-1, ops.shape(frames)[1], self.states))

    def raw(self, before, training=False):
        """The raw numbers of densities.py for frames after those `before`."""
        if self.emission in NEURAL:
            return self.network(before, training=training)
        return ops.convert_to_tensor(self.emissions)

    # Training

    @portable_step
    def train_step(self, batch):
        self.minimize(lambda: self.nats(batch, training=True))
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.nats(batch, training=False)
        return self.logs()

    def nats(self, batch, training):
        """Nats a frame of a batch: -log p of all its sequences over the number of their frames."""
        frames, lengths = batch if isinstance(batch, tuple) else (batch, None)
        log_densities = self(frames, training=training)
        inside = ops.ones_like(log_densities[:, :, 0], dtype="bool")
        if lengths is not None:
            inside = ops.arange(ops.shape(frames)[1]) < ops.cast(lengths, "int32")[:, None]
        start, transitions = ops.log_softmax(self.start), ops.log_softmax(self.transitions, axis=1)
        total, count = ops.sum(log_likelihood(start, transitions, log_densities, inside)), ops.sum(ops.cast(inside, "float32"))
        self.trackers["loss"].update_state(-total / count, sample_weight=count)  # so that the mean is that over all frames
        return -total / count

    def fit(self, x=None, y=None, *args, validation_data=None, **kwargs):
        """As `GenerativeModel.fit`. `x` and `validation_data` may be lists of sequences, as `log_prob` takes them."""
        parts = validation_data if isinstance(validation_data, tuple) else (validation_data,)
        if isinstance(parts[0], list):
            validation_data = self.read(*parts)
        return super().fit(*self.read(x, y), *args, validation_data=validation_data, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """As `GenerativeModel.evaluate`. `x` may be a list of sequences."""
        return super().evaluate(*self.read(x, y), *args, **kwargs)

    def read(self, x, y=None):
        """(x, y) as `keras.Model.fit` takes them: a list of sequences becomes two arrays."""
        return self.batched(x, "x") if isinstance(x, list) and y is None else (x, y)

    def batched(self, sequences, name="sequences"):
        """A list of sequences as arrays that `fit` and `Batches` take.

        Returns:
            (padded with 0: int32 (count, longest) of symbols, else float32 (count, longest, size); lengths: int32 (count,)).

        Raises:
            ValueError: It is no list of sequences of this model.
        """
        found = checked(sequences, name, self.plain, self.size)
        lengths = np.array([len(each) for each in found], "int32")
        padded = np.zeros(
            (len(found), lengths.max(), *found[0].shape[1:]), "int32" if self.plain == "categorical" else "float32"
        )
        for row, each in zip(padded, found, strict=True):
            row[: len(each)] = each
        return padded, lengths

    def check_data(self, x, y=None):
        found = checked(x, "x", self.plain, self.size)
        if y is None:
            return
        y, longest = np.asarray(y), max(map(len, found))
        if y.shape != (len(found),) or y.dtype.kind not in "iu" or y.min() < 1 or y.max() > longest:
            raise ValueError(
                f"y must be None, or how many frames of each sequence there are, integers ({len(found)},) from 1 to {longest}; "
                f"received {y.dtype} of shape {y.shape}, or other values."
            )

    # What it has learned, as `HMM` has it

    @property
    def kind(self):
        return Neural(self) if self.emission in NEURAL else KINDS[self.emission]

    @property
    def arrays(self):
        """{"start", "transitions", "emissions": float64}; setting it sets the weights."""
        weights = map(ops.convert_to_numpy, (self.start, self.transitions))
        start, transitions = (from_raw("categorical", weight, 0) for weight in weights)
        if self.emission in NEURAL:
            emissions = np.asarray(ops.convert_to_numpy(self.network.get_layer("state").embedding), "float64")[:, None]
        else:
            emissions = from_raw(self.plain, ops.convert_to_numpy(self.emissions), self.min_variance)
        return {"start": start, "transitions": transitions, "emissions": emissions}

    @arrays.setter
    def arrays(self, values):
        self.start.assign(to_raw("categorical", values["start"], 0))
        self.transitions.assign(to_raw("categorical", values["transitions"], 0))
        if self.emission in NEURAL:
            self.network.get_layer("state").embedding.assign(np.asarray(values["emissions"])[:, 0])
        else:
            self.emissions.assign(to_raw(self.plain, values["emissions"], self.min_variance))

    def checked(self, sequences):
        return checked(sequences, "sequences", self.plain, self.size)

    def require_fit(self):
        """Nothing to ask for: weights can be drawn from before the first step, too."""

    @functools.cached_property
    def _raw(self):
        return compiled(self.raw, self)

    @functools.cached_property
    def _log_density(self):
        return compiled(
            lambda frames, before: log_density(self.plain, frames, before, self.raw(before), self.min_variance), self
        )

    def networks(self):
        """Raw numbers of the emissions after a frame, where a network gives them; the sums over paths are no network."""
        return {"emissions": self.network} if self.emission in NEURAL else {}


def log_likelihood(log_start, log_transitions, log_density, inside):
    """log p(x): (batch,), with the slope of the docstring above.

    The numbers of each step are taken relative to the largest, as float32: a state that is less probable than another by
    exp(-87) may be lost, which changes the sum by as little as long as no transition is less probable than about exp(-70).

    Args:
        log_start, log_transitions: (states,) and (states, states), normalised.
        log_density: log p(x_t | j), (batch, frames, states).
        inside: Booleans (batch, frames), false after the end of a sequence.
    """
    inside = ops.pad(inside, ((0, 0), (0, 1)))  # one more frame, for loops of one step at least
    log_density = ops.where(inside[:, :, None], ops.pad(log_density, ((0, 0), (0, 1), (0, 0))), 0.0)
    parts = log_start, log_transitions, log_density
    fixed = [ops.stop_gradient(part) for part in parts]
    total, weights = expected(*fixed, inside)
    for part, constant, weight in zip(parts, fixed, weights, strict=True):
        moved = ops.stop_gradient(weight) * (part - constant)  # 0, with the slope of log p(x)
        total = total + ops.sum(moved, axis=tuple(range(1, len(weight.shape))))
    return total


def expected(log_start, log_transitions, log_density, inside):
    """(log p(x): (batch,); how often the first states, the steps and the states at each frame are expected).

    These are (batch, states), (batch, states, states) and (batch, frames, states).
    """
    matrix = ops.exp(log_transitions)
    steps = ops.transpose(log_density, (1, 0, 2))  # (frames, batch, states)

    def ahead(state, now):
        found = multiplied(state, matrix) + now
        return found, found

    def back(state, now):
        return multiplied(state + now, ops.transpose(matrix)), state

    first = log_start + steps[0]
    _, forward = ops.scan(ahead, first, steps[1:])
    forward = ops.concatenate([first[None], forward])
    _, backward = ops.scan(back, ops.zeros_like(first), steps, reverse=True)
    total = ops.logsumexp(forward[-1], axis=-1)
    mask = ops.cast(ops.transpose(inside), "float32")[:, :, None]
    both = forward + backward
    shares = ops.exp(both - ops.logsumexp(both, axis=-1, keepdims=True)) * mask
    # p(z_(t-1) = i, z_t = j | x) = exp(a_(t-1)(i) + log p(x_t | j) + b_t(j) - log p(x)) A_ij
    top = ops.max(forward[:-1], axis=-1, keepdims=True)
    after = ops.exp(ops.minimum(steps[1:] + backward[1:] + top - total[:, None], HIGHEST)) * mask[1:]
    pairs = matrix * ops.einsum("tbi,tbj->bij", ops.exp(forward[:-1] - top), after)
    return total, (shares[0], pairs, ops.transpose(shares, (1, 0, 2)))


def multiplied(logs, matrix):
    """log(exp(logs) @ matrix), row by row."""
    top = ops.max(logs, axis=-1, keepdims=True)
    return ops.log(ops.maximum(ops.matmul(ops.exp(logs - top), matrix), 1e-37)) + top
