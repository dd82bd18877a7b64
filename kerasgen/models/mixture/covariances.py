"""Kinds of covariance matrices of the Gaussians of a mixture: their densities, and their steps of EM.

    kind       factors of all components                        S
    full       lower triangles L       (components, dim, dim)   L L'
    diagonal   deviations s            (components, dim)        diag(s)^2
    factor     F, and deviations s last (components, dim, rank + 1)   F F' + diag(s)^2

The last is factor analysis: x = m + F z + noise with z ~ N(0, I). EM treats z as unknown, too (Ghahramani & Hinton, 1996,
"The EM algorithm for mixtures of factor analyzers", equations 15 and 16): with M = I + F' diag(s)^-2 F, given x,

    z ~ N(M^-1 F' diag(s)^-2 (x - m), M^-1)

x are rows (rows, dim), `means` (components, dim); `shares` are the r_nk, (rows, components).
"""

import numpy as np

HALF_LOG = 0.5 * np.log(2 * np.pi)


class Full:
    """S is any matrix, none of whose eigenvalues is below `least`."""

    @staticmethod
    def begin(deviation, components, rank, generator):
        return np.repeat(np.diag(deviation)[None], components, axis=0)

    @staticmethod
    def log_density(x, means, factors):
        """log N(x; m, S): (components, rows)."""
        whitened = (x[None] - means[:, None]) @ np.linalg.inv(factors).transpose(0, 2, 1)
        logs = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1) + factors.shape[1] * HALF_LOG
        return -logs[:, None] - 0.5 * np.square(whitened).sum(axis=2)

    @staticmethod
    def sums(x, means, shares, factors):
        """Sums over rows of r, r (x - m), r (x - m)(x - m)'; about the present means, so that no digits are lost."""
        apart = x[None] - means[:, None]
        weighted = shares.T[:, :, None] * apart
        return [shares.sum(axis=0), weighted.sum(axis=1), weighted.transpose(0, 2, 1) @ apart]

    @staticmethod
    def maximise(sums, least):
        """(by how much the means move, factors) of the highest expected log-likelihood."""
        total, first, second = sums
        moved = first / total[:, None]
        return moved, lower_triangles(second / total[:, None, None] - moved[:, :, None] * moved[:, None], least)

    @staticmethod
    def drawn(normal, factors):
        """Deviations from the mean of one component, of normal numbers (rows, dim)."""
        return normal @ factors.T

    @staticmethod
    def matrix(factors):
        """S of one component."""
        return factors @ factors.T

    @staticmethod
    def of(matrices, least):
        """Factors of matrices (components, dim, dim)."""
        return lower_triangles(matrices, least)

    @staticmethod
    def given(x, means, factors, missing):
        """What is known of the numbers `missing`, bool (dim,), given the others, x (rows, known).

        Returns:
            (log N(x; m, S) of the known numbers (rows, components), means (rows, components, missing) of the others, factors
            of their covariances given x).
        """
        densities, moved, rest = [], [], []
        for mean, matrix in zip(means, (Full.matrix(each) for each in factors), strict=True):  # one by one: they may be large
            apart, both = x - mean[~missing], matrix[np.ix_(missing, ~missing)]
            known = matrix[np.ix_(~missing, ~missing)]
            slopes = np.linalg.solve(known, both.T).T if len(known) else both
            zeros = np.zeros((1, apart.shape[1]))
            densities.append(Full.log_density(apart, zeros, lower_triangles(known[None], 0.0))[0])
            moved.append(mean[missing] + apart @ slopes.T)
            rest.append(matrix[np.ix_(missing, missing)] - slopes @ both.T)
        return np.stack(densities, axis=1), np.stack(moved, axis=1), lower_triangles(np.stack(rest), 0.0)

    @staticmethod
    def count(dim, rank):
        """Free numbers of S."""
        return dim * (dim + 1) // 2

    @staticmethod
    def held(components, dim, rank):
        """Numbers of a row that are held at once, about."""
        return components * dim


