"""Gated PixelCNN of images of bits: convolutions that see only what comes before, row by row from the top.

van den Oord et al., 2016, "Conditional image generation with PixelCNN decoders", arXiv:1606.05328, section 2; after "Pixel
recurrent neural networks", arXiv:1601.06759. Two stacks of layers have no blind spot between them:

    vertical      v at (row, column) sees the rows above alone, to both sides
    horizontal    h at (row, column) sees its own row left of the column, and v

    v <- gate(convolution of v),    h <- h + W gate(convolution of h + U (convolution of v)),    gate(a, b) = tanh(a) sigmoid(b)

The first convolutions are moved by a row and by a pixel, so that nothing sees itself; all others may see their own place, which
by then says nothing of the pixel there. Training and `log_prob` take one pass for all pixels.

Drawing goes pixel by pixel. What the layers have computed for the pixels before is kept (Ramachandran et al., 2017,
arXiv:1704.06001): a pixel costs one column of the horizontal stack, a row one row of the vertical one (pixel_cache.py).

pixels.py says what images are, and how they are drawn and completed.
"""

import keras
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage
from kerasgen.models.autoregressive.pixel_cache import PixelCache
from kerasgen.models.autoregressive.pixels import PixelModel, bernoulli_nats
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class PixelCNN(PixelModel):
    """Gated PixelCNN.

    Args:
        image_shape: (height, width, 1).
        width: Channels of both stacks.
        num_layers: Gated layers.
        first_kernel: Side of the first convolutions' field, odd, at least 3.
        kernel: Side of the other convolutions' field, odd, at least 3; of it, the upper half and the left are seen.
        head_dim: Channels of the layer between the last gated layer and the logits.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.

    Raises:
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        width=24,
        num_layers=6,
        first_kernel=7,
        kernel=3,
        head_dim=48,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=1)
        if self.image_shape[2] != 1:
            raise ValueError(f"image_shape must have one channel: its pixels are bits; received {self.image_shape}.")
        self.width = checks.integer("width", width, 1, 10_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 1000)
        self.first_kernel, self.kernel = checked_side("first_kernel", first_kernel), checked_side("kernel", kernel)
        self.head_dim = checks.integer("head_dim", head_dim, 1, 10_000)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = build_network(self.image_shape, width, num_layers, first_kernel, kernel, head_dim, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read_bits = compiled(self.average, self)  # what the verbs use
        self.built = True

    def call(self, images, training=False):
        """Logits of the pixels of bits: by the average that the verbs use; in training, by `network` itself."""
        return self.network(images, training=True) if training else self.average(images)

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.negative_log_likelihood(images, self.network, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.negative_log_likelihood(images, self.average)
        return self.logs()

    def negative_log_likelihood(self, images, network, **options):
        """Mean over the batch in nats an image."""
        bits = self.drawn(images)
        loss = ops.mean(ops.sum(ops.softplus(-bits * network(bits, **options)), axis=(1, 2, 3)))
        self.track(loss=loss)
        return loss

    def networks(self):
        bits = keras.Input(self.image_shape, name="images")
        return {"log_prob": keras.Model(bits, BitsLogProb(name="sum")([bits, self.network(bits)]), name="log_prob")}

    # What the verbs read

    def log_probs_of(self, bits):
        return bernoulli_nats(bits, ops.convert_to_numpy(self.read_bits(bits)))

    def write(self, canvas, uniform, lot):
        with self.average.in_place():
            weights = {layer.name: [ops.convert_to_numpy(w) for w in layer.weights] for layer in self.network.layers}
        return PixelCache(weights, self.num_layers, self.first_kernel, self.kernel).write(canvas, uniform)


def checked_side(name, side):
    side = checks.integer(name, side, 3, 99)
    if side % 2 == 0:
        raise ValueError(f"{name} must be odd, so that it has a middle; received {side}.")
    return side


def build_network(image_shape, width, num_layers, first_kernel, kernel, head_dim, seed):
    """images of -1 and 1 -> logits (batch, height, width, 1) in float32."""

    def convolution(units, size, name, **options):
        number = None if seed is None else seed + len(names)
        names.append(name)
        start = keras.initializers.GlorotUniform(number)
        return layers.Conv2D(units, size, kernel_initializer=start, name=name, **options)

    names, images = [], keras.Input(image_shape)
    v = h = images
    for i in range(num_layers):
        half = (first_kernel if i == 0 else kernel) // 2
        above, left = (half, half) if i == 0 else (half + 1, half + 1)  # rows above, with the row itself; pixels to the left
        # The first sees `half` rows above its own, the others the same and their own, which holds rows above alone.
        seen = layers.ZeroPadding2D(((half, 0), (half, half)))(v)
        seen = layers.Cropping2D(((0, 1), (0, 0)))(seen) if i == 0 else seen
        v_sums = convolution(2 * width, (above, 2 * half + 1), f"vertical_{i}")(seen)
        seen = layers.ZeroPadding2D(((0, 0), (half, 0)))(h)
        seen = layers.Cropping2D(((0, 0), (0, 1)))(seen) if i == 0 else seen
        h_sums = convolution(2 * width, (1, left), f"horizontal_{i}")(seen)
        h_sums = layers.Add()([h_sums, convolution(2 * width, 1, f"down_{i}", use_bias=False)(v_sums)])
        v, gated = Gate()(v_sums), Gate()(h_sums)
        found = convolution(width, 1, f"mix_{i}")(gated)
        h = layers.Add()([h, found]) if i else found
    x = convolution(head_dim, 1, "head", activation="relu")(layers.Activation("relu")(h))
    logits = layers.Conv2D(1, 1, kernel_initializer="zeros", dtype="float32", name="logits")(x)
    return keras.Model(images, logits, name="network")


@keras.saving.register_keras_serializable("kerasgen")
class Gate(layers.Layer):
    """(batch, height, width, 2 channels) -> tanh of the first half times sigmoid of the second."""

    def call(self, x):
        a, b = ops.split(x, 2, axis=-1)
        return ops.tanh(a) * ops.sigmoid(b)


@keras.saving.register_keras_serializable("kerasgen")
class BitsLogProb(layers.Layer):
    """[images of -1 and 1, logits of their pixels] -> log-probability (batch,)."""

    def call(self, inputs):
        bits, logits = inputs
        return -ops.sum(ops.softplus(-ops.cast(bits, "float32") * logits), axis=(1, 2, 3))
