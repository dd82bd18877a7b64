"""Mixture of Gaussians, fitted by expectation maximisation (EM).

Dempster, Laird & Rubin, 1977, "Maximum likelihood from incomplete data via the EM algorithm"; Bishop, 2006, "Pattern
Recognition and Machine Learning", section 9.2. A vector x comes from component k with probability w_k,

    p(x) = sum_k w_k N(x; m_k, S_k)

and a pass over all data moves the parameters to where the log-likelihood is no lower:

    E:  r_nk = w_k N(x_n; m_k, S_k) / p(x_n)
    M:  w_k = mean_n r_nk,    m_k = sum_n r_nk x_n / sum_n r_nk,    S_k = sum_n r_nk (x_n - m_k)(x_n - m_k)' / sum_n r_nk

S_k is a full matrix or a diagonal one. No variance in any direction is let below `min_variance`: eigenvalues of S_k below it
are raised to it, which is the best matrix among those allowed, so that the log-likelihood still never falls. The first pass
starts from centres drawn as in k-means++ (Arthur & Vassilvitskii, 2007), each with the vectors nearest to it.
"""

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.exact import ExactModel

COMPONENTS = 1  # stream of random numbers beside that of the vectors
BLOCK = 2**22  # numbers held at once, about: components x rows x dimensions
SLACK = 1e-8  # relative: by how much rounding may lower a log-likelihood


@keras.saving.register_keras_serializable("kerasgen")
class GaussianMixture(ExactModel):
    """Mixture of Gaussians over vectors.

    What it has learned: `weights` (components,), `means` (components, dim), and `factors`, of which S_k is the square: lower
    triangles L_k with S_k = L_k L_k', (components, dim, dim), or standard deviations (components, dim).

    Args:
        components: Number of Gaussians.
        covariance: "full" or "diagonal".
        min_variance: Least variance in any direction, in squared units of the data.
        seed: Seed of the first centres; None for an arbitrary one.
    """

    array_names = ("weights", "means", "factors")
    capabilities = ("sample", "log_prob", "posterior")

    def __init__(self, components=10, covariance="full", min_variance=1e-6, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.components = checks.integer("components", components, 1, 100_000)
        self.covariance = checks.one_of("covariance", covariance, ("full", "diagonal"))
        self.min_variance = checks.number("min_variance", min_variance, 1e-12, 1e12)

    # Fitting

    def learn(self, x, y=None):
        x = self.vectors(x, "x")
        if not self.is_fitted:
            self.arrays = self.start(x)
        before, sums = self.expect(x)
        self.arrays = self.maximise(sums, len(x))
        after = np.mean(self.log_prob(x))
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
        factors = deviation if self.covariance == "diagonal" else np.diag(deviation)
        self.arrays = {
            "weights": np.full(self.components, 1 / self.components),
            "means": means,
            "factors": np.repeat(factors[None], self.components, axis=0),
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
        """Sums over rows of r, r (x - m), r (x - m)(x - m)', about the present means: no digits are lost."""
        apart = x[None] - self.arrays["means"][:, None]  # (components, rows, dim)
        weighted = shares.T[:, :, None] * apart
        second = np.sum(weighted * apart, axis=1) if self.covariance == "diagonal" else weighted.transpose(0, 2, 1) @ apart
        return [shares.sum(axis=0), weighted.sum(axis=1), second]

    def maximise(self, sums, count):
        """Arrays of the highest expected log-likelihood. A component without any vector stays as it is, with weight 0."""
        total, first, second = sums
        used = total > 1e-12 * count
        means, factors = self.arrays["means"].copy(), self.arrays["factors"].copy()
        moved = first[used] / total[used, None]
        means[used] += moved
        if self.covariance == "diagonal":
            variances = second[used] / total[used, None] - np.square(moved)
            factors[used] = np.sqrt(np.maximum(variances, self.min_variance))
        else:
            matrices = second[used] / total[used, None, None] - moved[:, :, None] * moved[:, None]
            factors[used] = lower_triangles(matrices, self.min_variance)
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
            x = noise.normal(means.shape[1:], seed, first, last).astype("float64")
            for k in np.unique(chosen):
                rows = chosen == k
                x[rows] = means[k] + (x[rows] * factors[k] if factors.ndim == 2 else x[rows] @ factors[k].T)
            return x.astype("float32")

        return blocks.drawn(draw, count, start, batch_size)

    # Computations

    def parameters(self):
        """(weights, means, factors) as float64: a file may hold them in half precision."""
        return [np.asarray(self.arrays[name], "float64") for name in self.array_names]

    def log_joint(self, x):
        """log w_k + log N(x; m_k, S_k): (rows, components)."""
        weights, means, factors = self.parameters()
        apart = x[None] - means[:, None]  # (components, rows, dim)
        if factors.ndim == 2:
            whitened, diagonal = apart / factors[:, None], factors
        else:
            whitened = apart @ np.linalg.inv(factors).transpose(0, 2, 1)
            diagonal = np.diagonal(factors, axis1=1, axis2=2)
        constant = np.log(diagonal).sum(axis=1) + 0.5 * x.shape[1] * np.log(2 * np.pi)
        with np.errstate(divide="ignore"):  # a weight of 0
            return (np.log(weights / weights.sum()) - constant)[None] - 0.5 * np.square(whitened).sum(axis=2).T

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
        return blocks.spans(0, len(x), max(1, BLOCK // (len(self.arrays["means"]) * x.shape[1])))


def log_sum(joint):
    """log sum_k exp(joint_nk), (rows,)."""
    top = joint.max(axis=1)
    return top + np.log(np.exp(joint - top[:, None]).sum(axis=1))


def lower_triangles(matrices, least):
    """L with L L' = each symmetric matrix (count, dim, dim), eigenvalues below `least` raised to it."""
    values, directions = np.linalg.eigh(0.5 * (matrices + matrices.transpose(0, 2, 1)))
    raised = (directions * np.maximum(values, least)[:, None]) @ directions.transpose(0, 2, 1)
    return np.linalg.cholesky(0.5 * (raised + raised.transpose(0, 2, 1)))
