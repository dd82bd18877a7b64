"""Scores of models with an exact density of vectors: nats, what the density adds up to, and a picture of it in the plane."""

import dataclasses

import numpy as np

from kerasgen.score import Score
from kerasgen.scores.text import mean_loss

PIXELS = 160  # of a picture's side


def validate_nats(field):
    """Returns a `validate` function: minus the mean log-density of the validation split, in nats a row of that field."""
    return lambda model, splits: {"nats": float(-np.mean(model.log_prob(splits["validation"][field])))}


def score_nats(field, unit, log_density=None, beside="", box=None):
    """Returns a `score` function for models with `log_prob`.

    Args:
        field: The field that holds vectors.
        unit: What a row is, such as "point".
        log_density: Function of vectors whose log-density stands beside the model's; None for none.
        beside: What that function is of.
        box: ((least, greatest) of each of two coordinates): adds the integral over it; None to leave it out.
    """

    def score(model, splits, full=True):
        vectors = splits["test"][field]
        nats = mean_loss(-model.log_prob(vectors), "exact, test split, in the units of the data", f"nats per {unit}", block=1)
        if log_density is not None:
            nats = dataclasses.replace(nats, reference=float(-np.mean(log_density(vectors))), beside=beside)
        scores = {"nats": dataclasses.replace(nats, leading=True)}
        if box is not None:
            scores["integral"] = integral_score(model, box)
        return scores

    return score


def integral_score(model, box, steps=801):
    """The integral of the density over a box in the plane, by the trapezoid rule."""
    points, area = plane(box, steps)
    weights = np.ones(steps)
    weights[[0, -1]] = 0.5
    density = np.exp(model.log_prob(points)).reshape(steps, steps)
    words = " by ".join(f"{low:g} to {high:g}" for low, high in box)
    return Score(
        float(weights @ density @ weights * area / (steps - 1) ** 2),
        count=steps**2,
        protocol=f"trapezoid rule over {words}, {steps} by {steps} points",
        label="integral of the density",
        reference=1.0,
        beside="a density",
    )


def density_picture(field, box):
    """Returns a `picture` function: rows of the training split in a box of the plane, and the model's density there."""

    def picture(model, splits):
        points = splits["train"][field]
        counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], PIXELS, box[::-1])
        density = np.exp(model.log_prob(plane(box, PIXELS)[0])).reshape(PIXELS, PIXELS)
        return np.stack([shades(counts), shades(density)])

    return picture


def plane(box, steps):
    """(points of a grid over a box, row by row from the lowest: float32 (steps * steps, 2), its area)."""
    across, up = (np.linspace(low, high, steps, dtype="float32") for low, high in box)
    x, y = np.meshgrid(across, up)
    return np.stack([x.ravel(), y.ravel()], axis=1), float(np.prod([high - low for low, high in box]))


def shades(density):
    """A density (rows, columns), lowest row first, as an image (rows, columns, 1) in [-1, 1]: dark where it is high."""
    share = density[::-1, :, None] / max(density.max(), 1e-30)
    return (1.0 - 2.0 * np.sqrt(share)).astype("float32")
