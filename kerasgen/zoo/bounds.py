"""What an entry may ask for before any memory is taken: numbers of weights, and optimizers that are nothing else."""

import contextlib
import copy
import inspect
import math
import re

import keras

from kerasgen.json_files import plain

SLACK = 100_000  # numbers beyond what the weights file holds: states that it leaves out
MAX_ARRAYS = 2_000  # the largest model of the zoo has some three hundred
PARTS = ("learning_rate", "inner_optimizer")  # settings of Keras' own that may be objects
BAD_KEYS = ("build_config", "compile_config")
LISTS = {"boundaries": (int, float), "values": (int, float), "exclude_layers": str}  # settings of Keras' own that are lists


@contextlib.contextmanager
def bounded(weights_bytes):
    """Inside the block, refuses layers with more weights than a file of that size can hold.

    A file takes at least two bytes per number; an average of the weights, which the file leaves out, doubles their count.

    Raises:
        ValueError: A layer asks for more.
    """
    limit, taken, arrays, add_weight = weights_bytes + SLACK, 0, 0, keras.layers.Layer.add_weight

    def counted(layer, shape=None, *args, **options):
        nonlocal taken, arrays
        taken += math.prod(shape or ())
        arrays += 1
        if taken > limit or arrays > MAX_ARRAYS:
            raise ValueError(
                f"The entry's config asks for more weights than its file of {weights_bytes:,} bytes can hold: refused at "
                f"{layer.name}, {taken:,} numbers in {arrays:,} arrays."
            )
        return add_weight(layer, shape, *args, **options)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add_weight


def check_optimizer(serialized, where):
    """Raises unless a serialized optimizer holds optimizers, groups of them, and learning-rate schedules, and nothing else.

    Raises:
        ValueError: The message begins with `where` and names the part.
    """
    kinds = (keras.optimizers.Optimizer, keras.optimizers.schedules.LearningRateSchedule)
    found = _class_of(serialized)
    if not (isinstance(found, type) and issubclass(found, kinds)):
        name = serialized.get("class_name") if isinstance(serialized, dict) else serialized
        raise ValueError(f"{where} must be an optimizer or a learning-rate schedule; found {name!r:.80}.")
    for key in serialized:
        if key in BAD_KEYS:
            raise ValueError(f"{where}: {key!r} is refused: it would make objects of its own.")
    settings = inspect.signature(found.__init__).parameters if found.__module__.startswith("keras.") else None
    if settings and "learning_rate" in settings and "learning_rate" not in serialized["config"]:
        raise ValueError(f"{where}.learning_rate is missing.")
    for key, value in serialized["config"].items():
        place = f"{where}.{plain(key):.80}"
        _check_values(value, place)
        if settings is not None and not (key in PARTS and isinstance(value, dict)):
            _check_setting(key, value, getattr(settings.get(key), "default", None), place)
    try:
        keras.saving.deserialize_keras_object(copy.deepcopy(serialized))
    except Exception as error:  # whatever Keras raises at values that fit no constructor
        raise ValueError(f"{where} cannot be made: {plain(error):.200}") from error


def _check_values(value, where):
    if isinstance(value, dict):
        check_optimizer(value, where)
    elif isinstance(value, list):
        for item in value:
            _check_values(item, where)


def _check_setting(key, value, default, where):
    """Raises unless a setting of one of Keras' own optimizers is of its kind; some would show in the training only."""
    if key in LISTS:
        fits, kind = isinstance(value, list) and all(_is_plain(item, LISTS[key]) for item in value), "a list"
    elif key == "name":
        fits, kind = value is None or _is_plain(value, str), "a name"
    elif isinstance(default, bool):
        fits, kind = isinstance(value, bool), "true or false"
    else:
        needed = default is inspect.Parameter.empty
        fits, kind = (value is None and not needed) or _is_plain(value, (int, float)), "a number"
    if not fits:
        raise ValueError(f"{where} must be {kind}; found {value!r:.80}.")


def _is_plain(value, kind):
    """Whether a value is of that type; a text is no more than a name, for Keras takes some as regular expressions."""
    is_name = not isinstance(value, str) or re.fullmatch(r"[\w ./-]{0,200}", value)
    return isinstance(value, kind) and not isinstance(value, bool) and bool(is_name)


def _class_of(serialized):
    """The class that Keras would instantiate; None if it is neither one of Keras' optimizers nor registered."""
    if not isinstance(serialized, dict) or not isinstance(serialized.get("config"), dict):
        return None
    name, registered = serialized.get("class_name"), serialized.get("registered_name")
    if not isinstance(registered, str | None):
        return None
    if registered and (found := keras.saving.get_registered_object(registered)) is not None:
        return found
    rooms = {"keras.optimizers": keras.optimizers, "keras.optimizers.schedules": keras.optimizers.schedules}
    module = serialized.get("module")
    known = isinstance(module, str) and isinstance(name, str) and module in rooms
    return getattr(rooms[module], name, None) if known else None
