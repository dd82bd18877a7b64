"""Scores of encoders: the probe, the baselines, and the neighbours that are shown."""

import numpy as np
import pytest
import tiny
from own_data import ramps

from kerasgen.data import to_float_images
from kerasgen.scores import encoders, experts

RNG = np.random.default_rng(0)


def test_a_probe_learns_what_is_linear_and_guesses_the_rest():
    x = RNG.standard_normal((600, 5))
    linear, noise = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(int), RNG.integers(0, 2, 600)
    assert encoders.probe(x[:400], linear[:400], x[400:], linear[400:]).mean() > 0.93
    assert 0.35 < encoders.probe(x[:400], noise[:400], x[400:], noise[400:]).mean() < 0.65


def test_an_encoder_is_scored_beside_pixels_and_random_weights():
    model, splits = tiny.stir(tiny.build("simclr")), ramps(60)
    scores = encoders.score_encoder(model, splits)
    assert list(scores) == ["probe_accuracy", "probe_accuracy_random", "probe_accuracy_pixels"]
    train, test = splits["train"], splits["test"]
    features = [experts.features_of(model, part["image"]) for part in (train, test)]
    expected = encoders.probe(features[0], train["label"], features[1], test["label"]).mean()
    assert scores["probe_accuracy"].value == pytest.approx(expected)
    assert all(score.low <= score.value <= score.high and score.count == 60 for score in scores.values())
    assert [name for name, score in scores.items() if score.leading] == ["probe_accuracy"]
    assert scores == encoders.score_encoder(model, splits)  # a published number can be computed again
    assert "5 principal components of the pixels" in scores["probe_accuracy_pixels"].protocol


def test_neighbours_stand_beside_their_image():
    model, splits = tiny.stir(tiny.build("simclr")), ramps(30)
    grid = encoders.nearest_neighbour_grid(model, splits, count=3)
    assert grid.shape == (30, *tiny.IMAGE_SHAPE) and grid.dtype == np.float32
    queries = to_float_images(splits["test"]["image"][::10])
    np.testing.assert_array_equal(grid[::10], queries)
    features = model.features(to_float_images(splits["train"]["image"]))
    for query, shown in zip(queries, grid.reshape(3, 10, *tiny.IMAGE_SHAPE), strict=True):
        distances = np.linalg.norm(model.features(shown[1:]) - model.features(query[None]), axis=1)
        nearest = np.sort(np.linalg.norm(features - model.features(query[None]), axis=1))[:9]
        np.testing.assert_allclose(distances, nearest, atol=1e-4)
