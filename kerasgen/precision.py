"""The precision that models are built in."""

import contextlib

import keras


@contextlib.contextmanager
def built_in(policy):
    """Layers made inside the `with` block get this Keras dtype policy, such as "float32" or "mixed_bfloat16"."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
