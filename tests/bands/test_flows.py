"""The flows of points and of a table still give densities as published."""

import numpy as np
import pytest

import kerasgen
from kerasgen import data, zoo


@pytest.mark.parametrize(("name", "set_name"), [("realnvp-moons", "moons"), ("maf-tabular", "breast_cancer")])
def test_densities_are_as_published(name, set_name):
    fields = data.load(set_name)["test"]
    points = next(array for array in fields.values() if array.ndim == 2)[:300]
    metrics = zoo.info(name)["metrics"]
    published = next(score["value"] for key, score in metrics.items() if key.endswith("nats"))
    found = -kerasgen.load(name).log_prob(points)
    assert np.all(np.isfinite(found))
    assert abs(found.mean() - published) < 0.15 * max(1, abs(published))
