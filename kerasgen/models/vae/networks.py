"""Convolutions that the models of this family share, between images and features at a quarter of their size."""

from keras import layers


def residual_block(x, width):
    y = layers.Conv2D(width, 3, padding="same")(layers.Activation("relu")(x))
    y = layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(layers.Activation("relu")(y))
    return layers.Add()([x, y])


def shrink(x, widths, blocks):
    """Images (batch, height, width, channels) -> features (batch, height/4 * width/4 * widths[1])."""
    half, quarter = widths
    x = layers.Conv2D(half, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(quarter, 5, strides=2, padding="same")(x)
    for _ in range(blocks):
        x = residual_block(x, quarter)
    return layers.Flatten()(layers.Activation("relu")(x))


def grow(x, image_shape, widths, blocks, channels):
    """Features (batch, any) -> float32 numbers for each pixel (batch, height, width, channels)."""
    height, width, _ = image_shape
    half, quarter = widths
    x = layers.Dense(height // 4 * (width // 4) * quarter)(x)
    x = layers.Reshape((height // 4, width // 4, quarter))(x)
    for _ in range(blocks):
        x = residual_block(x, quarter)
    x = layers.Conv2DTranspose(half, 4, strides=2, padding="same", activation="relu")(layers.Activation("relu")(x))
    return layers.Conv2DTranspose(channels, 4, strides=2, padding="same", dtype="float32")(x)
