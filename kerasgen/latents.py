"""Latents of image generators: drawing, truncating, and paths between them. NumPy arrays in and out."""

import numpy as np

from kerasgen import checks, noise


def draw(latent_dim, count=16, *, seed=0, start=0, truncation=1.0):
    """Standard normal latents: those that `sample` decodes when it gets the same arguments.

    Smaller latents lie where the generator has learned most: samples become more typical and less varied, and at truncation 0
    only one image is left (the truncation of Karras et al., 2019, arXiv:1812.04948, appendix B, in the space of z).

    Args:
        latent_dim: Length of a latent, such as `model.latent_dim`.
        count: How many, 1 to 1,000,000.
        seed: Integer in 0 .. 2**63 - 1. Latent i depends on (seed, i) alone.
        start: Index of the first latent, to draw a long series in parts.
        truncation: Factor that scales the latents, in [0, 1].

    Returns:
        float32 array (count, latent_dim).

    Raises:
        ValueError: An argument is out of range.
    """
    checks.integer("latent_dim", latent_dim, 1, 4096)
    count, seed, start = checks.count(count), checks.seed(seed), checks.integer("start", start, 0, 2**62)
    truncation = checks.number("truncation", truncation, 0, 1)
    return np.float32(truncation) * noise.normal((latent_dim,), seed, start, start + count)


def checked_latents(value, latent_dim):
    """Returns what a user gives as latents as a finite float32 NumPy array (count, latent_dim).

    Raises:
        ValueError: Wrong shape, none at all, or NaN or infinite values.
    """
    array = np.asarray(value, "float32")
    if array.ndim != 2 or array.shape[1] != latent_dim or not len(array) or not np.all(np.isfinite(array)):
        raise ValueError(f"latents must be finite, of shape (count, {latent_dim}), at least one; received shape {array.shape}.")
    return array


def great_circle(first, second, steps):
    """`steps` latents from `first` to `second`, both (latent_dim,) and included, evenly spaced along an arc.

    On a straight line, latents in the middle would be too short: two independent normal vectors of n numbers have lengths
    near sqrt(n) and are nearly at right angles (White, 2016, arXiv:1609.04468, section 2.1).
    """
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    angle = np.arccos(np.clip(np.dot(first, second) / lengths, -1.0, 1.0)) if lengths > 0 else 0.0
    t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
    if np.sin(angle) < 1e-4:  # parallel, opposite or zero: there is no one arc, so the straight line
        return (1 - t) * first + t * second
    return ((np.sin((1 - t) * angle) * first + np.sin(t * angle) * second) / np.sin(angle)).astype("float32")


def walk(latent_dim, stops=5, steps=12, seed=0, truncation=1.0):
    """A closed path for animations: through the first `stops` latents of `seed` and back to the first of them.

    Args:
        latent_dim: Length of a latent.
        stops: Latents that the path passes, 2 to 1000.
        steps: Latents from one stop (included) to the next (left out), 1 to 1000.
        seed: Integer in 0 .. 2**63 - 1.
        truncation: Factor that scales the latents, in [0, 1].

    Returns:
        float32 array (stops * steps, latent_dim), for `model.decode`.
    """
    checks.integer("latent_dim", latent_dim, 1, 4096)
    checks.integer("stops", stops, 2, 1000)
    checks.integer("steps", steps, 1, 1000)
    points = draw(latent_dim, stops, seed=seed, truncation=truncation)
    arcs = [great_circle(points[i], points[(i + 1) % stops], steps + 1)[:-1] for i in range(stops)]
    return np.concatenate(arcs)


def straight_line(first, second, steps):
    """`steps` latents from `first` to `second`, both (latent_dim,) and included, evenly spaced: float32."""
    t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
    return (1 - t) * first + t * second
