"""The networks of the hierarchical VAE: a convolutional encoder, and the ladder that draws its layers from the top down.

Child, 2021, arXiv:2011.10650, section 3, with two convolutions a residual block. What is known of an image while it is drawn
are features h: a vector at first, then maps of a quarter and of a half of the image's size. For each stochastic layer,

    expected mean and scale m, s = prior(h);  for an image, a, b = look(h, evidence);  u = a + b * normal;  h = join(h, m + s u)

Convolutions that begin as zeros make both distributions the same at the start of a training, and each block the identity.
"""

import itertools

import keras
import numpy as np
from keras import layers, ops

from kerasgen.models.vae.networks import residual_block

SCALES = ("vector", "quarter", "half")  # of a stochastic layer: one place, or maps of a quarter or a half of the image's size


@keras.saving.register_keras_serializable("kerasgen")
class Ladder(layers.Layer):
    """(normal, evidence) -> parameters of the likelihood (batch, height, width, numbers), latents, their mean and log-variance.

    With the evidence of images, a list with a tensor for each stochastic layer, the latents are mean + deviation * normal of
    q(u | image), each layer given those above it. Without, they are `normal` itself: mean and log-variance are zeros.
    """

    def __init__(self, image_shape, scales, depths, widths, blocks, hidden_dim, numbers, name="ladder", **kwargs):
        # Under a mixed policy Keras would round latents to half precision here: the networks below see to that themselves.
        super().__init__(name=name, autocast=False, **{**kwargs, "dtype": "float32"})
        self.config = (image_shape, scales, depths, widths, blocks, hidden_dim, numbers)
        shapes = feature_shapes(image_shape, widths, hidden_dim)
        self.layer_shapes = [(*shapes[scale][:-1], depth) for scale, depth in zip(scales, depths, strict=True)]
        self.latent_dim = sum(int(np.prod(shape)) for shape in self.layer_shapes)
        self.start = self.add_weight(shape=(1, hidden_dim), initializer="zeros", name="start")
        self.moves, self.priors, self.looks, self.joins = [], [], [], []
        scale = "vector"
        for wanted, depth in zip(scales, depths, strict=True):
            self.moves.append(build_move(shapes, scale, wanted))
            scale = wanted
            self.priors.append(build_prior(shapes[scale], depth))
            self.looks.append(build_look(shapes[scale], depth))
            self.joins.append(build_join(shapes[scale], depth, blocks))
        self.moves.append(build_move(shapes, scale, "half"))
        self.head = build_head(shapes["half"], numbers)
        self.built = True

    def call(self, normal, evidence=None):
        h = ops.tile(self.start, (ops.shape(normal)[0], 1))
        found = []
        for i, given in enumerate(split(normal, self.layer_shapes)):
            u = ops.reshape(given, (-1, *self.layer_shapes[i]))
            h = self.moves[i](h)
            mean = log_variance = ops.zeros_like(u)
            if evidence is not None:
                mean, log_variance = self.looks[i]([h, evidence[i]])
                u = mean + ops.exp(0.5 * log_variance) * u
            expected, log_scale = self.priors[i](h)
            h = self.joins[i]([h, expected + ops.exp(log_scale) * u])
            found.append([ops.reshape(part, ops.shape(given)) for part in (u, mean, log_variance)])
        return self.head(self.moves[-1](h)), *(ops.concatenate(parts, axis=1) for parts in zip(*found, strict=True))

    def get_config(self):
        names = ("image_shape", "scales", "depths", "widths", "blocks", "hidden_dim", "numbers")
        return {**super().get_config(), **dict(zip(names, self.config, strict=True))}


def checked_layers(scales, depths):
    """(scales, depths) as they are, if they name stochastic layers.

    Raises:
        ValueError: They do not.
    """
    known = isinstance(scales, (tuple, list)) and scales and all(scale in SCALES for scale in scales)
    if not known or scales[0] != "vector" or sorted(scales, key=SCALES.index) != list(scales):
        raise ValueError(f'scales must be of {SCALES}, in this order, the first "vector"; received {scales!r}.')
    fits = isinstance(depths, (tuple, list)) and len(depths) == len(scales)
    if not fits or not all(isinstance(depth, int) and depth > 0 for depth in depths):
        raise ValueError(f"depths must be a positive integer for each of the {len(scales)} layers; received {depths!r}.")
    return scales, depths


