"""Weights of the divergence in a variational bound over a training."""

from keras import ops


def linear_warmup(step, steps, final=1.0):
    """A weight that rises from 0 to `final` in a straight line and stays there: a scalar tensor.

    So latents are used before they cost anything (Bowman et al., 2016, arXiv:1511.06349, section 3.1; Sonderby et al., 2016,
    arXiv:1602.02282, section 2.3).

    Args:
        step: Steps taken so far, a number or a scalar tensor.
        steps: Steps of the rise; 0 for none.
        final: The weight after it.
    """
    if not steps:
        return ops.convert_to_tensor(final, dtype="float32")
    return final * ops.minimum(1.0, ops.cast(step, "float32") / steps)
