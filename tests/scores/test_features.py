"""Scores by features: copies, and the distances of models that learned nothing."""

import numpy as np
import pytest
import tiny
from own_data import ramps

from kerasgen import metrics
from kerasgen.scores import features
from kerasgen.scores.experts import features_of

RNG = np.random.default_rng(0)


def test_copies_are_nearer_than_real_images():
    real, known, fresh = (RNG.standard_normal((200, 4)) for _ in range(3))

    def share(generated):
        return features.copying("x", real, known, generated).value

    assert share(known + 1e-3) > 0.99
    assert share(fresh) == pytest.approx(0.5, abs=0.1)
    assert share(real) == pytest.approx(0.5)
    assert share(fresh + 50) < 0.01


def test_pixel_gaussians_have_the_moments_of_the_images():
    images = RNG.integers(80, 176, (500, 2, 3, 1), dtype="uint8")
    drawn, floats = features.pixel_gaussian(images)(0, 4000), images / 127.5 - 1
    np.testing.assert_allclose(drawn.mean(axis=0), floats.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(drawn.std(axis=0), floats.std(axis=0), atol=0.02)
    off_diagonal = np.corrcoef(drawn.reshape(4000, -1).T)[~np.eye(6, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.06


def test_distances_are_those_of_the_metrics():
    real, known, generated = (RNG.standard_normal((count, 3)) for count in (60, 90, 80))
    scores = features.distance_scores("x", real, known, generated)
    for name, distance in (("kernel_distance", metrics.kernel_distance), ("frechet", metrics.frechet_distance)):
        assert scores[name].value == pytest.approx(distance(real, generated))
        assert scores[name].reference == pytest.approx(distance(real, known))
        assert scores[name].low <= scores[name].value <= scores[name].high and scores[name].count == 80
    assert scores["frechet"].leading and "x features, 80 samples against 60 test images" in scores["frechet"].protocol


def test_a_generator_is_scored_beside_what_learned_nothing(monkeypatch):
    encoder, model = tiny.stir(tiny.build("simclr")), tiny.stir(tiny.build("dcgan"))
    monkeypatch.setattr(features, "expert", lambda name: encoder)
    splits = ramps(40)
    scores = features.score_features("an-encoder", samples=100)(model, splits)
    drawn, real = features_of(encoder, model.sample(100, seed=2024)), features_of(encoder, splits["test"]["image"])
    assert scores["kernel_distance"].value == pytest.approx(metrics.kernel_distance(real, drawn), rel=1e-4)
    assert scores["recall"].value == pytest.approx(metrics.precision_recall(real, drawn[:40], 5).recall)
    assert scores["coverage"].count == 40 and scores["frechet"].count == 100  # as many as there are test images
    assert {"kernel_distance_random", "kernel_distance_gaussian", "nearer_than_real"} <= set(scores)
    assert scores == features.score_features("an-encoder", samples=100)(model, splits)
    validated = features.validate_features("an-encoder", count=100)(model, splits)
    assert set(validated) == {"kernel_distance", "frechet", "precision", "recall"} and all(map(np.isfinite, validated.values()))


def test_rows_of_samples_stand_above_their_nearest_training_images():
    model = tiny.build("dcgan")
    train = RNG.integers(0, 256, (30, *tiny.IMAGE_SHAPE), dtype="uint8")
    grid = features.beside_training(model, {"train": {"image": train}}, count=20)
    samples = model.sample(20, seed=0)
    assert grid.shape == (40, *tiny.IMAGE_SHAPE)
    np.testing.assert_array_equal(grid[20:30], samples[10:])
    nearest = metrics.nearest_images(samples[10:11], train / 127.5 - 1).indices[0, 0]
    np.testing.assert_allclose(grid[30], train[nearest] / 127.5 - 1, atol=1e-6)
