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


def score_table(field):
    """Returns a `score` function for densities of a table: nats beside other densities of the same rows, and anomalies.

    The others learn from the training split, in columns of mean 0 and deviation 1: a mixture of Gaussians and a kernel density,
    each with the settings that are best on the validation split.
    """

    def score(model, splits, full=True):
        rows, others = splits["test"][field], other_densities(splits, field)
        found = {}
        for key, (name, log_density) in others.items():
            words = f"exact, test split, in the units of the table: {name}, chosen on the validation split"
            found[f"{key}_nats"] = mean_loss(-log_density(rows), words, f"nats per row, {name.split(',')[0]}", block=1)
        name, log_density = others["mixture"]
        own = score_nats(field, "row", log_density, name.split(",")[0])(model, splits)
        shuffled = np.random.default_rng(0).permuted(rows, axis=0)
        return {**own, **found, "anomalies": area_score(model.log_prob(rows), model.log_prob(shuffled))}

    return score


def other_densities(splits, field):
    """{"mixture", "kernel": (name and settings, log-density of rows in their own units)}."""
    from sklearn.mixture import GaussianMixture
    from sklearn.neighbors import KernelDensity

    train, validation = (splits[split][field].astype("float64") for split in ("train", "validation"))
    center, spread = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-9)
    candidates = {"mixture": [], "kernel": []}
    for components in range(1, min(6, len(train))):
        for least in (1e-4, 1e-3, 1e-2):
            name = f"mixture of Gaussians, {components} full covariances, {least:g} added to variances"
            made = GaussianMixture(components, reg_covar=least, n_init=3, random_state=0)
            candidates["mixture"].append((name, made))
    for width in np.geomspace(0.1, 1.0, 13):
        candidates["kernel"].append((f"kernel density, Gaussian of deviation {width:.2f}", KernelDensity(bandwidth=width)))
    best = {}
    for key, each in candidates.items():
        fitted = [(name, made.fit((train - center) / spread)) for name, made in each]
        name, made = max(fitted, key=lambda pair: np.mean(pair[1].score_samples((validation - center) / spread)))
        best[key] = name, lambda rows, made=made: made.score_samples((rows - center) / spread) - np.log(spread).sum()
    return best


def area_score(real, others):
    """How well log-densities tell rows of the test split from the same with every column shuffled by itself."""
    from sklearn.metrics import roc_auc_score

    labels = np.repeat([1, 0], [len(real), len(others)])
    area = roc_auc_score(labels, np.concatenate([real, others]))
    protocol = "area under the ROC curve of log_prob: test rows against test rows whose columns are each shuffled (seed 0)"
    return Score(float(area), count=len(labels), protocol=protocol, label="test rows told from shuffled ones", better="higher")


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
