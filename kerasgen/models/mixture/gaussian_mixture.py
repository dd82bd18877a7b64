"""Mixture of Gaussians, fitted by expectation maximisation (EM).

Dempster, Laird & Rubin, 1977, "Maximum likelihood from incomplete data via the EM algorithm"; Bishop, 2006, "Pattern
Recognition and Machine Learning", section 9.2. A vector x comes from component k with probability w_k,

    p(x) = sum_k w_k N(x; m_k, S_k)

and a pass over all data moves the parameters to where the log-likelihood is no lower:

    E:  r_nk = w_k N(x_n; m_k, S_k) / p(x_n)
    M:  w_k = mean_n r_nk,    m_k = sum_n r_nk x_n / sum_n r_nk,    S_k = sum_n r_nk (x_n - m_k)(x_n - m_k)' / sum_n r_nk

S_k is a full matrix, a diagonal one, or one of factor analysis (covariances.py). No variance is let below `min_variance`: what
is below it is raised to it, which is the best matrix among those allowed, so that the log-likelihood still never falls. The
first pass starts from centres drawn as in k-means++ (Arthur & Vassilvitskii, 2007), each with the vectors nearest to it.

Of x = (a, b), the mixture of the parts N(b; m_b, S_bb) is what is known of b alone (`marginal`), and given a, each part says

    b ~ N(m_b + S_ba S_aa^-1 (a - m_a), S_bb - S_ba S_aa^-1 S_ab),    with weights proportional to w_k N(a; m_a, S_aa)

which is a mixture again (`conditional`), whose mean fills in what is missing (`fill`). Bishop, section 2.3.
"""

import zlib

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.exact import ExactModel
from kerasgen.models.mixture.conditionals import conditioned, log_sum
from kerasgen.models.mixture.covariances import KINDS, lower_triangles

COMPONENTS = 1  # stream of random numbers beside that of the vectors
BLOCK = 2**22  # numbers held at once, about
SLACK = 1e-8  # relative: by how much rounding may lower a log-likelihood


