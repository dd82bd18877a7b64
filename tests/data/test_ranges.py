"""From uint8 to [-1, 1] and back, and what is neither."""

import numpy as np
import pytest

from kerasgen.data import to_float_images, to_uint8_images

LEVELS = np.arange(256, dtype="uint8")


def test_there_and_back():
    np.testing.assert_array_equal(to_uint8_images(to_float_images(LEVELS)), LEVELS)
    np.testing.assert_array_equal(to_uint8_images(LEVELS), LEVELS)  # as they are
    np.testing.assert_array_equal(to_float_images([[0, 255]]), [[-1, 1]])
    np.testing.assert_allclose(to_float_images(LEVELS.astype("float64")), to_float_images(LEVELS), atol=1e-6)
    assert to_uint8_images(np.array([-1.5, 1.5])).tolist() == [0, 255]


@pytest.mark.parametrize("images", [LEVELS / 255, LEVELS / 127.5 - 1, LEVELS * 2.0, LEVELS.astype(int) - 300, np.array(["a"])])
def test_what_is_not_0_to_255_is_refused(images):
    with pytest.raises(ValueError, match="images must be"):
        to_float_images(images)


@pytest.mark.parametrize("images", [LEVELS.astype("int64"), np.array([np.nan]), np.array([np.inf, 0]), np.array(["a"])])
def test_what_is_not_floats_is_refused(images):
    with pytest.raises(ValueError, match="images must be"):
        to_uint8_images(images)
