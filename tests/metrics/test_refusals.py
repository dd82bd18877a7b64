"""Input that no metric accepts: the error names the argument, what is allowed and what came. Docstring examples run."""

import doctest
import importlib
import subprocess
import sys

import numpy as np
import pytest

from kerasgen import metrics

GOOD = np.random.default_rng(0).normal(size=(8, 3))
NAN = np.where(np.arange(24).reshape(8, 3) == 13, np.nan, GOOD)
INFINITE = np.where(np.arange(24).reshape(8, 3) == 13, -np.inf, GOOD)
RAGGED = [[1.0, 2.0], [1.0]]

BAD_FEATURES = {
    "one row": (GOOD[:1], "count >= 2", "shape (1, 3)"),
    "no feature": (GOOD[:, :0], "shape (count, ", "shape (8, 0)"),
    "one axis": (GOOD[0], "shape (count, ", "shape (3,)"),
    "three axes": (GOOD[None], "shape (count, ", "shape (1, 8, 3)"),
    "nan": (NAN, "finite", "nan at index (4, 1)"),
    "infinite": (INFINITE, "finite", "-inf at index (4, 1)"),
    "complex": (GOOD * 1j, "real numbers", "dtype complex128"),
    "strings": (GOOD.astype(str), "real numbers", "dtype <U"),
    "booleans": (GOOD > 0, "real numbers", "dtype bool"),
    "none": (None, "real numbers", "dtype object"),
    "ragged": (RAGGED, "real numbers", "rows of unequal length"),
}
PAIR_METRICS = {
    "frechet_distance": {},
    "kernel_distance": {},
    "precision_recall": {"k": 1},
    "density_coverage": {"k": 1},
}


def refusal(function, *args, **kwargs):
    with pytest.raises(ValueError) as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("case", BAD_FEATURES)
@pytest.mark.parametrize("name", PAIR_METRICS)
def test_pair_metrics_refuse_bad_features(name, case):
    value, allowed, received = BAD_FEATURES[case]
    metric, options = getattr(metrics, name), PAIR_METRICS[name]
    for argument, pair in (("real", (value, GOOD)), ("generated", (GOOD, value))):
        message = refusal(metric, *pair, **options)
        assert message.startswith(f"{argument} must be ")
        assert allowed in message.split("; received")[0]
        assert f"; received {received}" in message


@pytest.mark.parametrize("name", PAIR_METRICS)
def test_pair_metrics_refuse_unequal_features(name):
    message = refusal(getattr(metrics, name), GOOD, GOOD[:, :2], **PAIR_METRICS[name])
    assert message == ("generated must be an array of real numbers of shape (count, 3) with count >= 2; received shape (8, 2).")


@pytest.mark.parametrize("block_size", [0, -1, 2.0, True, None, "8"])
@pytest.mark.parametrize("name", ["kernel_distance", "precision_recall", "density_coverage"])
def test_block_size_is_a_positive_integer(name, block_size):
    message = refusal(getattr(metrics, name), GOOD, GOOD, block_size=block_size)
    assert message == f"block_size must be an integer of at least 1; received {block_size!r}."


@pytest.mark.parametrize("k", [0, -2, 5, 1.0, True, "3"])
def test_k_is_less_than_the_counts(k):
    message = refusal(metrics.precision_recall, GOOD, GOOD[:5], k=k)
    assert message == f"k must be an integer of at least 1 and at most 4, one less than the smaller count; received {k!r}."
    message = refusal(metrics.density_coverage, GOOD[:5], GOOD, k=k)
    assert message == f"k must be an integer of at least 1 and at most 4, one less than the count of real; received {k!r}."


def test_density_allows_fewer_generated_points_than_k():
    assert metrics.density_coverage(GOOD, GOOD[:2], k=7).coverage == 1.0


MEAN, COVARIANCE = np.zeros(2), np.eye(2)
BAD_MOMENTS = {
    "mean of two axes": ({"mean_a": np.zeros((1, 2))}, "mean_a", "(features,)", "shape (1, 2)"),
    "empty mean": ({"mean_a": []}, "mean_a", "(features,)", "shape (0,)"),
    "mean not finite": ({"mean_a": [0, np.nan]}, "mean_a", "finite", "nan at index (1,)"),
    "second mean longer": ({"mean_b": np.zeros(3)}, "mean_b", "(2,)", "shape (3,)"),
    "covariance of other features": ({"cov_a": np.eye(3)}, "cov_a", "(2, 2)", "shape (3, 3)"),
    "variances alone": ({"cov_b": np.ones(2)}, "cov_b", "(2, 2)", "shape (2,)"),
    "covariance not finite": ({"cov_b": [[1, 0], [0, np.inf]]}, "cov_b", "finite", "inf at index (1, 1)"),
    "not symmetric": ({"cov_a": [[1, 0.5], [0, 1]]}, "cov_a", "symmetric", "by up to 0.5"),
    "not a covariance": ({"cov_b": [[1, 0], [0, -2]]}, "cov_b", "positive semi-definite", "eigenvalue of -2.0"),
}


