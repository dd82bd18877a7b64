"""Precision, recall, density and coverage against loops over all pairs, and where rounding could decide."""

import numpy as np
import pytest

from kerasgen.metrics import density_coverage, density_coverage_points, precision_recall, precision_recall_points


def radii_by_loops(points, k):
    """Distance of each point to the k-th nearest of the others."""
    distances = [sorted(np.linalg.norm(x - y) for j, y in enumerate(points) if j != i) for i, x in enumerate(points)]
    return [row[k - 1] for row in distances]


def precision_recall_by_loops(real, generated, k):
    real, generated = real.astype("float64"), generated.astype("float64")

    def share_inside(points, centres):
        balls = list(zip(centres, radii_by_loops(centres, k), strict=True))
        return np.mean([any(np.linalg.norm(x - c) <= radius for c, radius in balls) for x in points])

    return share_inside(generated, real), share_inside(real, generated)


def density_coverage_by_loops(real, generated, k):
    real, generated = real.astype("float64"), generated.astype("float64")
    radii = radii_by_loops(real, k)
    inside = [[np.linalg.norm(c - y) <= radius for y in generated] for c, radius in zip(real, radii, strict=True)]
    return np.sum(inside) / (k * len(generated)), np.mean([any(row) for row in inside])


def clouds(offset=0.0, gap=0.0, scale=1.0, dtype="float64"):
    """Overlapping clouds of two clusters each; `gap` moves the clusters apart, `offset` moves everything."""
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(40, 3)), 0.7 * rng.normal(size=(50, 3)) + 0.4
    real[:20] += gap
    generated[:15] += gap
    return ((real + offset) * scale).astype(dtype), ((generated + offset) * scale).astype(dtype)


CLOUDS = {
    "plain": clouds(),
    "float32": clouds(dtype="float32"),
    "far from the origin": clouds(offset=1e6),
    "tight clusters far apart": clouds(gap=1e5),
    "tight clusters far apart in float32": clouds(gap=1e3, dtype="float32"),
    "huge": clouds(scale=1e30),
    "tiny": clouds(scale=1e-30),
}


@pytest.mark.filterwarnings("error")  # overflow
@pytest.mark.parametrize("k", [1, 3, 19])
@pytest.mark.parametrize("name", CLOUDS)
def test_match_loops(name, k):
    real, generated = CLOUDS[name]
    assert precision_recall(real, generated, k=k) == pytest.approx(precision_recall_by_loops(real, generated, k))
    assert density_coverage(real, generated, k=k) == pytest.approx(density_coverage_by_loops(real, generated, k))


@pytest.mark.parametrize("block_size", [7, 1024])
def test_points_are_what_the_measures_are_means_of(block_size):
    real, generated = CLOUDS["plain"]
    is_precise, is_recalled = precision_recall_points(real, generated, 3, block_size)
    densities, is_covered = density_coverage_points(real, generated, 3, block_size)
    assert is_precise.shape == densities.shape == (50,) and is_recalled.shape == is_covered.shape == (40,)
    assert is_precise.dtype == is_recalled.dtype == is_covered.dtype == bool and densities.dtype == np.float64
    assert (is_precise.mean(), is_recalled.mean()) == pytest.approx(precision_recall_by_loops(real, generated, 3))
    assert (densities.mean(), is_covered.mean()) == pytest.approx(density_coverage_by_loops(real, generated, 3))
    assert ((densities > 0) == is_precise).all()  # inside some ball of a real point, or not


@pytest.mark.parametrize("block_size", [1, 7, 40])
def test_do_not_depend_on_the_block_size(block_size):
    real, generated = clouds()
    assert precision_recall(real, generated, block_size=block_size) == precision_recall(real, generated)
    assert density_coverage(real, generated, block_size=block_size) == density_coverage(real, generated)


def test_default_k_is_five():
    real, generated = clouds()
    assert precision_recall(real, generated) == pytest.approx(precision_recall_by_loops(real, generated, 5))
    assert density_coverage(real, generated) == pytest.approx(density_coverage_by_loops(real, generated, 5))


@pytest.mark.parametrize("block_size", [64, 1024])
def test_copies_of_the_real_data_lie_in_every_ball_that_reaches_them(block_size):
    # Each ball holds its own point and k neighbours, the farthest exactly on its edge: rounding must not throw it out.
    real = np.random.default_rng(1).normal(size=(600, 32)).astype("float32")
    copies = real[np.random.default_rng(2).permutation(600)]
    assert precision_recall(real, copies, block_size=block_size) == (1.0, 1.0)
    assert density_coverage(real, copies, block_size=block_size) == (pytest.approx(6 / 5), 1.0)


def test_a_collapsed_generator_recalls_only_the_copied_point():
    real = np.random.default_rng(3).normal(size=(50, 8))
    collapsed = np.repeat(real[:1], 30, axis=0)
    assert precision_recall(real, collapsed, k=3) == (1.0, 1 / 50)


def test_duplicates_are_neighbours_of_each_other():
    real = np.repeat(np.random.default_rng(4).normal(size=(10, 4)), 3, axis=0)
    near = real + 1e-4
    assert precision_recall(real, near, k=2) == (0.0, 0.0)  # both other copies are nearest: radius 0
    assert precision_recall(real, near, k=3) == (1.0, 1.0)


def test_identical_points_everywhere():
    points = np.full((8, 2), 3.0)
    assert precision_recall(points, points, k=2) == (1.0, 1.0)
    assert density_coverage(points, points, k=2) == (4.0, 1.0)  # all 8 balls hold every point: 8 / k


def test_the_diversity_measures_see_a_missing_cluster():
    rng = np.random.default_rng(5)
    real, generated = rng.normal(size=(200, 4)), rng.normal(size=(200, 4))
    real[:100] += 100
    precision, recall = precision_recall(real, generated)
    _, coverage = density_coverage(real, generated)
    assert precision > 0.8
    assert 0.4 < recall <= 0.5
    assert 0.4 < coverage <= 0.5
