"""Latents: geometry of ways, truncation, determinism."""

import numpy as np
import pytest

from kerasgen import latents, noise


def test_draws_are_the_shared_noise_times_the_truncation():
    np.testing.assert_array_equal(latents.draw(5, 4, seed=3, start=2), noise.normal((5,), 3, 2, 6))
    halves = latents.draw(5, 4, seed=3, start=2, truncation=0.5)
    np.testing.assert_allclose(halves, noise.normal((5,), 3, 2, 6) / 2)
    assert halves.dtype == np.float32


def test_draws_have_the_defaults_of_sample():
    np.testing.assert_array_equal(latents.draw(5), noise.normal((5,), 0, 0, 16))
    with pytest.raises(TypeError):
        latents.draw(5, 3, 0, 4)  # seed, start, stop: by name alone


@pytest.mark.parametrize("wrong", [{"latent_dim": 0}, {"count": 0}, {"seed": -1}, {"start": -1}, {"truncation": 2}])
def test_draws_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))} must be"):
        latents.draw(**{"latent_dim": 5, **wrong})


def test_a_great_circle_keeps_length_and_pace():
    first, second = np.array([2.0, 0, 0], "float32"), np.array([0, 2.0, 0], "float32")
    way = latents.great_circle(first, second, 7)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 2, rtol=1e-5)
    np.testing.assert_allclose(np.arctan2(way[:, 1], way[:, 0]), np.linspace(0, np.pi / 2, 7), atol=1e-5)
    assert way.dtype == np.float32


@pytest.mark.parametrize("second", [[1.0, 2.0], [3.0, 6.0], [0.0, 0.0]])
def test_where_there_is_no_circle_the_way_is_straight(second):
    first, second = np.array([1.0, 2.0], "float32"), np.array(second, "float32")
    way = latents.great_circle(first, second, 3)
    np.testing.assert_allclose(way, [first, (first + second) / 2, second], atol=1e-3)


def test_a_walk_passes_the_samples_and_closes():
    way = latents.walk(6, stops=4, steps=5, seed=9)
    assert way.shape == (20, 6)
    np.testing.assert_allclose(way[::5], latents.draw(6, 4, seed=9), atol=1e-6)
    jumps = np.linalg.norm(np.diff(way, axis=0, append=way[:1]), axis=1)
    assert jumps.max() < 2.5  # the last is no further from the first than any two neighbours
    np.testing.assert_allclose(latents.walk(6, 4, 5, 9, truncation=0.5), way / 2, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [({"stops": 1}, "stops"), ({"steps": 0}, "steps"), ({"seed": -1}, "seed"), ({"truncation": 2}, "truncation")],
)
def test_walks_out_of_range_are_refused(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        latents.walk(6, **arguments)
