"""Two half circles of points in the plane, with noise: scikit-learn's `make_moons`, made when it is loaded."""

import numpy as np

from kerasgen.data.registry import DataSet

NOISE = 0.1  # deviation of each coordinate
COUNTS = {"train": 50_000, "validation": 10_000, "test": 10_000}


def read():
    """{split: {"point": float32 (count, 2), "label": int64 (count,), 0 for the upper moon and 1 for the lower}}."""
    from sklearn.datasets import make_moons

    splits = {}
    for seed, (split, count) in enumerate(COUNTS.items()):
        points, labels = make_moons(count, noise=NOISE, random_state=seed)
        splits[split] = {"point": points.astype("float32"), "label": labels.astype("int64")}
    return splits


def log_density(points):
    """Natural-log density that points are drawn from, at points (count, 2): float64 (count,).

    A point is one of either half circle, angles spread evenly, plus normal noise: the mean of 2,000 Gaussians.
    """
    angles = (np.arange(1000) + 0.5) * np.pi / 1000
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    centres = np.concatenate([upper, np.array([1.0, 0.5]) - upper])
    found = []
    for i in range(0, len(points), 1000):
        apart = np.asarray(points[i : i + 1000], "float64")[:, None] - centres
        log_each = -0.5 * np.sum(np.square(apart), axis=2) / NOISE**2
        top = log_each.max(axis=1)
        found.append(top + np.log(np.mean(np.exp(log_each - top[:, None]), axis=1)))
    return np.concatenate(found) - np.log(2 * np.pi * NOISE**2)


DATA_SET = DataSet(
    name="moons",
    read=read,
    licence="none: made by code",
    source="sklearn.datasets.make_moons with noise=0.1",
    splits="50,000, 10,000 and 10,000 points drawn with random_state 0, 1 and 2",
    redistributable=True,
    modality="array",
    unit="points",
    counted_by="point",
    fields={"point": "float32 (count, 2)", "label": "int64 (count,), the moon"},
    labels={"label": ("upper", "lower")},
    counts=COUNTS,
    hashes={
        "train": "fd3034b79282998fc50fb06885d509cbdb623802e55731e80914b2964a7bf3d1",
        "validation": "b045638cd0c9e67dda86e459d81b1adfac05c8853d4444dbf703325bccb4191f",
        "test": "4943f338c45dae8689c780438581ff54f5d7e6afdcdc7c76bf7b510b8bcb4563",
    },
)
