"""It still gives densities as published."""

import numpy as np

import kerasgen
from kerasgen import data, zoo


def test_densities_are_as_published():
    fields = data.load("moons")["test"]
    points = next(array for array in fields.values() if array.ndim == 2)[:300]
    metrics = zoo.info("realnvp-moons")["metrics"]
    published = next(score["value"] for key, score in metrics.items() if key.endswith("nats"))
    found = -kerasgen.load("realnvp-moons").log_prob(points)
    assert np.all(np.isfinite(found))
    assert abs(found.mean() - published) < 0.15 * max(1, abs(published))