class Diagonal:
    """S has no entries but variances, none below `least`."""

    @staticmethod
    def begin(deviation, components, rank, generator):
        return np.repeat(deviation[None], components, axis=0)

    @staticmethod
    def log_density(x, means, factors):
        logs = np.log(factors).sum(axis=1) + factors.shape[1] * HALF_LOG
        return -logs[:, None] - 0.5 * distances(x, means, factors**-2).T

    @staticmethod
    def sums(x, means, shares, factors):
        return [shares.sum(axis=0), *moments(x, means, shares)]

    @staticmethod
    def maximise(sums, least):
        total, first, second = sums
        moved = first / total[:, None]
        return moved, np.sqrt(np.maximum(second / total[:, None] - np.square(moved), least))

    @staticmethod
    def drawn(normal, factors):
        return normal * factors

    @staticmethod
    def matrix(factors):
        return np.diag(np.square(factors))

    @staticmethod
    def given(x, means, factors, missing):
        moved = np.broadcast_to(means[:, missing], (len(x), len(means), missing.sum()))
        return Diagonal.log_density(x, means[:, ~missing], factors[:, ~missing]).T, moved, factors[:, missing]

    @staticmethod
    def count(dim, rank):
        return dim

    @staticmethod
    def held(components, dim, rank):
        return components + dim


class Factor:
    """S is a few directions and noise, whose variances are not below `least`."""

    @staticmethod
    def begin(deviation, components, rank, generator):
        loadings = 0.3 * deviation[:, None] * generator.standard_normal((components, len(deviation), rank))
        noise = np.repeat(deviation[None, :, None], components, axis=0)  # from F = 0, EM would not move
        return np.concatenate([loadings, noise], axis=2)

    @staticmethod
    def axes(factors):
        """(U' diag(s)^-1 (components, rank, dim), L (components, rank), V' (components, rank, rank)) of diag(s)^-1 F = U L V'.

        By singular values: an inverse of M would keep no digit of its small eigenvalues. `rank` is dim where that is less.
        """
        whitened = factors[..., :-1] / factors[..., -1:]
        u, lengths, v = np.linalg.svd(whitened, full_matrices=False)
        return (u / factors[..., -1:]).transpose(0, 2, 1), lengths, v

    @staticmethod
    def log_density(x, means, factors):
        directions, lengths, _ = Factor.axes(factors)
        squares = np.square(lengths)
        logs = np.log(factors[..., -1]).sum(axis=1) + 0.5 * np.log1p(squares).sum(axis=1) + factors.shape[1] * HALF_LOG
        # The inverse of S is diag(s)^-2 less the square of these directions (Woodbury).
        along = projected(x, means, directions * np.sqrt(squares / (1 + squares))[..., None])
        return (-logs - 0.5 * (distances(x, means, factors[..., -1] ** -2) - np.square(along).sum(axis=2))).T

    @staticmethod
    def sums(x, means, shares, factors):
        """Sums over rows of r, r (x - m)^2, r (x - m) (z, 1)' and the expected r (z, 1)(z, 1)'."""
        directions, lengths, v = Factor.axes(factors)
        back, total = v.transpose(0, 2, 1), shares.sum(axis=0)
        z = projected(x, means, (back * (lengths / (1 + np.square(lengths)))[:, None]) @ directions)
        longer = np.concatenate([z, np.ones_like(z[..., :1])], axis=2)
        weighted = shares[..., None] * longer
        square = weighted.transpose(1, 2, 0) @ longer.transpose(1, 0, 2)
        inverse = (back / (1 + np.square(lengths))[:, None]) @ v
        if back.shape[1] > back.shape[2]:  # more directions than numbers: of some, x says nothing
            inverse += np.eye(back.shape[1]) - back @ v
        square[:, :-1, :-1] += total[:, None, None] * inverse
        _, second = moments(x, means, shares)
        x, means = x - means.mean(axis=0), means - means.mean(axis=0)
        cross = (x.T @ weighted.reshape(len(x), -1)).reshape(x.shape[1], *longer.shape[1:]).transpose(1, 0, 2)
        return [total, second, cross - means[..., None] * weighted.sum(axis=0)[:, None], square]

    @staticmethod
    def maximise(sums, least):
        total, second, cross, square = sums
        found = np.linalg.solve(square.transpose(0, 2, 1), cross.transpose(0, 2, 1)).transpose(0, 2, 1)  # (F, how m moves)
        variances = np.maximum((second - np.sum(found * cross, axis=2)) / total[:, None], least)
        return found[..., -1], np.concatenate([found[..., :-1], np.sqrt(variances)[..., None]], axis=2)

    @staticmethod
    def drawn(normal, factors):
        dim = len(factors)
        return normal[:, :dim] * factors[:, -1] + normal[:, dim:] @ factors[:, :-1].T

    @staticmethod
    def matrix(factors):
        return factors[:, :-1] @ factors[:, :-1].T + np.diag(np.square(factors[:, -1]))

    @staticmethod
    def given(x, means, factors, missing):
        """Of the numbers that are missing, x says what it says of z: its mean, and M^-1 as V diag(1 / (1 + L^2)) V'."""
        loadings, noise = factors[:, missing, :-1], factors[:, missing, -1:]
        if missing.all():
            moved = np.broadcast_to(means, (len(x), *means.shape))
            return np.zeros((len(x), len(means))), moved, factors
        directions, lengths, v = Factor.axes(factors[:, ~missing])
        back, squares = v.transpose(0, 2, 1), np.square(lengths)
        z = projected(x, means[:, ~missing], (back * (lengths / (1 + squares))[:, None]) @ directions)
        moved = means[:, missing] + np.einsum("nkr,kdr->nkd", z, loadings)
        # V' V is not all: what x says nothing of, where there are more directions than known numbers, stays as it was.
        root = np.eye(back.shape[1]) + (back * (1 / np.sqrt(1 + squares) - 1)[:, None]) @ v
        density = Factor.log_density(x, means[:, ~missing], factors[:, ~missing]).T
        return density, moved, np.concatenate([loadings @ root, noise], axis=2)

    @staticmethod
    def count(dim, rank):
        return dim * (rank + 1) - rank * (rank - 1) // 2  # F is known up to a rotation of z

    @staticmethod
    def held(components, dim, rank):
        return components * (rank + 1) + dim


