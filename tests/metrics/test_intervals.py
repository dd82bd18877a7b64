"""Bootstrap intervals against normal theory, and where resampling misleads."""

import numpy as np
import pytest

from kerasgen.metrics import bootstrap_interval, frechet_distance, kernel_distance, share_interval


def test_contains_a_known_mean_as_often_as_its_level_says():
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        low, high = bootstrap_interval(np.mean, rng.normal(2.0, 3.0, size=60), resamples=200, level=0.8, seed=seed)
        hits += low <= 2.0 <= high
    assert 0.70 <= hits / 200 <= 0.88  # 0.8, with a standard error of 0.03


def test_has_the_width_of_normal_theory():
    values = np.random.default_rng(1).normal(size=400)
    standard_error = values.std() / 20
    low, high = bootstrap_interval(np.mean, values, resamples=4000)
    assert (low - values.mean()) / standard_error == pytest.approx(-1.96, abs=0.12)
    assert (high - values.mean()) / standard_error == pytest.approx(1.96, abs=0.12)


def test_a_higher_level_gives_a_wider_interval():
    values = np.random.default_rng(2).normal(size=50)
    narrow = bootstrap_interval(np.mean, values, level=0.5)
    wide = bootstrap_interval(np.mean, values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_paired_rows_stay_together_and_others_do_not():
    labels = np.arange(40)

    def agreement(a, b):
        return (a == b).mean()

    assert bootstrap_interval(agreement, labels, labels, resamples=50, paired=True) == (1.0, 1.0)
    assert bootstrap_interval(agreement, labels, labels, resamples=50).high < 0.5


def test_each_array_keeps_its_count_and_its_rows():
    seen = []

    def statistic(a, b):
        seen.append((a, b))
        return 0.0

    first, second = np.arange(12.0).reshape(6, 2), np.arange(9)
    bootstrap_interval(statistic, first, second, resamples=30)
    for a, b in seen:
        assert a.shape == (6, 2)
        assert b.shape == (9,)
        np.testing.assert_array_equal(a[:, 1], a[:, 0] + 1)
    drawn = np.concatenate([b for _, b in seen])
    assert set(drawn) == set(range(9))
    assert any(len(set(b)) < 9 for _, b in seen)  # with replacement


def test_a_resample_depends_on_seed_and_index_alone():
    def resampled_means(resamples, seed):
        means = []
        bootstrap_interval(lambda a: means.append(a.mean()) or 0.0, np.arange(30.0), resamples=resamples, seed=seed)
        return means

    assert resampled_means(20, seed=5)[:8] == resampled_means(8, seed=5)
    assert resampled_means(8, seed=5) != resampled_means(8, seed=6)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_distances_need_centring(distance):
    # Both sides are of one distribution, and each resample adds noise of its own: the plain interval lies above.
    real, generated = np.random.default_rng(3).normal(size=(2, 100, 8))
    value = distance(real, generated)
    plain = bootstrap_interval(distance, real, generated, resamples=60)
    centred = bootstrap_interval(distance, real, generated, resamples=60, centred=True)
    assert value < plain.low
    assert centred.low < value < centred.high
    assert centred.high - centred.low == pytest.approx(plain.high - plain.low)


@pytest.mark.parametrize("result", [np.nan, np.inf, np.zeros(2), None, "0.5", 1j])
def test_a_statistic_must_return_one_finite_number(result):
    with pytest.raises(ValueError) as error:
        bootstrap_interval(lambda a: result, [1.0, 2.0], resamples=3)
    assert "statistic must be a function that returns one finite number" in str(error.value)
    assert repr(result) in str(error.value)


@pytest.mark.parametrize(
    ("hits", "count", "ends"),
    [(10, 20, (0.2993, 0.7007)), (0, 10, (0, 0.2775)), (10, 10, (0.7225, 1)), (90, 100, (0.8256, 0.9448))],  # by hand
)
def test_the_interval_of_a_share_is_wilsons(hits, count, ends):
    assert share_interval(hits, count) == pytest.approx(ends, abs=1e-4)
    low, high = share_interval(hits, count)
    for end in {low, high} - {0.0, 1.0}:  # the shares from which `hits` are just 1.96 deviations away
        assert abs(hits / count - end) / np.sqrt(end * (1 - end) / count) == pytest.approx(1.96, abs=1e-3)


@pytest.mark.parametrize(("hits", "count"), [(1, 0), (-1, 3), (4, 3), (0.5, 3)])
def test_hits_that_are_no_share_are_refused(hits, count):
    with pytest.raises(ValueError, match="must be"):
        share_interval(hits, count)
