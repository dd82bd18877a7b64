"""Checks of what users pass in: each raises before anything is computed and names the argument, its value and the rule."""

import difflib
import numbers
import warnings

import numpy as np

MAX_COUNT = 1_000_000
MAX_SEED = 2**63 - 1


def integer(name, value, low, high):
    """Returns `value` as an int in low..high.

    Raises:
        ValueError: It is not an integer, or out of range.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{name} must be an integer from {low} to {high}; received {value!r} of type {type(value).__name__}.")
    if not low <= value <= high:
        raise ValueError(f"{name} must be an integer from {low} to {high}; received {value}.")
    return int(value)


def count(value):
    """Returns the number of samples asked for, an int in 1..1,000,000 (they are computed in batches, but returned at once)."""
    return integer("count", value, 1, MAX_COUNT)


def seed(value):
    """Returns the seed of a random draw, an int in 0..2**63-1."""
    return integer("seed", value, 0, MAX_SEED)


def number(name, value, low, high):
    """Returns `value` as a float in [low, high].

    Raises:
        ValueError: It is not a finite number, or out of range.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low} to {high}; received {value!r}.")
    return float(value)


def one_of(name, value, allowed):
    """Returns `value` if it is among `allowed`.

    Raises:
        ValueError: It is not.
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}; received {value!r}.")
    return value


def images(value, shape, name="images", low=-1, high=1):
    """Returns images as a float32 NumPy array (count, *shape) in [low, high].

    Raises:
        ValueError: Wrong rank, size, channels, type or range, NaN among them, or no image at all.
    """
    among = f"in [{low}, {high}]" if np.isfinite(low) else "of finite values"
    expected = f"float images of shape (count, {', '.join(map(str, shape))}) {among}"
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {expected}; received sequences of different lengths.") from error
    if array.ndim != len(shape) + 1 or array.shape[1:] != tuple(shape):
        raise ValueError(f"{name} must be {expected}; received shape {array.shape}.")
    if len(array) == 0:
        raise ValueError(f"{name} must be {expected}, at least one; received none (shape {array.shape}).")
    if not np.issubdtype(array.dtype, np.floating):
        hint = " kerasgen.data.to_float_images converts uint8 images in 0..255." if array.dtype == np.uint8 else ""
        raise ValueError(f"{name} must be {expected}; received type {array.dtype}.{hint}")
    least, most = float(np.min(array)), float(np.max(array))
    if not (np.isfinite(least) and np.isfinite(most)):
        raise ValueError(f"{name} must be {expected}; received NaN or infinite values.")
    if least < low - 0.001 or most > high + 0.001:
        hint = " If they are in 0..255, kerasgen.data.to_float_images converts them." if least >= 0 and most <= 255 else ""
        raise ValueError(f"{name} must be {expected}; received values from {least:.4g} to {most:.4g}.{hint}")
    return array.astype("float32", copy=False)


def grey_levels(value, shape, name="images"):
    """Grey levels of 8-bit images, float32 of 0 .. 255.

    Raises:
        ValueError: They are no images of this shape, or of values between grey levels.
    """
    exact = 127.5 * (images(value, shape, name) + 1)
    grey = np.round(exact)
    if np.abs(grey - exact).max() > 0.01:
        raise ValueError(
            f"{name} must be of 8 bits, with values k / 127.5 - 1, k in 0..255; received values between them. "
            "kerasgen.data.to_float_images makes such images of uint8 ones; log_prob takes continuous images."
        )
    return np.clip(grey, 0, 255).astype("float32")


def binary_images(value, shape, name="images"):
    """As `images`, of which all pixels are -1 or 1.

    Raises:
        ValueError: They are not.
    """
    array = images(value, shape, name)
    if not np.all(np.abs(array) == 1):
        raise ValueError(
            f"{name} must be binary, each pixel -1 or 1: the likelihood is one of bits; received other values. "
            "kerasgen.data.binarise draws bits from uint8 images."
        )
    return array


def vectors(value, dim, name="vectors"):
    """Returns finite real numbers as a float32 NumPy array (count, dim).

    Raises:
        ValueError: Wrong shape or type, NaN or infinite values, or no row at all.
    """
    expected = f"finite real numbers of shape (count, {dim}), at least one row"
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {expected}; received rows of different lengths.") from error
    if array.ndim != 2 or array.shape[1] != dim or not len(array):
        raise ValueError(f"{name} must be {expected}; received shape {array.shape}.")
    if array.dtype.kind not in "fiu" or not np.all(np.isfinite(array.astype("float32"))):
        raise ValueError(f"{name} must be {expected}; received NaN, infinite or other values, of type {array.dtype}.")
    return array.astype("float32", copy=False)


def warn_of_unit_range(images, name):
    """Warns if images that should be in [-1, 1] look as if they were in [0, 1]: none is below 0, and they fill that range."""
    array = np.asarray(images)
    if array.dtype.kind == "f" and -0.001 <= array.min() < 0.02 and 0.98 < array.max() <= 1.001:
        warnings.warn(
            f"{name} ranges from {array.min():.3g} to {array.max():.3g}: that looks like images in [0, 1], while models here "
            f"take [-1, 1]. 2 * {name} - 1 converts them.",
            stacklevel=3,
        )


def labels(value, num_classes, expected_count=None, name="labels"):
    """Returns integer class labels, (count,) or a column (count, 1), as int64 (count,) with values in 0..num_classes-1.

    Raises:
        ValueError: Wrong rank, type, range or number.
    """
    array = np.asarray(value)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    expected = f"integers from 0 to {num_classes - 1} of shape (count,)"
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be {expected}; received shape {array.shape} and type {array.dtype}.")
    if expected_count is not None and len(array) != expected_count:
        raise ValueError(f"{name} must be as many as the images, {expected_count}; received {len(array)}.")
    if len(array) and not 0 <= array.min() <= array.max() < num_classes:
        raise ValueError(f"{name} must be {expected}; received values from {array.min()} to {array.max()}.")
    return array.astype("int64", copy=False)


def labels_asked(count, label, num_classes):
    """(count, labels) of a conditional draw.

    Args:
        count: How many samples; None for one per label of a sequence, else 16.
        label: One class for all samples, a sequence with one class per sample, or None to let the model choose.
        num_classes: Number of classes.

    Returns:
        The count, and an int64 array (count,) or None.

    Raises:
        ValueError: They do not fit each other, or are out of range.
    """
    if label is None or np.ndim(label) == 0:
        count = integer("count", 16 if count is None else count, 1, MAX_COUNT)
        if label is None:
            return count, None
        return count, np.full(count, integer("label", label, 0, num_classes - 1), "int64")
    asked = labels(label, num_classes, name="label")
    if len(asked) == 0:
        raise ValueError("label must be a class or a sequence of at least one; received an empty one.")
    if count is not None and integer("count", count, 1, MAX_COUNT) != len(asked):
        raise ValueError(f"count must be None or the number of labels, {len(asked)}; received {count}.")
    return integer("count", len(asked), 1, MAX_COUNT), asked


def latents(value, latent_dim):
    """Returns latents as a finite float32 NumPy array (count, latent_dim).

    Raises:
        ValueError: Wrong shape, or NaN or infinite values.
    """
    array = np.asarray(value, "float32")
    if array.ndim != 2 or array.shape[1] != latent_dim or not np.all(np.isfinite(array)):
        raise ValueError(f"latents must be finite, of shape (count, {latent_dim}); received shape {array.shape}.")
    return array


def tokens(value, vocabulary_size, name="tokens"):
    """Returns token ids as an int32 NumPy array (count, length) with values in 0..vocabulary_size-1.

    Raises:
        ValueError: Wrong rank, type or range, or none at all.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be token ids (count, length); received rows of different lengths.") from error
    expected = f"token ids, integers from 0 to {vocabulary_size - 1} of shape (count, length)"
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be {expected}; received shape {array.shape} and type {array.dtype}.")
    if array.size == 0:
        raise ValueError(f"{name} must be {expected}, at least one; received none (shape {array.shape}).")
    if not 0 <= array.min() <= array.max() < vocabulary_size:
        raise ValueError(f"{name} must be {expected}; received values from {array.min()} to {array.max()}.")
    return array.astype("int32", copy=False)


