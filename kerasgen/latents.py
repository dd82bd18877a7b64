"""Latents of image generators: drawing, truncating, and ways between them. NumPy arrays in and out."""

import numpy as np

from kerasgen import checks, noise


def draw(latent_dim, seed, start, stop, truncation=1.0):
    """Standard normal latents of samples start..stop-1, float32 (stop - start, latent_dim), times `truncation` in [0, 1].

    Smaller latents lie where the generator has learned most: samples become more typical and less various, until 0 leaves
    one image (the truncation of Karras et al., 2019, arXiv:1812.04948, appendix B, in the space of z).
    """
    return np.float32(truncation) * noise.normal((latent_dim,), seed, start, stop)


def great_circle(first, second, steps):
    """`steps` latents from `first` to `second`, both (latent_dim,) and included, at the same pace along an arc.

    On the straight line they would be too short in the middle: independent normal vectors of length sqrt(n) are nearly at
    right angles (White, 2016, arXiv:1609.04468, section 2.1).
    """
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    angle = np.arccos(np.clip(np.dot(first, second) / lengths, -1.0, 1.0)) if lengths > 0 else 0.0
    t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
    if np.sin(angle) < 1e-4:  # parallel, or nothing to turn: the arc is the line
        return (1 - t) * first + t * second
    return ((np.sin((1 - t) * angle) * first + np.sin(t * angle) * second) / np.sin(angle)).astype("float32")


def walk(latent_dim, stops=5, steps=12, seed=0, truncation=1.0):
    """A closed path for animations: through the first `stops` latents of `seed` and back, `steps` pictures between two.

    Args:
        latent_dim: Length of a latent.
        stops: Latents on the way, 2 to 1000.
        steps: Latents from one stop (included) to the next (left out), 1 to 1000.
        seed: Integer in 0 .. 2**63 - 1.
        truncation: Factor of the latents, in [0, 1].

    Returns:
        float32 array (stops * steps, latent_dim), for `model.decode`.
    """
    checks.integer("latent_dim", latent_dim, 1, 4096)
    checks.integer("stops", stops, 2, 1000)
    checks.integer("steps", steps, 1, 1000)
    points = draw(latent_dim, checks.seed(seed), 0, stops, checks.number("truncation", truncation, 0, 1))
    ways = [great_circle(points[i], points[(i + 1) % stops], steps + 1)[:-1] for i in range(stops)]
    return np.concatenate(ways)
