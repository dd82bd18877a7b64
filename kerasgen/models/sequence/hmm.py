"""Hidden Markov model, fitted by Baum-Welch.

Baum, Petrie, Soules & Weiss, 1970, "A maximization technique occurring in the statistical analysis of probabilistic functions
of Markov chains"; Rabiner, 1989, "A tutorial on hidden Markov models and selected applications in speech recognition". A chain
of hidden states z_t goes from i to j with probability A_ij, and each state emits a frame x_t by a distribution of its own:

    p(x, z) = p(z_1) prod_t A_(z_(t-1) z_t) prod_t p(x_t | z_t),    p(x) = sum over all paths z

chains.py sums over the paths in time linear in the number of frames; emissions.py has the distributions of frames. A pass of
Baum-Welch is a step of EM, after which p(x), times the prior that `smoothing` stands for, is no lower:

    E:  g_t(j) = p(z_t = j | x),    n_ij = sum_t p(z_(t-1) = i, z_t = j | x)
    M:  p(z_1 = j) ~ g_1(j) + smoothing,    A_ij ~ n_ij + smoothing,    emissions by frames weighted with g_t(j)

Sequences are of any lengths, a list of arrays; they are computed side by side.
"""

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.exact import ExactModel
from kerasgen.models.sequence.chains import Chain, ends, require_possible
from kerasgen.models.sequence.emissions import KINDS, OWN, softened
from kerasgen.models.sequence.frames import Known, checked, side_by_side

STATES = 1  # stream of random numbers beside that of the frames
BLOCK = 2**22  # numbers held at once, about
SLACK = 1e-8  # relative: by how much rounding may lower a log-posterior