@pytest.mark.parametrize("case", BAD_MOMENTS)
def test_moments_that_are_none_are_refused(case):
    changes, argument, allowed, received = BAD_MOMENTS[case]
    good = {"mean_a": MEAN, "cov_a": COVARIANCE, "mean_b": MEAN, "cov_b": COVARIANCE}
    message = refusal(metrics.frechet_distance_from_moments, **(good | changes))
    assert message.startswith(f"{argument} must be ")
    assert allowed in message.split(";")[0]
    assert received in message.split("received")[1]


def test_roundings_of_a_covariance_are_accepted():
    nearly = np.array([[1.0, 1e-6], [0.0, -1e-6]])
    assert metrics.frechet_distance_from_moments(MEAN, nearly, MEAN, np.zeros((2, 2))) == pytest.approx(1.0, abs=1e-5)


BAD_PROBABILITIES = {
    "logits": ([[2.0, 1.0]], "sum to 1", "3.0"),
    "negative": ([[1.5, -0.5]], "nowhere negative", "-0.5"),
    "one class": ([[1.0], [1.0]], "classes >= 2", "shape (2, 1)"),
    "no row": (np.zeros((0, 3)), "count >= 1", "shape (0, 3)"),
    "one axis": ([0.5, 0.5], "(count, classes)", "shape (2,)"),
    "nan": ([[0.5, 0.5], [np.nan, 0.5]], "finite", "nan at index (1, 0)"),
    "second row off": ([[0.5, 0.5], [0.5, 0.498]], "sum to 1", "0.998"),
}


@pytest.mark.parametrize("case", BAD_PROBABILITIES)
@pytest.mark.parametrize("name", ["class_shares", "mean_top_probability", "label_agreement"])
def test_rows_must_be_distributions(name, case):
    value, allowed, received = BAD_PROBABILITIES[case]
    labels = ([0, 0],) if name == "label_agreement" else ()
    message = refusal(getattr(metrics, name), value, *labels)
    assert message.startswith("probabilities must be ")
    assert allowed in message.split("; received")[0]
    assert received in message.split("; received")[1]


BAD_LABELS = {
    "too few": ([0], "dtype int64 and shape (1,)"),
    "one-hot": ([[0, 1], [1, 0]], "dtype int64 and shape (2, 2)"),
    "floats": ([0.0, 1.0], "dtype float64 and shape (2,)"),
    "too large": ([1, 2], "2 at index 1"),
    "negative": ([-1, 1], "-1 at index 0"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_labels_must_be_classes(case):
    labels, received = BAD_LABELS[case]
    message = refusal(metrics.label_agreement, [[0.5, 0.5], [0.1, 0.9]], labels)
    assert message == f"labels must be integers of shape (2,) in 0..1; received {received}."


BAD_BOOTSTRAPS = {
    "no function": ((3.0, GOOD), {}, "statistic", "a function", "3.0"),
    "no array": ((np.mean,), {}, "arrays", "at least one", "none"),
    "one row": ((np.mean, GOOD, GOOD[:1]), {}, "arrays[1]", "count >= 2", "shape (1, 3)"),
    "a number": ((np.mean, 5.0), {}, "arrays[0]", "count >= 2", "shape ()"),
    "nan": ((np.mean, NAN), {}, "arrays[0]", "finite", "nan at index (4, 1)"),
    "unequal pairs": ((np.dot, GOOD, GOOD[:5]), {"paired": True}, "arrays", "equal counts", "counts [8, 5]"),
    "one resample": ((np.mean, GOOD), {"resamples": 1}, "resamples", "at least 2", "1"),
    "broken resamples": ((np.mean, GOOD), {"resamples": 10.0}, "resamples", "integer", "10.0"),
    "level in percent": ((np.mean, GOOD), {"level": 95}, "level", "between 0 and 1", "95"),
    "level of one": ((np.mean, GOOD), {"level": 1.0}, "level", "between 0 and 1", "1.0"),
    "level of nan": ((np.mean, GOOD), {"level": np.nan}, "level", "between 0 and 1", "nan"),
    "level as text": ((np.mean, GOOD), {"level": "0.9"}, "level", "between 0 and 1", "'0.9'"),
    "negative seed": ((np.mean, GOOD), {"seed": -1}, "seed", "at least 0", "-1"),
    "no seed": ((np.mean, GOOD), {"seed": None}, "seed", "integer", "None"),
    "seed too large": ((np.mean, GOOD), {"seed": 2**64}, "seed", f"at most {2**64 - 1}", str(2**64)),
}


@pytest.mark.parametrize("case", BAD_BOOTSTRAPS)
def test_bootstrap_refuses_before_it_draws(case):
    args, options, argument, allowed, received = BAD_BOOTSTRAPS[case]
    message = refusal(metrics.bootstrap_interval, *args, **options)
    assert message.startswith(f"{argument} must be ")
    assert allowed in message.split("; received")[0]
    assert message.endswith(f"; received {received}.")


@pytest.mark.parametrize("name", ["classes", "frechet", "intervals", "kernel", "manifold"])
def test_examples_in_docstrings_run(name):
    results = doctest.testmod(importlib.import_module(f"kerasgen.metrics.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


def test_the_package_is_a_leaf_that_needs_numpy_alone():
    code = "import sys, kerasgen.metrics; print({'keras', 'tensorflow', 'scipy', 'sklearn'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