def feature_shapes(image_shape, widths, hidden_dim):
    """The shape of features at each scale."""
    height, width, _ = image_shape
    half, quarter = widths
    return {"vector": (hidden_dim,), "quarter": (height // 4, width // 4, quarter), "half": (height // 2, width // 2, half)}


def split(values, shapes):
    """Numbers of latents (batch, latent_dim) as a list of (batch, numbers of the layer)."""
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    return [values[:, first:last] for first, last in itertools.pairwise(ends)]


def linear(width, shape, **options):
    """A layer from and to features of this shape: a convolution of maps, a dense layer of vectors."""
    return layers.Dense(width, **options) if len(shape) == 1 else layers.Conv2D(width, 3, padding="same", **options)


def relu(x):
    return layers.Activation("relu")(x)


def residual(x, shape):
    """A residual block that keeps the shape of features."""
    if len(shape) == 3:
        return residual_block(x, shape[-1])
    return layers.Add()([x, layers.Dense(shape[0], kernel_initializer="zeros")(relu(layers.Dense(shape[0])(relu(x))))])


def within(x, bound):
    """Numbers as such between -bound and bound, in float32; near 0 as they are."""
    return bound * ops.tanh(x / bound)


def build_encoder(image_shape, scales, widths, blocks, hidden_dim):
    """images in [-1, 1] -> the evidence for each stochastic layer: features of its scale."""
    images, shapes = keras.Input(image_shape), feature_shapes(image_shape, widths, hidden_dim)
    features, x = {}, images
    for scale, size in (("half", 5), ("quarter", 3)):
        x = layers.Conv2D(shapes[scale][-1], size, strides=2, padding="same")(x)
        for _ in range(blocks):
            x = residual(x, shapes[scale])
        features[scale], x = x, relu(x)
    features["vector"] = layers.Dense(hidden_dim)(layers.Flatten()(x))
    evidence = [linear(shapes[scale][-1], shapes[scale])(relu(features[scale])) for scale in scales]
    return keras.Model(images, evidence, name="encoder")


def build_move(shapes, scale, wanted):
    """Features of a scale -> those of the same or a finer one."""
    x = features = keras.Input(shapes[scale])
    if scale == "vector" and wanted != "vector":
        x, scale = layers.Dense(int(np.prod(shapes["quarter"])))(relu(x)), "quarter"
        x = layers.Reshape(shapes["quarter"])(x)
    if scale == "quarter" and wanted == "half":
        x = layers.Conv2DTranspose(shapes["half"][-1], 4, strides=2, padding="same")(relu(x))
    return keras.Model(features, x)


def build_prior(shape, depth):
    """Features -> mean and logarithm of the scale of what is expected, each (batch, ..., depth)."""
    features = keras.Input(shape)
    numbers = linear(2 * depth, shape, dtype="float32", kernel_initializer="zeros")(relu(features))
    mean, log_scale = ops.split(numbers, 2, axis=-1)
    return keras.Model(features, [mean, within(log_scale, 3.0)])


def build_look(shape, depth):
    """[features, evidence] -> mean and log-variance of q, each (batch, ..., depth); 0, which is the prior, at the start."""
    features, evidence = keras.Input(shape), keras.Input(shape)
    x = layers.Add()([evidence, linear(shape[-1], shape)(relu(features))])
    x = residual(x, shape)
    numbers = linear(2 * depth, shape, dtype="float32", kernel_initializer="zeros")(relu(x))
    mean, log_variance = ops.split(numbers, 2, axis=-1)
    return keras.Model([features, evidence], [mean, within(log_variance, 10.0)])


def build_join(shape, depth, blocks):
    """[features, latents of this layer] -> features that know of them."""
    features, z = keras.Input(shape), keras.Input((*shape[:-1], depth))
    x = layers.Add()([features, linear(shape[-1], shape)(z)])
    for _ in range(blocks):
        x = residual(x, shape)
    return keras.Model([features, z], x)


def build_head(shape, numbers):
    """Features at half of the image's size -> parameters of the likelihood (batch, height, width, numbers)."""
    features = keras.Input(shape)
    x = layers.Conv2DTranspose(shape[-1], 4, strides=2, padding="same")(relu(features))
    return keras.Model(features, layers.Conv2D(numbers, 3, padding="same", dtype="float32")(relu(x)))
