"""Features that need no labels and no network: the leading principal components of the data themselves."""

import numpy as np

from kerasgen.metrics.checks import real_array, require, whole_number


class PrincipalComponents:
    """Coordinates along the directions in which reference data vary most, scaled so that they have mean square 1.

    All coordinates are divided by the same number, so that directions of little variance keep little weight.

    Args:
        data: Real numbers, (count, ...), count >= 2, not all alike.
        components: Most directions to use; there are fewer if the data span fewer.

    Reference: Jolliffe, 2002, "Principal Component Analysis", chapter 1.
    """

    def __init__(self, data, components=64):
        data = real_array("data", data)
        require(data.ndim >= 2 and len(data) >= 2, "data", "of shape (count, ...) with count >= 2", f"shape {data.shape}")
        components = whole_number("components", components, 1)
        flat = data.reshape(len(data), -1).astype("float64")
        self.shape = data.shape[1:]
        self.mean = flat.mean(axis=0)
        _, lengths, directions = np.linalg.svd(flat - self.mean, full_matrices=False)
        lengths = lengths[: min(components, int((lengths > 1e-9 * max(lengths[0], 1e-9)).sum()))]
        require(len(lengths) > 0, "data", "rows that are not all alike", "equal rows")
        self.directions = directions[: len(lengths)]  # (components, features)
        self.scale = np.sqrt(np.sum(lengths**2) / (len(flat) * len(lengths)))

    def __call__(self, data):
        """float64 (count, components) of real numbers of the reference's shape, (count, ...)."""
        data = real_array("data", data)
        require(data.shape[1:] == self.shape, "data", f"of shape (count, {', '.join(map(str, self.shape))})", data.shape)
        return (data.reshape(len(data), -1).astype("float64") - self.mean) @ self.directions.T / self.scale
