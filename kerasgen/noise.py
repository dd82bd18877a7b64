"""Random numbers for sampling: number i of a seed is the same in any batch, on any backend and on any machine.

Philox (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3") is a function of a key and a counter. The key is
the seed, the counter starts at the sample's index, so that no sample depends on how many others are drawn.
"""

import numpy as np


def _generator(seed, index, stream):
    return np.random.Generator(np.random.Philox(key=[seed, stream], counter=[0, 0, index, 0]))


def normal(shape, seed, start, stop, stream=0):
    """Standard normal numbers for samples start..stop-1.

    Args:
        shape: Shape of one sample's numbers.
        seed: Integer in 0 .. 2**63 - 1.
        start, stop: Indices of the first sample and of the one after the last.
        stream: Another number gives numbers independent of those of stream 0.

    Returns:
        float32 array (stop - start, *shape).
    """
    rows = [_generator(seed, index, stream).standard_normal(shape, "float32") for index in range(start, stop)]
    return np.stack(rows)


def uniform(shape, seed, start, stop, stream=0):
    """Like `normal`, but uniform in [0, 1)."""
    rows = [_generator(seed, index, stream).random(shape, "float32") for index in range(start, stop)]
    return np.stack(rows)
