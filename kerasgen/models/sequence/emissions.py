"""What a hidden state emits: the densities of frames, their steps of EM, and draws.

    kind             a frame                          parameters of all states
    categorical      a symbol 0 .. size-1             p(symbol)                         (states, size)
    bernoulli        bits (size,)                     p(bit = 1)                        (states, 1, size)
    autoregressive   bits (size,)                     p(bit = 1 | the bit before)       (states, 2, size)
    gaussian         numbers (size,)                  mean, deviations                  (states, 2, size)
    full_gaussian    numbers (size,)                  mean, lower triangle L, S = L L'  (states, 1 + size, size)

"autoregressive" is the Bernoulli distribution of a bit given the state and the same bit one frame before (0 before the first
frame), as in the autoregressive hidden Markov model of Obermeyer et al., 2019, arXiv:1902.03210: what goes on
sounding need not be said by the state.

Probabilities are those of the highest posterior under a Dirichlet distribution that adds `smoothing` frames of the usual kind
to what was seen in a state: frames with the probabilities of all data together, `usual`. Its logarithm, up to a constant, is
`log_prior`. No variance is below `least`.
"""

import numpy as np

from kerasgen.models.mixture.covariances import Diagonal, Full
from kerasgen.models.sequence.chains import logarithm

OWN = 0.9  # how much of a frame belongs, at the start, to the state that it is taken for; the rest, to all states
UNSEEN = 0.5  # how often an outcome counts in `usual` beside what was seen (Krichevsky & Trofimov, 1981)


class Bernoulli:
    """Independent bits; `contexts` is how many values of the bit before are told apart."""

    contexts = 1

    @classmethod
    def features(cls, x, starts):
        """What `log_density` and `sums` take: for each context, whether a bit is 1, and whether it is 0.

        Args:
            x: Frames of sequences, one after another: float64 (rows, size).
            starts: Where sequences begin.

        Returns:
            float64 (rows, contexts * 2 * size).
        """
        both = np.stack([x, 1.0 - x], axis=1)
        if cls.contexts == 1:
            return both.reshape(len(x), -1)
        before = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
        before[starts] = 0.0
        return (np.stack([1.0 - before, before], axis=1)[:, :, None] * both[:, None]).reshape(len(x), -1)

    @classmethod
    def usual(cls, features, size, least):
        """The parameters of a state that emits all frames alike; nothing that could be is impossible there."""
        on, off = np.moveaxis(features.sum(axis=0).reshape(cls.contexts, 2, -1), 1, 0)
        return (on + UNSEEN) / (on + off + 2 * UNSEEN)

    @staticmethod
    def labels(features, states, generator):
        """The state that each frame is first taken for: int64 (rows,)."""
        return nearest(features, states, generator)

    @classmethod
    def log_density(cls, features, parameters):
        """log p(x | state): (rows, states)."""
        table = np.stack([parameters, 1.0 - parameters], axis=2).reshape(len(parameters), -1)
        never = table <= 0
        found = features @ np.log(np.where(never, 1.0, table)).T
        if never.any():
            found[features @ never.T.astype("float64") > 0] = -np.inf
        return found

    @staticmethod
    def sums(features, weights, parameters):
        """What `maximise` needs to know of rows and the weights (rows, states) that states have in them; sums may be added."""
        return weights.T @ features

    @classmethod
    def maximise(cls, sums, before, smoothing, usual, least):
        """Parameters of the highest expected log-posterior. Where nothing was seen and nothing is assumed, they stay."""
        on, off = np.moveaxis(sums.reshape(len(sums), cls.contexts, 2, -1), 2, 0)
        on, off = on + smoothing * usual, off + smoothing * (1.0 - usual)
        return np.divide(on, on + off, where=on + off > 0, out=before.copy())

    @staticmethod
    def log_prior(parameters, smoothing, usual):
        return smoothing * (usual * logarithm(parameters) + (1.0 - usual) * logarithm(1.0 - parameters)).sum()

    @staticmethod
    def numbers(parameters):
        """(shape of the random numbers that a frame is drawn from, whether they are normal instead of uniform, type)."""
        return parameters.shape[2:], False, "uint8"

    @classmethod
    def drawn(cls, parameters, states, numbers, before):
        """A frame of each of the `states`: (rows, size), after the frames `before`, or None for the first of a sequence."""
        rates = parameters[states]
        rates = rates[:, 0] if cls.contexts == 1 or before is None else np.where(before > 0, rates[:, 1], rates[:, 0])
        return numbers < rates


class Autoregressive(Bernoulli):
    """Independent bits, given the same bits one frame before."""

    contexts = 2


