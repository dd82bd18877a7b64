"""Points of two half circles, and the density that they come from."""

import numpy as np

from kerasgen import data
from kerasgen.data.sets import moons


def test_the_splits_are_the_recorded_ones_and_share_no_point(check_form):
    splits = data.load("moons")
    check_form(moons.DATA_SET, splits)
    assert {split: data.fingerprint(fields) for split, fields in splits.items()} == moons.DATA_SET.hashes
    rows = np.concatenate([fields["point"] for fields in splits.values()])
    assert len({row.tobytes() for row in rows}) == len(rows)


def test_each_moon_lies_near_its_half_circle():
    points, labels = (data.load("moons")["test"][field] for field in ("point", "label"))
    upper, lower = points[labels == 0], np.array([1.0, 0.5]) - points[labels == 1]
    for part in (upper, lower):
        radius = np.linalg.norm(part, axis=1)
        assert abs(radius.mean() - 1) < 0.01 and abs(radius.std() - 0.1) < 0.01


def test_the_density_adds_up_to_one_and_fits_the_points():
    x, y = np.meshgrid(np.arange(-2, 3, 0.05), np.arange(-1.5, 2, 0.05))
    log_density = moons.log_density(np.stack([x.ravel(), y.ravel()], axis=1))
    mass = np.exp(log_density) * 0.05**2
    assert abs(mass.sum() - 1) < 1e-3
    entropy = -np.sum(mass * log_density)
    assert abs(-moons.log_density(data.load("moons")["test"]["point"]).mean() - entropy) < 0.03
