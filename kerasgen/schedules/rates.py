"""Learning rates over a training."""

import keras


def half_cosine(rate, steps, final=0.0, warmup=0):
    """A rate that falls along a half cosine, after an optional rise in a straight line.

    Loshchilov & Hutter, 2017, arXiv:1608.03983, equation 5, without restarts.

    Args:
        rate: The highest rate, above 0.
        steps: Steps from the highest rate to the last; with `warmup` these come after it.
        final: The last rate, as a share of the highest; it stays there.
        warmup: Steps of the rise from 0; 0 for none.

    Returns:
        A Keras schedule.
    """
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(rate, steps, alpha=final)
    return keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=rate, warmup_steps=warmup, alpha=final)
