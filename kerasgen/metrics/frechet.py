"""Frechet distance between Gaussians fitted to features, and the moments that it needs.

Heusel et al., 2017, arXiv:1706.08500 (with Inception features it is the FID; here the caller chooses the features).
"""

import numpy as np

from kerasgen.metrics.blocks import spans
from kerasgen.metrics.checks import feature_array, feature_pair, real_array, require

BLOCK_SIZE = 4096  # rows in float64 at a time
# Asymmetry and negative eigenvalues, relative to the largest, that pass as rounding: moments may come from float32.
ROUNDING = 1e-4


class Moments:
    """Mean and covariance of features that arrive in blocks.

    Blocks are merged by their centred sums, which avoids cancellation if the mean is large compared with the spread.

    Reference: Chan, Golub & LeVeque, 1983, "Algorithms for computing the sample variance", American Statistician 37.

    Example:
        >>> moments = Moments()
        >>> moments.update([[0.0, 1.0], [2.0, 1.0]])
        >>> moments.update([[4.0, 4.0]])
        >>> moments.count, moments.mean
        (3, array([2., 2.]))
    """

    def __init__(self):
        self.count = 0
        self._mean = None  # (features,)
        self._scatter = None  # (features, features), sum of outer products of deviations from the mean

    def update(self, features):
        """Adds a block of rows.

        Args:
            features: Real numbers, (count, features), count >= 1; every block has the features of the first.

        Raises:
            ValueError: The shape does not fit, or a value is not finite; the moments are left unchanged.
        """
        num_features = None if self._mean is None else len(self._mean)
        features = feature_array("features", features, min_count=1, num_features=num_features)
        for span in spans(len(features), BLOCK_SIZE):
            self._merge(features[span].astype("float64"))

    def _merge(self, block):
        mean = block.mean(axis=0)
        block -= mean
        scatter = block.T @ block
        if self.count == 0:
            self.count, self._mean, self._scatter = len(block), mean, scatter
            return
        total = self.count + len(block)
        shift = mean - self._mean
        self._scatter += scatter + np.outer(shift, shift) * (self.count * len(block) / total)
        self._mean += shift * (len(block) / total)
        self.count = total

    @property
    def mean(self):
        """Mean of the rows so far, float64, (features,); a ValueError before the first row."""
        require(self.count >= 1, "count", "at least 1 before a mean is asked for", self.count)
        return self._mean.copy()

    @property
    def covariance(self):
        """Unbiased covariance of the rows so far, float64, (features, features); a ValueError before the second row."""
        require(self.count >= 2, "count", "at least 2 before a covariance is asked for", self.count)
        return self._scatter / (self.count - 1)


def frechet_distance(real, generated):
    """Frechet distance between the Gaussians fitted to two sets of features.

    It is biased upwards, more so with fewer rows and with more features: compare only values of equal counts.

    Args:
        real: Real numbers, (count, features), count >= 2 and better far above the number of features.
        generated: The same for generated data; its count may differ.

    Returns:
        The squared distance, a float >= 0, in squared units of the features.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.

    Reference: Heusel et al., 2017, arXiv:1706.08500.

    Example:
        >>> frechet_distance([[-1.0], [1.0]], [[2.0], [4.0]])
        9.0
    """
    moments = []
    for features in feature_pair(real, generated):
        moments.append(Moments())
        moments[-1].update(features)
    a, b = moments
    return frechet_distance_from_moments(a.mean, a.covariance, b.mean, b.covariance)


def frechet_distance_from_moments(mean_a, cov_a, mean_b, cov_b):
    """Frechet distance |mean_a - mean_b|^2 + trace(cov_a + cov_b - 2 sqrt(cov_a cov_b)) between two Gaussians.

    Args:
        mean_a: Mean of the first, (features,).
        cov_a: Covariance of the first, (features, features), symmetric and positive semi-definite up to rounding.
        mean_b: Mean of the second, (features,).
        cov_b: Covariance of the second, (features, features).

    Returns:
        The squared distance, a float >= 0.

    Raises:
        ValueError: A shape does not fit, a value is not finite, or a matrix is not a covariance.

    Reference: Dowson & Landau, 1982, "The Frechet distance between multivariate normal distributions".

    Example:
        >>> frechet_distance_from_moments([0.0], [[1.0]], [3.0], [[4.0]])
        10.0
    """
    mean_a = _mean("mean_a", mean_a)
    mean_b = _mean("mean_b", mean_b, len(mean_a))
    cov_a = _symmetric("cov_a", cov_a, len(mean_a))
    cov_b = _symmetric("cov_b", cov_b, len(mean_a))
    factor_a = _factor("cov_a", cov_a)
    factor_b = _factor("cov_b", cov_b)
    # With A = F F^T and B = G G^T the eigenvalues of sqrt(A^1/2 B A^1/2) are the singular values of F^T G. Taken as
    # such they are exact to rounding; as roots of eigenvalues, each zero of a singular covariance would come out as
    # the root of a rounding error.
    trace_of_root = np.linalg.svd(factor_a.T @ factor_b, compute_uv=False).sum()
    distance = np.square(mean_a - mean_b).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * trace_of_root
    return max(float(distance), 0.0)


def _mean(name, value, num_features=None):
    mean = real_array(name, value).astype("float64")
    fits = mean.ndim == 1 and len(mean) >= 1 and num_features in (None, len(mean))
    require(fits, name, f"of shape ({num_features or 'features'},)", f"shape {mean.shape}")
    return mean


def _symmetric(name, value, num_features):
    matrix = real_array(name, value).astype("float64")
    allowed = f"of shape ({num_features}, {num_features}), as the means are"
    require(matrix.shape == (num_features, num_features), name, allowed, f"shape {matrix.shape}")
    asymmetry = np.abs(matrix - matrix.T).max()
    is_symmetric = asymmetry <= ROUNDING * np.abs(matrix).max()
    require(is_symmetric, name, "symmetric", f"entries that differ from their mirror images by up to {asymmetry}")
    return matrix


def _factor(name, matrix):
    """Returns F with F F^T = matrix, by eigenvalues: Cholesky's fails where features are constant or dependent."""
    eigenvalues, eigenvectors = np.linalg.eigh(matrix)  # ascending
    is_covariance = eigenvalues[0] >= -ROUNDING * np.abs(eigenvalues).max()
    require(is_covariance, name, "positive semi-definite", f"a smallest eigenvalue of {eigenvalues[0]}")
    return eigenvectors * np.sqrt(np.maximum(eigenvalues, 0))