@keras.saving.register_keras_serializable("kerasgen")
class HMM(ExactModel):
    """Hidden Markov model of sequences of frames.

    What it has learned: `start` (states,), `transitions` (states, states) with rows that sum to one, `emissions`, whose shape
    emissions.py says, and `usual`, the emission of a state that all frames of the first data would belong to.
    `model.arrays = {"start": ..., "transitions": ..., "emissions": ...}` sets them by hand.

    Args:
        states: Number of hidden states.
        emission: "categorical" (symbols), "bernoulli" (independent bits, such as the keys of a piano roll), "autoregressive"
            (bits that also depend on the same bit of the frame before), "gaussian" (diagonal covariances) or "full_gaussian".
        size: Numbers or bits of a frame; for categorical emissions, how many symbols there are. None for what the first data
            have.
        smoothing: How many frames of the usual kind count as seen in each state beside the data, 0 or more; not of Gaussians.
        transition_smoothing: How often each first state and each transition counts as seen beside the data, 0 or more.
        min_variance: Least variance of a Gaussian in any direction, in squared units of the data.
        seed: Seed of the start of Baum-Welch; None for an arbitrary one.

    Example:
        >>> import numpy as np
        >>> tosses = [np.array([0, 0, 0, 1, 0, 1, 1, 1]), np.array([1, 1, 1, 0, 0])]
        >>> model = HMM(2, "categorical", smoothing=0.1, transition_smoothing=0.1, seed=0)
        >>> history = model.fit(tosses, epochs=20)
        >>> [path.shape for path in model.viterbi(tosses)]
        [(8,), (5,)]
    """

    array_names = ("start", "transitions", "emissions", "usual")
    capabilities = ("sample", "log_prob", "forward", "backward", "posterior", "viterbi")
    cannot = {
        "elbo": "it computes the exact probability of a sequence, by log_prob",
        "iw_bound": "it computes the exact probability of a sequence, by log_prob",
        "encode": "its hidden states are no vectors; posterior and viterbi say which they are",
        "decode": "its hidden states are no vectors",
    }

    def __init__(
        self,
        states=10,
        emission="gaussian",
        size=None,
        smoothing=0.0,
        transition_smoothing=0.0,
        min_variance=1e-3,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.states = checks.integer("states", states, 1, 10_000)
        self.emission = checks.one_of("emission", emission, tuple(KINDS))
        self.kind = KINDS[self.emission]
        self.size = size if size is None else checks.integer("size", size, 1, 1_000_000)
        self.smoothing = checks.number("smoothing", smoothing, 0.0, 1e9)
        self.transition_smoothing = checks.number("transition_smoothing", transition_smoothing, 0.0, 1e9)
        self.min_variance = checks.number("min_variance", min_variance, 1e-12, 1e12)
        self._known = Known()

    # Fitting

    def fit(self, x=None, y=None, *args, **kwargs):
        """As `ExactModel.fit`. `x` is a list of sequences, each as `log_prob` takes it."""
        try:
            return super().fit(x, y, *args, **kwargs)
        finally:
            self._known.forget()  # the data may be changed in place

    def learn(self, x, y=None):
        sequences = self.sequences(x, "x")
        if "usual" not in self.arrays:
            self.arrays = self.begin(sequences)
        before, sums = self._known.of(x, self.arrays) or self.expect(sequences)
        before += self.log_prior()
        self.arrays = self.maximise(sums)
        log_prob, sums = self.expect(sequences)
        after, frames = log_prob + self.log_prior(), sum(map(len, sequences))
        if after < before - SLACK * (frames + abs(before)):
            raise FloatingPointError(f"The log-posterior fell from {before:.10g} to {after:.10g}, which EM cannot do.")
        self._known.keep(x, self.arrays, (log_prob, sums))
        return {"loss": -log_prob / frames}

    def measure(self, x, y=None):
        sequences = self.sequences(x, "x")
        return {"loss": -self.log_prob(sequences).sum() / sum(map(len, sequences))}

    def begin(self, sequences):
        """Arrays before the first pass: each frame belongs to one state for the most part, by k-means++ or by its symbol."""
        lengths = np.array([len(sequence) for sequence in sequences])
        first = np.cumsum(lengths) - lengths
        features = self.kind.features(np.concatenate(sequences), first)
        usual = self.kind.usual(features, self.size, self.min_variance)
        if self.is_fitted:  # by hand
            return {**self.arrays, "usual": usual}
        generator = np.random.default_rng(self.seed)
        labels = self.kind.labels(features, self.states, generator)
        emissions, sums = np.repeat(usual[None], self.states, axis=0), 0.0
        for i, j in self.spans(features, emissions):
            spread = generator.exponential(size=(j - i, self.states))
            weights = OWN * np.eye(self.states)[labels[i:j]] + (1 - OWN) / self.states * spread
            sums = sums + self.kind.sums(features[i:j], weights, emissions)
        pairs, inside = np.zeros((self.states, self.states)), np.delete(np.arange(len(labels)), first)
        np.add.at(pairs, (labels[inside - 1], labels[inside]), 1.0)
        starts = np.bincount(labels[first], minlength=self.states).astype("float64")
        self.arrays = {"start": starts, "transitions": pairs, "emissions": emissions, "usual": usual}
        return self.maximise((softened(starts, generator), softened(pairs, generator), sums))

    def expect(self, sequences):
        """(log p of all sequences, the sums from which `maximise` makes the next parameters)."""
        total, sums = 0.0, None
        emissions = np.asarray(self.arrays["emissions"], "float64")
        for numbers, lengths, features, log_density in self.padded(sequences, self.states):
            shares, steps, log_prob = self.chain.expected(log_density, lengths)
            require_possible(log_prob, numbers)
            total += log_prob.sum()
            rows = shares.transpose(1, 0, 2)[np.arange(len(log_density)) < lengths[:, None]]
            found = sum(self.kind.sums(features[i:j], rows[i:j], emissions) for i, j in self.spans(features, emissions))
            parts = (shares[0].sum(axis=0), steps, found)
            sums = parts if sums is None else tuple(a + b for a, b in zip(sums, parts, strict=True))
        return total, sums

    def maximise(self, sums):
        """Arrays of the highest expected log-posterior. A state that nothing leaves or that emits nothing stays as it is."""
        starts, steps, emitted = sums
        starts, steps = starts + self.transition_smoothing, steps + self.transition_smoothing
        totals = steps.sum(axis=1, keepdims=True)
        _, transitions, emissions, usual = self.parameters()
        emissions = self.kind.maximise(emitted, emissions, self.smoothing, usual, self.min_variance)
        transitions = np.divide(steps, totals, where=totals > 0, out=transitions.copy())
        return {"start": starts / starts.sum(), "transitions": transitions, "emissions": emissions, "usual": usual}

    def log_prior(self):
        """The logarithm of the prior of the present arrays, up to a constant; 0 without smoothing."""
        start, transitions, emissions, usual = self.parameters()
        found = self.kind.log_prior(emissions, self.smoothing, usual) if self.smoothing else 0.0
        if self.transition_smoothing:
            found += self.transition_smoothing * (np.log(start).sum() + np.log(transitions).sum())
        return float(found)

    def parameters(self):
        """The arrays as float64."""
        return [np.asarray(self.arrays[name], "float64") for name in self.array_names]

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: HMM learns from sequences alone; received labels or targets.")
        self.sequences(x, "x")

    # Verbs

    def log_prob(self, sequences):
        """Natural-log probability (of Gaussians: density) of each sequence: float64 (count,).

        Args:
            sequences: A list of arrays of any lengths, or an array of several equally long ones: of symbols, integers
                (frames,), of bits, 0 and 1, (frames, size), or of finite numbers (frames, size).

        Raises:
            ValueError: Sequences of another form, or nothing has been learned yet.
        """
        found = np.empty(len(sequences := self.checked(sequences)))
        for numbers, lengths, _, log_density in self.padded(sequences):
            found[numbers] = ends(self.chain.forward(log_density), lengths)
        return found

    def forward(self, sequences):
        """log p(x_1 .. x_t, z_t = j) of each step and state: a list of float64 (frames, states).

        Arguments and errors are those of `log_prob`.
        """
        return self.along(sequences, lambda log_density, lengths, numbers: self.chain.forward(log_density))

    def backward(self, sequences):
        """log p(x_(t+1) .. x_T | z_t = j) of each step and state: a list of float64 (frames, states).

        Arguments and errors are those of `log_prob`.
        """
        return self.along(sequences, lambda log_density, lengths, numbers: self.chain.backward(log_density, lengths))

    def posterior(self, sequences):
        """p(z_t = j | x) of each step and state: a list of float64 (frames, states), rows sum to one.

        Arguments and errors are those of `log_prob`; it is also an error if a sequence has probability 0.
        """

        def posterior(log_density, lengths, numbers):
            found, log_prob = self.chain.posterior(log_density, lengths)
            require_possible(log_prob, numbers)
            return found

        return self.along(sequences, posterior)

    def viterbi(self, sequences):
        """The most probable path of states of each sequence: a list of int64 (frames,).

        Viterbi, 1967. Of equally probable paths, one. Arguments and errors are those of `posterior`.
        """

        def viterbi(log_density, lengths, numbers):
            require_possible(ends(self.chain.forward(log_density), lengths), numbers)
            return self.chain.viterbi(log_density, lengths)

        return self.along(sequences, viterbi, self.states**2)

    def sample(self, count=16, length=64, seed=0, start=0, batch_size=256):
        """Draws sequences.

        Args:
            count: How many, 1 to 1,000,000.
            length: Frames of each, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Sequence i depends on (seed, i) alone; a shorter one is the beginning of a longer.
            start: Index of the first sequence, to draw a long series in parts.
            batch_size: Sequences computed at once.

        Returns:
            Symbols, int64 (count, length), bits, uint8 (count, length, size), or numbers, float32 (count, length, size).

        Raises:
            ValueError: An argument is out of range, or nothing has been learned yet.
        """
        self.require_fit()
        count, seed = checks.count(count), checks.seed(seed)
        length = checks.integer("length", length, 1, 1_000_000)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        chain, emissions = self.chain, np.asarray(self.arrays["emissions"], "float64")
        shape, is_normal, dtype = self.kind.numbers(emissions)

        def draw(first, last):
            paths = chain.drawn(noise.uniform((length,), seed, first, last, STATES).T)
            numbers = (noise.normal if is_normal else noise.uniform)((length, *shape), seed, first, last)
            found = np.zeros((last - first, length, *shape), dtype)
            for t, states in enumerate(paths):
                before = found[:, t - 1] if t else np.zeros_like(found[:, 0])
                found[:, t] = self.kind.drawn(emissions, states, numbers[:, t], before)
            return found

        return blocks.drawn(draw, count, start, batch_size)

    # Computations

    @property
    def chain(self):
        """The chain of the present arrays."""
        start, transitions = (np.asarray(self.arrays[name], "float64") for name in ("start", "transitions"))
        return Chain(start, transitions)

    def along(self, sequences, compute, width=1):
        """What `compute` gives for the steps of padded sequences, cut to their lengths: a list of arrays in their own order."""
        sequences = self.checked(sequences)
        found = [None] * len(sequences)
        for numbers, lengths, _, log_density in self.padded(sequences, width):
            steps = compute(log_density, lengths, numbers)
            for place, (number, length) in enumerate(zip(numbers, lengths, strict=True)):
                found[number] = steps[:length, place].copy()
        return found

    def padded(self, sequences, width=1):
        """Sequences side by side, as many at once as fit into memory with `width` numbers for each of them and each state.

        Yields:
            (which sequences, their lengths, features of their frames one after another, log p(x_t | j), 0 after the end of a
            sequence: (frames, sequences, states)).
        """
        emissions = np.asarray(self.arrays["emissions"], "float64")
        for numbers, lengths in side_by_side(sequences, BLOCK // self.states, width):
            features = self.kind.features(np.concatenate([sequences[i] for i in numbers]), np.cumsum(lengths) - lengths)
            parts = [self.kind.log_density(features[i:j], emissions) for i, j in self.spans(features, emissions)]
            found = np.zeros((len(numbers), lengths[0], self.states))
            found[np.arange(lengths[0]) < lengths[:, None]] = np.concatenate(parts)
            yield numbers, lengths, features, np.ascontiguousarray(found.transpose(1, 0, 2))

    def spans(self, features, emissions):
        """Runs of rows of which all numbers of all states fit into memory."""
        return blocks.spans(0, len(features), max(1, BLOCK // emissions[..., :1, :].size))

    def checked(self, sequences):
        self.require_fit()
        return self.sequences(sequences)

    def sequences(self, value, name="sequences"):
        """`value` as a list of arrays; raises a ValueError if it is no list of sequences of this model."""
        size = self.arrays["emissions"].shape[-1] if self.is_fitted else self.size
        return checked(value, name, self.emission, size)
