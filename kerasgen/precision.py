"""The precision that models are built in, whatever a user's keras.json says."""

import contextlib

import keras


@contextlib.contextmanager
def house_settings():
    """Inside the `with` block Keras uses float32 and channels last, as the models of this package do."""
    before = keras.config.floatx(), keras.config.image_data_format()
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_image_data_format(before[1])


@contextlib.contextmanager
def dtype_policy(policy):
    """Layers made inside the `with` block get this Keras dtype policy, such as "float32" or "mixed_bfloat16"."""
    before = keras.config.dtype_policy()
    with house_settings():
        keras.config.set_dtype_policy(policy)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)
