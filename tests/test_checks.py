"""Bad input: each message names the argument, what is allowed and what came. Good input passes, converted."""

import re

import numpy as np
import pytest

from kerasgen import checks

SHAPE = (4, 4, 1)
IMAGES = "float images of shape (count, 4, 4, 1) in [-1, 1]"


def blank(*shape, dtype="float32"):
    return np.zeros(shape, dtype)


def spoiled(value):
    images = blank(2, *SHAPE)
    images[1, 2, 3] = value
    return images


def refused(function, *args, says, **kwargs):
    """The message of the ValueError, which must hold every one of `says`."""
    with pytest.raises(ValueError) as error:
        function(*args, **kwargs)
    for part in says:
        assert re.search(re.escape(part), str(error.value)), f"{part!r} is not in {error.value}"


# Numbers


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (0, "received 0"),
        (-1, "received -1"),
        (10**9, "received 1000000000"),
        (2.5, "received 2.5 of type float"),
        (4.0, "received 4.0 of type float"),
        ("a", "received 'a' of type str"),
        (True, "received True of type bool"),
        (None, "received None of type NoneType"),
        ([3], "received [3] of type list"),
    ],
)
def test_counts_out_of_range_are_refused(value, received):
    refused(checks.count, value, says=["count must be an integer from 1 to 1000000", received])


@pytest.mark.parametrize("value", [-1, 2**63, 0.0, "0", None, False])
def test_seeds_out_of_range_are_refused(value):
    refused(checks.seed, value, says=["seed must be an integer from 0 to 9223372036854775807", f"received {value!r}"])


@pytest.mark.parametrize("value", [-0.1, 1.5, np.nan, np.inf, "0.5", None, True, 1j])
def test_numbers_out_of_range_are_refused(value):
    refused(checks.number, "dropout", value, 0, 1, says=["dropout must be a number from 0 to 1", f"received {value!r}"])


def test_numbers_in_range_become_plain_ones():
    assert checks.count(np.int64(1_000_000)) == 1_000_000
    assert type(checks.count(np.int64(7))) is int
    assert checks.seed(2**63 - 1) == 2**63 - 1
    assert checks.seed(0) == 0
    assert type(checks.number("dropout", np.float32(0.5), 0, 1)) is float
    assert checks.number("dropout", 1, 0, 1) == 1.0


def test_one_of_names_what_is_allowed():
    assert checks.one_of("kind", "mean", ("mean", "bits")) == "mean"
    refused(checks.one_of, "kind", "median", ("mean", "bits"), says=["kind must be one of 'mean', 'bits'", "'median'"])


# Images and labels


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (blank(4, 4, 1), "shape (4, 4, 1)"),
        (blank(2, 4, 4), "shape (2, 4, 4)"),
        (blank(2, 4, 4, 3), "shape (2, 4, 4, 3)"),
        (blank(2, 4, 5, 1), "shape (2, 4, 5, 1)"),
        (blank(0, *SHAPE), "none (shape (0, 4, 4, 1))"),
        (blank(2, *SHAPE, dtype="uint8"), "type uint8. kerasgen.data.to_float_images converts uint8 images in 0..255"),
        (blank(2, *SHAPE, dtype="int64"), "type int64"),
        (blank(2, *SHAPE, dtype="bool"), "type bool"),
        (blank(2, *SHAPE, dtype="complex64"), "type complex64"),
        (spoiled(np.nan), "NaN or infinite"),
        (spoiled(np.inf), "NaN or infinite"),
        (spoiled(-np.inf), "NaN or infinite"),
        (spoiled(255.0), "values from 0 to 255"),
        (spoiled(-1.5), "values from -1.5 to 0"),
        ("a", "shape ()"),
        (None, "shape ()"),
        ([[1.0, 2.0], [3.0]], ""),
    ],
)
def test_bad_images_are_refused(value, received):
    refused(checks.images, value, SHAPE, name="x", says=["x must be", IMAGES, f"received {received}"])


def test_good_images_pass_as_float32():
    images = np.linspace(-1, 1, 32).reshape(2, *SHAPE)
    assert checks.images(images, SHAPE).dtype == np.float32
    np.testing.assert_allclose(checks.images(images, SHAPE), images, atol=1e-7)
    assert checks.images(images.tolist(), SHAPE).shape == images.shape
    assert checks.images(images.astype("float16"), SHAPE).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([0, 1, 3], "received values from 0 to 3"),
        ([-1, 1, 2], "received values from -1 to 2"),
        ([0.0, 1.0, 2.0], "type float64"),
        ([True, False, True], "type bool"),
        (["a", "b", "c"], "type <U1"),
        ([[0, 1], [1, 0]], "shape (2, 2)"),
        (1, "shape ()"),
        (None, "shape ()"),
    ],
)
def test_bad_labels_are_refused(value, says):
    refused(checks.labels, value, 3, name="y", says=["y must be integers from 0 to 2 of shape (count,)", says])


def test_labels_are_as_many_as_the_images():
    refused(checks.labels, [0, 1], 3, expected_count=5, name="y", says=["y must be as many as the images, 5; received 2"])
    labels = checks.labels(np.array([0, 2], "uint8"), 3, expected_count=2)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2]


@pytest.mark.parametrize(
    "value", [28, (28, 28), (28, 28, 1, 1), (28, 0, 1), (-4, 28, 1), (28.0, 28, 1), (28, 30, 1), (30, 28, 1), None, "28"]
)
def test_bad_image_shapes_are_refused(value):
    refused(checks.image_shape, value, multiple_of=4, says=["image_shape must be (height, width, channels)", "4", repr(value)])


def test_image_shapes_become_plain_tuples():
    shape = checks.image_shape(list(np.array([28, 32, 3])), multiple_of=4)
    assert shape == (28, 32, 3)
    assert [type(size) for size in shape] == [int, int, int]  # NumPy's integers do not survive JSON


def test_unknown_names_get_the_three_nearest():
    known = ["dcgan-mnist", "dcgan-fashion", "gan-mnist", "vae-mnist", "lstm-shakespeare"]
    error = checks.unknown_name("model", "dcgan-mnits", known, hint="`kerasgen list` shows them all")
    assert isinstance(error, ValueError)
    assert str(error).startswith("There is no model named 'dcgan-mnits'. Did you mean dcgan-mnist, ")
    assert str(error).endswith("? `kerasgen list` shows them all.") and str(error).count(",") == 2
    assert str(checks.unknown_name("recipe", "a", [])) == "There is no recipe named 'a'. There is no recipe yet."
    assert "Did you mean dcgan-fashion, dcgan-mnist, gan-mnist?" in str(checks.unknown_name("model", "DCGAN-Fashion", known))
    aliases = {**{name: name for name in known}, "char-rnn": "lstm-shakespeare"}
    assert "Did you mean char-rnn (another name of lstm-shakespeare)," in str(checks.unknown_name("model", "Char-RN", aliases))
    assert str(checks.unknown_name("model", 3, known)) == "A model is named by a string; received 3 of type int."
