"""Pictures of attention: order, light and the marked pixel."""

import numpy as np
import pytest

from kerasgen.plots import attention_images

IMAGES = np.stack([np.full((4, 4, 1), 0.0), np.full((4, 4, 1), 1.0)])
PIXELS = [(0, 3), (2, 2), (3, 0)]


def test_each_image_is_followed_by_its_maps():
    maps = np.zeros((3, 2, 2, 2))
    maps[0, :, 0, 0] = maps[1, :, 1, 1] = maps[2, :, 1, 0] = 0.7
    out = attention_images(IMAGES, maps, PIXELS)
    assert out.shape == (8, 4, 4, 3) and out.dtype == np.float32 and np.abs(out).max() <= 1
    np.testing.assert_allclose(out[4], 1)
    np.testing.assert_allclose(out[0], 0, atol=0.01)
    for place, (row, column) in enumerate(PIXELS, start=1):
        np.testing.assert_allclose(out[place, row, column], (1, -1, -1))
    assert out[1, 0, 0].mean() > out[1, 3, 3].mean() and out[2, 3, 3].mean() > out[2, 0, 0].mean()
    np.testing.assert_allclose(out[1, 3, 3], 2 * 0.3 * 0.5 - 1, atol=0.01)  # dimmed where nothing is looked at


@pytest.mark.parametrize("shape", [(2, 2, 2, 2), (3, 1, 2, 2), (3, 2, 3, 2), (3, 2, 2)])
def test_maps_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"maps must have shape \(3, 2, h, w\)"):
        attention_images(IMAGES, np.ones(shape), PIXELS)