@keras.saving.register_keras_serializable("kerasgen")
class GaussianMixture(ExactModel):
    """Mixture of Gaussians over vectors.

    What it has learned: `weights` (components,), `means` (components, dim), and `factors`, of which S_k are made, as
    covariances.py says.

    Args:
        components: Number of Gaussians.
        covariance: "full", "diagonal" or "factor".
        rank: Directions of each S_k besides the noise of single numbers; for "factor" alone.
        min_variance: Least variance in any direction (of "factor": of the noise), in squared units of the data.
        seed: Seed of the first centres; None for an arbitrary one.
    """

    array_names = ("weights", "means", "factors")
    capabilities = ("sample", "log_prob", "posterior")

    def __init__(self, components=10, covariance="full", min_variance=1e-6, rank=4, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.components = checks.integer("components", components, 1, 100_000)
        self.covariance = checks.one_of("covariance", covariance, tuple(KINDS))
        self.kind = KINDS[self.covariance]
        self.rank = checks.integer("rank", rank, 1, 10_000)
        self.min_variance = checks.number("min_variance", min_variance, 1e-12, 1e12)
        self.ahead = None, None, None

    # Fitting

    def learn(self, x, y=None):
        x = self.vectors(x, "x")
        if not self.is_fitted:
            self.arrays = self.start(x)
        about = (x.shape, zlib.crc32(np.ascontiguousarray(x)))
        known, arrays, found = self.ahead  # the step E of this pass, if the one before looked at the same vectors
        before, sums = found if known == about and arrays is self.arrays else self.expect(x)
        self.arrays = self.maximise(sums, len(x))
        after, sums = self.expect(x)
        self.ahead = about, self.arrays, (after, sums)
        if after < before - SLACK * (1.0 + abs(before)):
            raise FloatingPointError(f"The log-likelihood fell from {before:.10g} to {after:.10g}, which EM cannot do.")
        return {"loss": -after}

    def measure(self, x, y=None):
        return {"loss": -np.mean(self.log_prob(x))}

    def start(self, x):
        """Arrays before the first pass: k-means++ centres, each with the vectors nearest to it."""
        if len(x) < self.components:
            raise ValueError(f"x must hold at least as many vectors as components, {self.components}; received {len(x)}.")
        generator = np.random.default_rng(self.seed)
        means = np.empty((self.components, x.shape[1]))
        distances, nearest = np.full(len(x), np.inf), np.zeros(len(x), "int64")  # squared, to the nearest centre so far
        for k in range(self.components):
            total = distances.sum()
            shares = distances / total if 0 < total < np.inf else None  # the first, or all vectors are centres already
            means[k] = x[generator.choice(len(x), p=shares)]
            found = np.sum(np.square(x - means[k]), axis=1)
            nearest = np.where(found < distances, k, nearest)
            distances = np.minimum(found, distances)
        deviation = np.sqrt(np.maximum(x.var(axis=0), self.min_variance))  # of a centre that no vector is nearest to
        self.arrays = {
            "weights": np.full(self.components, 1 / self.components),
            "means": means,
            "factors": self.kind.begin(deviation, self.components, self.rank, generator),
        }
        sums = [self.sums(x[i:j], np.eye(self.components)[nearest[i:j]]) for i, j in self.spans(x)]
        return self.maximise([sum(parts) for parts in zip(*sums, strict=True)], len(x))

    def expect(self, x):
        """Mean log-likelihood of x, and the sums from which `maximise` makes the next parameters."""
        total, sums = 0.0, None
        for i, j in self.spans(x):
            joint = self.log_joint(x[i:j])
            log_prob = log_sum(joint)
            total += log_prob.sum()
            found = self.sums(x[i:j], np.exp(joint - log_prob[:, None]))
            sums = found if sums is None else [a + b for a, b in zip(sums, found, strict=True)]
        return total / len(x), sums

    def sums(self, x, shares):
        """What `maximise` needs to know of rows and the shares that components have in them."""
        return self.kind.sums(x, self.arrays["means"], shares, self.arrays["factors"])

    def maximise(self, sums, count):
        """Arrays of the highest expected log-likelihood. A component without any vector stays as it is, with weight 0."""
        total = sums[0]
        used = total > 1e-12 * count
        means, factors = self.arrays["means"].copy(), self.arrays["factors"].copy()
        moved, factors[used] = self.kind.maximise([part[used] for part in sums], self.min_variance)
        means[used] += moved
        return {"weights": total / total.sum(), "means": means, "factors": factors}

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: GaussianMixture learns from vectors alone; received labels or targets.")
        self.vectors(x, "x")

    # Verbs

    def log_prob(self, vectors):
        """Natural-log density of each vector: float64 (count,).

        Args:
            vectors: Finite numbers (count, dim).

        Raises:
            ValueError: Vectors of another shape, or nothing has been learned yet.
        """
        self.require_fit()
        x = self.vectors(vectors)
        return np.concatenate([log_sum(self.log_joint(x[i:j])) for i, j in self.spans(x)])

    def posterior(self, vectors):
        """Probability of each component given each vector, a soft label: float64 (count, components), rows sum to 1.

        Arguments and errors are those of `log_prob`.
        """
        self.require_fit()
        x = self.vectors(vectors)
        joints = (self.log_joint(x[i:j]) for i, j in self.spans(x))
        return np.concatenate([np.exp(joint - log_sum(joint)[:, None]) for joint in joints])

    def sample(self, count=16, seed=0, start=0, batch_size=256):
        """Draws vectors.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Vector i depends on (seed, i) alone.
            start: Index of the first vector, to draw a long series in parts.
            batch_size: Vectors computed at once.

        Returns:
            float32 array (count, dim).

        Raises:
            ValueError: An argument is out of range, or nothing has been learned yet.
        """
        self.require_fit()
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        weights, means, factors = self.parameters()
        ends = np.cumsum(weights) / weights.sum()

        def draw(first, last):
            uniform = noise.uniform((), seed, first, last, COMPONENTS)
            chosen = np.minimum(np.searchsorted(ends, uniform, side="right"), len(ends) - 1)
            numbers = means.shape[1] + (factors.shape[2] - 1 if self.covariance == "factor" else 0)
            normal = noise.normal((numbers,), seed, first, last).astype("float64")
            x = np.empty((last - first, means.shape[1]), "float32")
            for k in np.unique(chosen):
                rows = chosen == k
                x[rows] = means[k] + self.kind.drawn(normal[rows], factors[k])
            return x

        return blocks.drawn(draw, count, start, batch_size)

    def marginal(self, places):
        """The distribution of some of the numbers of a vector alone, as a mixture with full covariances.

        Args:
            places: Which numbers, integers 0 .. dim-1 without repetition, in the order wanted.

        Raises:
            ValueError: There are no such places, or nothing has been learned yet.
        """
        self.require_fit()
        places, (weights, means, matrices) = self.checked_places(places), self.parts()
        return mixture(weights, means[:, places], np.stack([matrix[np.ix_(places, places)] for matrix in matrices]))

    def conditional(self, vector):
        """The distribution of what is missing in a vector, given the rest, as a mixture with covariances of the same kind.

        Args:
            vector: Real numbers (dim,), NaN where they are missing: some are, and some are not.

        Raises:
            ValueError: `vector` is something else, or nothing has been learned yet.
        """
        self.require_fit()
        vector = np.asarray(vector, "float64")
        missing = np.isnan(vector)
        if vector.shape != self.arrays["means"].shape[1:] or missing.all() or not missing.any() or np.isinf(vector).any():
            raise ValueError(
                f"vector must be finite numbers of shape {self.arrays['means'].shape[1:]}, some of them NaN for missing; "
                f"received shape {vector.shape} with {missing.sum()} missing."
            )
        (weights,), (means,), factors = conditioned(self.kind, *self.parameters(), np.nan_to_num(vector)[None], missing)
        found = GaussianMixture(len(weights), self.covariance, min_variance=1e-12, rank=self.rank)
        found.arrays = {"weights": weights / weights.sum(), "means": means, "factors": factors}
        return found

    def fill(self, vectors):
        """Vectors whose missing numbers are replaced by what is to be expected there, given the others: float64 (count, dim).

        Args:
            vectors: Real numbers (count, dim), NaN where they are missing. A vector without any known number gets the mean.

        Raises:
            ValueError: `vectors` are something else, or nothing has been learned yet.
        """
        self.require_fit()
        x = np.array(vectors, "float64")
        known = self.vectors(np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf))
        patterns, which = np.unique(np.isnan(x), axis=0, return_inverse=True)
        for number, missing in enumerate(patterns):
            rows = np.flatnonzero(which.reshape(-1) == number)
            if missing.any():
                weights, means, _ = conditioned(self.kind, *self.parameters(), known[rows], missing)
                x[np.ix_(rows, missing)] = np.einsum("nk,nkd->nd", weights, means)
        return x

    def bic(self, vectors):
        """The Bayesian information criterion of vectors (Schwarz, 1978): the lower, the better explained for its size.

        -2 log p + (free numbers) log(count), by which the number of components can be chosen; arguments as of `log_prob`.
        """
        log_prob = self.log_prob(vectors)
        count, dim = self.arrays["means"].shape
        numbers = count - 1 + count * (dim + self.kind.count(dim, self.rank))
        return float(-2 * log_prob.sum() + numbers * np.log(len(log_prob)))

    # Computations

    def parameters(self):
        """(weights, means, factors) as float64: a file may hold them in half precision."""
        return [np.asarray(self.arrays[name], "float64") for name in self.array_names]

    def log_joint(self, x):
        """log w_k + log N(x; m_k, S_k): (rows, components)."""
        weights, means, factors = self.parameters()
        with np.errstate(divide="ignore"):  # a weight of 0
            log_weights = np.log(weights / weights.sum())
        return log_weights[None] + self.kind.log_density(x, means, factors).T

    def parts(self):
        """(weights, means, an iterator over the S_k): at high dimensions, all S_k at once would not fit into memory."""
        weights, means, factors = self.parameters()
        return weights / weights.sum(), means, map(self.kind.matrix, factors)

    def checked_places(self, places):
        places, dim = np.asarray(places), self.arrays["means"].shape[1]
        fit = places.ndim == 1 and len(places) and places.dtype.kind in "iu"
        if not fit or places.min() < 0 or places.max() >= dim or len(set(places.tolist())) < len(places):
            raise ValueError(
                f"places must be integers from 0 to {dim - 1} without repetition; received {places.tolist()!r:.80}."
            )
        return places

    def vectors(self, value, name="vectors"):
        """`value` as float64 (count, dim).

        Raises:
            ValueError: It has another shape, no rows, or values that are not finite numbers.
        """
        dim = self.arrays["means"].shape[1] if self.is_fitted else "dim"
        expected = f"finite real numbers of shape (count, {dim}), at least one row"
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise ValueError(f"{name} must be {expected}; received rows of different lengths.") from error
        if array.ndim != 2 or 0 in array.shape or (self.is_fitted and array.shape[1] != dim):
            raise ValueError(f"{name} must be {expected}; received shape {array.shape}.")
        if array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)):
            raise ValueError(f"{name} must be {expected}; received NaN, infinite or other values, of type {array.dtype}.")
        return array.astype("float64")

    def spans(self, x):
        """Runs of rows whose arrays fit into memory."""
        return blocks.spans(0, len(x), max(1, BLOCK // self.kind.held(len(self.arrays["means"]), x.shape[1], self.rank)))


def mixture(weights, means, matrices):
    """A fitted mixture with full covariances."""
    found = GaussianMixture(len(weights), "full", min_variance=1e-12)
    found.arrays = {"weights": weights / weights.sum(), "means": means, "factors": lower_triangles(matrices, 1e-12)}
    return found
