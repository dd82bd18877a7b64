"""Scores by features: the probe, copies, and the distances of models that learned nothing."""

import numpy as np
import pytest
import tiny

from kerasgen import feature_scores, metrics

RNG = np.random.default_rng(0)


def test_a_probe_learns_what_is_linear_and_guesses_the_rest():
    x = RNG.standard_normal((600, 5))
    linear, noise = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(int), RNG.integers(0, 2, 600)
    assert feature_scores.probe(x[:400], linear[:400], x[400:], linear[400:]).mean() > 0.93
    assert 0.35 < feature_scores.probe(x[:400], noise[:400], x[400:], noise[400:]).mean() < 0.65


def test_copies_are_nearer_than_real_images():
    real, known, fresh = (RNG.standard_normal((200, 4)) for _ in range(3))

    def share(generated):
        return feature_scores.copying("x", real, known, generated)["nearer_than_real"]["value"]

    assert share(known + 1e-3) > 0.99
    assert share(fresh) == pytest.approx(0.5, abs=0.1)
    assert share(real) == pytest.approx(0.5)
    assert share(fresh + 50) < 0.01


def test_pixel_gaussians_have_the_moments_of_the_images():
    images = RNG.integers(80, 176, (500, 2, 3, 1), dtype="uint8")
    drawn, floats = feature_scores.pixel_gaussian(images)(0, 4000), images / 127.5 - 1
    np.testing.assert_allclose(drawn.mean(axis=0), floats.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(drawn.std(axis=0), floats.std(axis=0), atol=0.02)
    off_diagonal = np.corrcoef(drawn.reshape(4000, -1).T)[~np.eye(6, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.06


def test_a_model_of_random_weights_is_another_one():
    model = tiny.stir(tiny.build("dcgan"))
    random, again = feature_scores.untrained(model), feature_scores.untrained(model)
    np.testing.assert_array_equal(again.sample(2), random.sample(2))  # a published number can be computed again
    assert type(random) is type(model) and not np.array_equal(random.sample(2), model.sample(2))


def test_scores_are_those_of_the_metrics():
    real, known, generated = (RNG.standard_normal((count, 3)) for count in (60, 90, 80))
    scores = feature_scores.feature_scores("x", real, known, generated)
    assert scores["kernel_distance"]["value"] == pytest.approx(metrics.kernel_distance(real, generated))
    assert scores["recall"]["value"] == pytest.approx(metrics.precision_recall(real, generated[:60], 5).recall)
    assert scores["frechet"]["low"] <= scores["frechet"]["value"] <= scores["frechet"]["high"]
    assert scores["coverage"]["count"] == 60 and scores["frechet"]["count"] == 80


def test_rows_of_samples_stand_above_their_nearest_training_images():
    model = tiny.build("dcgan")
    train = RNG.integers(0, 256, (30, *tiny.IMAGE_SHAPE), dtype="uint8")
    grid = feature_scores.beside_training(model, {"train": {"image": train}}, count=20)
    samples = model.sample(20, seed=0)
    assert grid.shape == (40, *tiny.IMAGE_SHAPE)
    np.testing.assert_array_equal(grid[20:30], samples[10:])
    nearest = metrics.nearest_images(samples[10:11], train / 127.5 - 1).indices[0, 0]
    np.testing.assert_allclose(grid[30], train[nearest] / 127.5 - 1, atol=1e-6)
