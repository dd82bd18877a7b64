"""How many kinds of things a sample holds, counted in cells of the real data: has a generator lost some of them?"""

import numpy as np

from kerasgen.metrics.checks import feature_array, whole_number


class Cells:
    """Cells around the k-means of real data.

    Lloyd's algorithm is written out because scikit-learn is absent where only JAX is installed.
    Richardson & Weiss, 2018, arXiv:1805.12462, section 3, count the cells whose share differs significantly. With many samples
    that is the case for good models too, as they report; the effective number moves only when shares change a lot.

    Args:
        real: Real numbers, (count, features), count >= 2.
        cells: How many, 2 to count.
        iterations: Rounds of Lloyd's algorithm; the cells are usable even if it has not converged.
        seed: Seed of the points that it starts from.

    Raises:
        ValueError: A shape or number does not fit, or a value is not finite.

    Example:
        >>> Cells([[0.0], [1.0], [10.0], [11.0]], cells=2).effective_number([[0.2], [10.2], [10.4], [0.4]])
        2.0
    """

    def __init__(self, real, cells, iterations=20, seed=0):
        real = feature_array("real", real)
        cells = whole_number("cells", cells, 2, len(real), ", the count of real")
        iterations = whole_number("iterations", iterations, 0)
        starts = np.random.default_rng(whole_number("seed", seed, 0)).choice(len(real), cells, replace=False)
        dtype = real.dtype if real.dtype.kind == "f" and real.dtype.itemsize >= 4 else "float32"
        self.centres = real[starts].astype(dtype)  # (cells, features)
        for _ in range(iterations):
            members = self(real)
            for cell in np.unique(members):  # a cell without members keeps its centre
                self.centres[cell] = real[members == cell].mean(axis=0)

    def __call__(self, points):
        """The cell of each point: integers (count,)."""
        points = feature_array("points", points, 1, self.centres.shape[1])
        return (np.square(self.centres).sum(axis=1) - 2 * points @ self.centres.T).argmin(axis=1)

    def effective_number(self, points):
        """exp of the entropy of the cells' shares, in [1, cells]: that many cells of equal shares would be as diverse.

        It rises with the count of points: compare equal counts. Hill, 1973, Ecology 54, "Diversity and evenness", N1.
        """
        shares = np.bincount(self(points)) / len(points)
        shares = shares[shares > 0]
        return float(np.exp(-np.sum(shares * np.log(shares))))