# Products of whole matrices are many times as fast as the differences of each row from each mean; about a centre of the means,
# they lose few digits.


def distances(x, means, precisions):
    """Sums over numbers of (x - m)^2 times the component's precisions (components, dim): (rows, components)."""
    x, means = x - means.mean(axis=0), means - means.mean(axis=0)
    return np.square(x) @ precisions.T - 2 * x @ (means * precisions).T + np.sum(np.square(means) * precisions, axis=1)


def moments(x, means, shares):
    """Sums over rows of r (x - m) and r (x - m)^2: (components, dim) each."""
    x, means, total = x - means.mean(axis=0), means - means.mean(axis=0), shares.sum(axis=0)[:, None]
    first = shares.T @ x
    return first - means * total, shares.T @ np.square(x) - 2 * means * first + np.square(means) * total


def projected(x, means, directions):
    """The products of x - m, of every row and component, with that component's directions: (rows, components, rank).

    `directions` are (components, rank, dim).
    """
    centre, (count, rank, dim) = means.mean(axis=0), directions.shape
    found = (x - centre) @ directions.reshape(-1, dim).T
    return found.reshape(-1, count, rank) - np.einsum("krd,kd->kr", directions, means - centre)


KINDS = {"full": Full, "diagonal": Diagonal, "factor": Factor}


def lower_triangles(matrices, least):
    """L with L L' = each symmetric matrix (count, dim, dim), eigenvalues below `least` raised to it."""
    values, directions = np.linalg.eigh(0.5 * (matrices + matrices.transpose(0, 2, 1)))
    raised = (directions * np.maximum(values, least)[:, None]) @ directions.transpose(0, 2, 1)
    return np.linalg.cholesky(0.5 * (raised + raised.transpose(0, 2, 1)))