def image_shape(value, multiple_of=1):
    """Returns (height, width, channels) as a tuple, height and width positive multiples of `multiple_of`."""
    shape = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    fits = len(shape) == 3 and all(isinstance(n, numbers.Integral) and n > 0 for n in shape)
    if not fits or shape[0] % multiple_of or shape[1] % multiple_of:
        raise ValueError(
            f"image_shape must be (height, width, channels) with height and width multiples of {multiple_of}; "
            f"received {value!r}."
        )
    return tuple(map(int, shape))


def enlargement(widths, fewest=2):
    """By what factor a generator of these widths enlarges its first stage: 2^(len(widths) - 1).

    Raises:
        ValueError: They are not `fewest` or more positive integers.
    """
    is_sequence = isinstance(widths, (tuple, list)) and len(widths) >= fewest
    if not is_sequence or not all(isinstance(width, int) and width > 0 for width in widths):
        raise ValueError(f"widths must be {fewest} or more positive integers, from coarse to fine; received {widths!r}.")
    return 2 ** (len(widths) - 1)


def unknown_name(kind, name, known, hint=""):
    """Returns a ValueError that shows the value received and the three nearest of `known`, whatever their case.

    `known` may be a dictionary {name: the name that it stands for}, as for aliases; both are shown.
    """
    if not isinstance(name, str):
        return ValueError(f"A {kind} is named by a string; received {name!r} of type {type(name).__name__}.")
    by_case = {each.lower(): each for each in known}
    nearest = [by_case[each] for each in difflib.get_close_matches(name.lower(), by_case, n=3, cutoff=0.0)]
    if isinstance(known, dict):
        nearest = [each if known[each] == each else f"{each} (another name of {known[each]})" for each in nearest]
    meant = f" Did you mean {', '.join(nearest)}?" if nearest else f" There is no {kind} yet."
    return ValueError(f"There is no {kind} named {name!r}.{meant}{' ' + hint + '.' if hint else ''}")
