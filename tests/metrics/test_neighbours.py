"""Nearest images against one loop over all pairs."""

import numpy as np
import pytest

from kerasgen.metrics import nearest_images

RNG = np.random.default_rng(4)
REAL = RNG.uniform(-1, 1, (30, 5, 4, 2)).astype("float32")
SAMPLES = RNG.uniform(-1, 1, (6, 5, 4, 2)).astype("float32")


@pytest.mark.parametrize("block", [7, 1000])
def test_all_pairs(block):
    expected = np.array([[np.sqrt(np.mean((a - b) ** 2)) for b in REAL] for a in SAMPLES])
    found = nearest_images(SAMPLES, REAL, 3, block)
    np.testing.assert_array_equal(found.indices, np.argsort(expected, axis=1)[:, :3])
    np.testing.assert_allclose(found.distances, np.sort(expected, axis=1)[:, :3], atol=1e-6)


def test_a_copy_is_found():
    found = nearest_images(REAL[[8, 3]], REAL)
    np.testing.assert_array_equal(found.indices, [[8], [3]])
    assert found.distances.max() < 1e-3


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((SAMPLES[..., :1], REAL), "samples"),
        ((SAMPLES, REAL[0]), "images"),
        ((SAMPLES, (127.5 * (REAL + 1)).astype("uint8")), "images"),
        ((SAMPLES, REAL, 31), "neighbours"),
        ((SAMPLES * 3, REAL), "samples"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must"):
        nearest_images(*arguments)
