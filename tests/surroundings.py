"""What functions of kerasgen must leave as it was in a user's process."""

import contextlib
import random
import sys

import numpy as np


def random_states():
    """The states of the global random generators, to be compared, and whether TensorFlow is deterministic (None without it)."""
    from keras.src.backend.common import global_state

    generator = global_state.get_global_attribute("global_seed_generator")
    found = {
        "python": random.getstate(),
        "numpy": str(np.random.get_state()),
        "seed": global_state.get_global_attribute("global_random_seed"),
        "keras": None if generator is None else generator.state.numpy().tolist(),
        "tensorflow": None,
        "determinism": None,
    }
    if "tensorflow" in sys.modules:
        from tensorflow.python.eager.context import context
        from tensorflow.python.framework import config

        generator = getattr(context(), "_rng", None)
        found |= {
            "tensorflow": (context()._seed, generator and generator.getstate()),
            "determinism": config.is_op_determinism_enabled(),
        }
    return found


@contextlib.contextmanager
def unmoved():
    """Fails the test if the block moves a global random generator, or makes TensorFlow deterministic for good."""
    before = random_states()
    yield
    after = random_states()
    assert [name for name in before if before[name] != after[name]] == []