class Categorical:
    """Symbols; the features are the symbols themselves."""

    @staticmethod
    def features(x, starts):
        return x

    @staticmethod
    def usual(features, size, least):
        counts = np.bincount(features, minlength=size or 0) + UNSEEN
        return counts / counts.sum()

    @staticmethod
    def labels(features, states, generator):
        """Each state gets symbols of its own, or, if there are more states, each symbol gets states of its own."""
        size = features.max() + 1
        if states <= size:
            return (generator.permutation(size) % states)[features]
        own = (states - 1 - features) // size + 1  # the states features, features + size, ...
        return features + size * (generator.random(len(features)) * own).astype("int64")

    @staticmethod
    def log_density(features, parameters):
        return logarithm(parameters).T[features]

    @staticmethod
    def sums(features, weights, parameters):
        return np.stack([np.bincount(features, column, parameters.shape[1]) for column in weights.T])

    @staticmethod
    def maximise(sums, before, smoothing, usual, least):
        counts = sums + smoothing * usual
        totals = counts.sum(axis=1, keepdims=True)
        return np.divide(counts, totals, where=totals > 0, out=before.copy())

    @staticmethod
    def log_prior(parameters, smoothing, usual):
        return smoothing * (usual * logarithm(parameters)).sum()

    @staticmethod
    def numbers(parameters):
        return (), False, "int64"

    @staticmethod
    def drawn(parameters, states, numbers, before):
        ends = np.cumsum(parameters[states], axis=1)
        return (ends / ends[:, -1:] <= numbers[:, None]).sum(axis=1)


class Gaussian:
    """Normal numbers with a diagonal covariance, by the steps of mixtures of Gaussians."""

    covariance = Diagonal

    @staticmethod
    def features(x, starts):
        return x

    @classmethod
    def usual(cls, features, size, least):
        deviation = np.sqrt(np.maximum(features.var(axis=0), least))
        factors = cls.covariance.begin(deviation, 1, None, None).reshape(-1, len(deviation))
        return np.concatenate([features.mean(axis=0)[None], factors])

    @staticmethod
    def labels(features, states, generator):
        spread = features.std(axis=0)
        return nearest(features / np.where(spread > 0, spread, 1.0), states, generator)

    @classmethod
    def parts(cls, parameters):
        """(means, factors as in covariances.py)."""
        return parameters[:, 0], parameters[:, 1] if cls.covariance is Diagonal else parameters[:, 1:]

    @classmethod
    def log_density(cls, features, parameters):
        means, factors = cls.parts(parameters)
        return cls.covariance.log_density(features, means, factors).T

    @classmethod
    def sums(cls, features, weights, parameters):
        """Those of covariances.py, about the present means, side by side: (states, 1 + size + the rest)."""
        means, factors = cls.parts(parameters)
        found = cls.covariance.sums(features, means, weights, factors)
        return np.concatenate([part.reshape(len(means), -1) for part in found], axis=1)

    @classmethod
    def maximise(cls, sums, before, smoothing, usual, least):
        means, found = cls.parts(before)[0], before.copy()
        used, size = sums[:, 0] > 1e-12 * sums[:, 0].sum(), means.shape[1]
        second = sums[used, 1 + size :]
        parts = [
            sums[used, 0],
            sums[used, 1 : 1 + size],
            second if cls.covariance is Diagonal else second.reshape(-1, size, size),
        ]
        moved, factors = cls.covariance.maximise(parts, least)
        found[used] = np.concatenate([(means[used] + moved)[:, None], factors.reshape(len(moved), -1, size)], axis=1)
        return found

    @staticmethod
    def log_prior(parameters, smoothing, usual):
        return 0.0

    @staticmethod
    def numbers(parameters):
        return parameters.shape[2:], True, "float32"

    @classmethod
    def drawn(cls, parameters, states, numbers, before):
        means, factors = (part[states] for part in cls.parts(parameters))
        return means + (numbers * factors if cls.covariance is Diagonal else np.einsum("nij,nj->ni", factors, numbers))


class FullGaussian(Gaussian):
    """Normal numbers with any covariance."""

    covariance = Full


KINDS = {
    "categorical": Categorical,
    "bernoulli": Bernoulli,
    "autoregressive": Autoregressive,
    "gaussian": Gaussian,
    "full_gaussian": FullGaussian,
}


def nearest(rows, count, generator):
    """Which of `count` centres each row is nearest to: int64 (rows,); centres are drawn as in k-means++.

    Arthur & Vassilvitskii, 2007, "k-means++: the advantages of careful seeding".
    """
    distances, found = np.full(len(rows), np.inf), np.zeros(len(rows), "int64")
    squares = np.square(rows).sum(axis=1)
    for k in range(count):
        total = distances.sum()
        shares = distances / total if 0 < total < np.inf else None  # the first, or all rows are centres already
        centre = rows[generator.choice(len(rows), p=shares)]
        apart = np.maximum(squares - 2 * (rows @ centre) + centre @ centre, 0.0)
        found = np.where(apart < distances, k, found)
        distances = np.minimum(apart, distances)
    return found


def softened(counts, generator):
    """Counts with a part of them spread at random, so that nothing is impossible, and no two states are alike for ever."""
    spread = generator.exponential(size=counts.shape)
    return OWN * counts + ((1 - OWN) * counts.sum() / spread.sum() + 1e-9) * spread
