"""What every metric requires of its input, and the errors for input that does not fit."""

import numpy as np


def refusal(name, allowed, received):
    """Returns a ValueError with the argument's name, what is allowed and what was received."""
    return ValueError(f"{name} must be {allowed}; received {received}.")


def require(condition, name, allowed, received):
    """Raises that error unless the condition holds."""
    if not condition:
        raise refusal(name, allowed, received)


def whole_number(name, value, low, high=None, limit=""):
    """Returns `value` as an int of at least `low` and at most `high`; `limit` says where `high` comes from."""
    allowed = f"an integer of at least {low}" + ("" if high is None else f" and at most {high}{limit}")
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    require(is_integer and low <= value and (high is None or value <= high), name, allowed, repr(value))
    return int(value)


def real_array(name, value, allowed="an array of finite real numbers"):
    """Returns `value` as an array of finite real numbers, in its own type."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length: NumPy's own message does not know the argument's name
        raise refusal(name, allowed, "rows of unequal length") from None
    require(array.dtype.kind in "fiu", name, allowed, f"dtype {array.dtype}")
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(index) for index in np.argwhere(~finite)[0])
        raise refusal(name, "finite everywhere", f"{array[where]} at index {where}")
    return array


def feature_array(name, value, min_count=2, num_features=None):
    """Returns `value` as a finite array of shape (count, features), in its own type."""
    allowed = f"an array of real numbers of shape (count, {num_features or 'features'}) with count >= {min_count}"
    array = real_array(name, value, allowed)
    fits = array.ndim == 2 and len(array) >= min_count and array.shape[1] >= 1
    fits = fits and num_features in (None, array.shape[1])
    require(fits, name, allowed, f"shape {array.shape}")
    return array


def feature_pair(real, generated):
    """Returns both arrays as `feature_array` does; the second must have the features of the first."""
    real = feature_array("real", real)
    return real, feature_array("generated", generated, num_features=real.shape[1])


def probability_array(name, value):
    """Returns `value` as an array of shape (count, classes) whose rows are probability distributions."""
    allowed = "an array of probabilities of shape (count, classes) with count >= 1 and classes >= 2"
    array = real_array(name, value, allowed)
    require(array.ndim == 2 and len(array) >= 1 and array.shape[1] >= 2, name, allowed, f"shape {array.shape}")
    require(array.min() >= 0, name, "nowhere negative", f"a value of {array.min()}")
    sums = array.sum(axis=1, dtype="float64")
    worst = sums[np.argmax(np.abs(sums - 1))]
    # 1e-3 passes probabilities that were stored as float16 and refuses logits and unnormalised scores.
    allowed = "softmax outputs: rows that sum to 1 within 0.001"
    require(abs(worst - 1) <= 1e-3, name, allowed, f"a row with the sum {worst}")
    return array
