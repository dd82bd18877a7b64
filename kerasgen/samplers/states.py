"""What models know of several texts, as nested lists and tuples of arrays with a row for each text, and None."""

import keras
import numpy as np
from keras import ops


def rows_of(states, rows):
    """The states of the texts at these places, in this order; a place may occur several times."""
    rows = np.asarray(rows, "int32")
    return keras.tree.map_structure(
        lambda leaf: leaf[rows] if isinstance(leaf, np.ndarray) else leaf if leaf is None else ops.take(leaf, rows, axis=0),
        states,
    )


def joined(parts):
    """States of some texts and of others as states of all, in this order."""

    def join(*leaves):
        if leaves[0] is None:
            return None
        return np.concatenate(leaves) if isinstance(leaves[0], np.ndarray) else ops.concatenate(leaves, axis=0)

    return keras.tree.map_structure(join, *parts) if len(parts) > 1 else parts[0]
