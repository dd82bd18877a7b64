"""Rotary positions: attention that knows how far apart two tokens are, and not where they stand.

Su et al., 2021, arXiv:2104.09864, equation 34, with the halves of a vector as the two coordinates of each plane (as in GPT-NeoX
and Llama): plane i of a vector at position m is turned by the angle m * base ** (-2 i / depth), so that the product of a query
at m and a key at n depends on m - n alone.
"""

from keras import ops


def rotary(x, first=0, base=10_000.0):
    """Turns vectors by their positions.

    Args:
        x: (batch, length, heads, depth), with an even depth. The vectors stand at first, first + 1, ...
        first: Position of the first of them, a number or a scalar tensor.
        base: The slowest plane turns by one radian in about `base` tokens.

    Returns:
        Array like `x`.
    """
    half = x.shape[-1] // 2
    speeds = base ** (-ops.arange(half, dtype="float32") / half)
    positions = ops.cast(ops.arange(ops.shape(x)[1]) + first, "float32")
    angles = (positions[:, None] * speeds)[:, None, :]  # (length, 1, depth / 2)
    cos, sin = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
    a, b = x[..., :half], x[..., half:]
    return ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
