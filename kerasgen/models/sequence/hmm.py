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

from kerasgen import checks
from kerasgen.exact import ExactModel
from kerasgen.models.sequence.chains import require_possible
from kerasgen.models.sequence.emissions import KINDS, OWN, softened
from kerasgen.models.sequence.frames import Known, checked
from kerasgen.models.sequence.hidden_markov import HiddenMarkov

SLACK = 1e-8  # relative: by how much rounding may lower a log-posterior


@keras.saving.register_keras_serializable("kerasgen")
class HMM(HiddenMarkov, ExactModel):
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

    def checked(self, sequences):
        self.require_fit()
        return self.sequences(sequences)

    def sequences(self, value, name="sequences"):
        """`value` as a list of arrays; raises a ValueError if it is no list of sequences of this model."""
        size = self.arrays["emissions"].shape[-1] if self.is_fitted else self.size
        return checked(value, name, self.emission, size)
