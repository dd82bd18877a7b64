"""MADE: one network with masked weights gives the probability of every pixel of an image given those before it.

Germain, Gregor, Murray & Larochelle, 2015, arXiv:1502.03509, sections 3 and 4. In an order of the pixels, d(i) is the place of
pixel i, 0 .. n-1, and every hidden unit k has a degree m(k), 1 .. n-1. Weights are left out except

    from pixel i to unit k       where d(i) < m(k)
    from unit j to unit k        where m(j) <= m(k)
    from unit k to logit i       where m(k) <= d(i)
    from pixel j to logit i      where d(j) < d(i)

so that logit i depends on the pixels before it alone, and all n conditionals cost one pass. The product of the conditionals is
a distribution in any order. With `num_orders` above 1, one network learns several orders, one drawn for each step (section
4.1), and the model is their mixture: p(x) = mean_k p_k(x). The first order goes row by row; the others are random.

pixels.py says what images are, and how they are drawn and completed.
"""

import itertools

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import WeightAverage
from kerasgen.models.autoregressive.pixels import PixelModel, bernoulli_nats
from kerasgen.steps import compiled, portable_step


@keras.saving.register_keras_serializable("kerasgen")
class MADE(PixelModel):
    """Masked autoencoder for distribution estimation, of images of bits.

    Args:
        image_shape: (height, width, channels).
        hidden_dims: Units of each hidden layer.
        num_orders: Orders of the pixels, 1 to 1000; the model is the mixture of what it gives in each.
        order_seed: Seed of the random orders, which are part of the model.
        dropout: Share of the hidden units that a training step leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.

    Raises:
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        hidden_dims=(1000,),
        num_orders=1,
        order_seed=0,
        dropout=0.0,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=1)
        if not isinstance(hidden_dims, (list, tuple)) or not hidden_dims:
            raise ValueError(f"hidden_dims must be the units of at least one layer; received {hidden_dims!r:.80}.")
        self.hidden_dims = tuple(checks.integer("hidden_dims", units, 1, 100_000) for units in hidden_dims)
        self.num_orders = checks.integer("num_orders", num_orders, 1, 1000)
        self.order_seed = checks.integer("order_seed", order_seed, 0, 2**31 - 1)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = MADENetwork(int(np.prod(self.image_shape)), self.hidden_dims, num_orders, order_seed, dropout, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.read_bits = compiled(self.average, self)  # what the verbs use
        self.write_bits = compiled(self.draw_in_order, self)
        self.built = True

    def call(self, images, training=False):
        """Logits of the pixels of bits in the first order: by the average that the verbs use; in training, by `network`."""
        order = ops.zeros((ops.shape(images)[0],), "int32")
        return self.network(images, order, training=True) if training else self.average(images, order)

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
        """Mean over the batch in nats an image, in an order drawn for the whole batch."""
        bits = self.drawn(images)
        order = keras.random.randint((1,), 0, self.num_orders, seed=self.seed_generator)
        logits = network(bits, ops.repeat(order, ops.shape(bits)[0]), **options)
        loss = ops.mean(ops.sum(ops.softplus(-bits * logits), axis=(1, 2, 3)))
        self.track(loss=loss)
        return loss

    def networks(self):
        bits = keras.Input(self.image_shape, name="images")
        return {"log_prob": keras.Model(bits, MixtureOfOrders(self.network, name="mixture")(bits), name="log_prob")}

    # What the verbs read

    def log_probs_of(self, bits):
        each = []
        for k in range(self.num_orders):
            logits = self.read_bits(bits, np.full(len(bits), k, "int32"))
            each.append(bernoulli_nats(bits, ops.convert_to_numpy(logits)))
        return np.logaddexp.reduce(each, axis=0) - np.log(self.num_orders)

    def write(self, canvas, uniform, lot):
        orders, images = np.minimum((lot * self.num_orders).astype("int32"), self.num_orders - 1), np.empty_like(canvas)
        for k in np.unique(orders):
            chosen = orders == k
            parts = canvas[chosen], uniform[chosen], orders[chosen]
            images[chosen] = ops.convert_to_numpy(self.write_bits(*parts))
        return images

    def draw_in_order(self, canvas, uniform, order):
        """`write` for images of one order: a pass for each pixel, of which one logit is used."""
        shape, size = ops.shape(canvas), int(np.prod(self.image_shape))
        places = ops.take(self.network.places, order[0], axis=0)  # the place of each pixel
        given, chance = ops.reshape(canvas, (-1, size)), ops.reshape(uniform, (-1, size))
        # A logit above this number gives a one, whose probability is its sigmoid.
        threshold = ops.log(chance) - ops.log1p(-chance)

        def one_more(place, bits):
            logits = ops.reshape(self.network(ops.reshape(bits, shape), order), (-1, size))
            found = ops.where(threshold < logits, 1.0, -1.0)
            return ops.where((places == place)[None] & (given == 0), found, bits)

        with self.average.in_place():
            return ops.reshape(ops.fori_loop(0, size, one_more, given), shape)


@keras.saving.register_keras_serializable("kerasgen")
class MADENetwork(layers.Layer):
    """(images of -1 and 1 (batch, height, width, channels), order (batch,), the same for all) -> logits of the same shape."""

    def __init__(self, size, hidden_dims, num_orders, order_seed, dropout, seed, name="network", **kwargs):
        super().__init__(name=name, **kwargs)
        self.config = (size, hidden_dims, num_orders, order_seed, dropout, seed)
        rng = np.random.default_rng(order_seed)
        self.places = np.stack([np.arange(size)] + [rng.permutation(size) for _ in range(num_orders - 1)]).astype("int32")
        last = max(1, size - 1)
        self.degrees = [1 + np.arange(units, dtype="int32") * last // units for units in hidden_dims]
        widths = [size, *hidden_dims]
        seeds = [None if seed is None else seed + i for i in range(len(widths))]
        self.kernels = [
            self.add_weight(shape=shape, initializer=keras.initializers.GlorotUniform(s), name=f"kernel_{i}")
            for i, (shape, s) in enumerate(zip(itertools.pairwise(widths), seeds[:-1], strict=True))
        ]
        self.biases = [
            self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{i}") for i, units in enumerate(hidden_dims)
        ]
        self.out = self.add_weight(shape=(hidden_dims[-1], size), initializer="zeros", name="out")
        self.direct = self.add_weight(shape=(size, size), initializer="zeros", name="direct")
        self.base = self.add_weight(shape=(size,), initializer="zeros", name="base")
        self.dropouts = [layers.Dropout(dropout, seed=s) for s in seeds[1:]] if dropout else []
        self.built = True

    def call(self, images, order, training=False):
        bits = ops.reshape(images, (-1, self.places.shape[1]))
        place = ops.take(self.places, order[0], axis=0)
        x, before = bits, place
        for i, (kernel, bias, degree) in enumerate(zip(self.kernels, self.biases, self.degrees, strict=True)):
            seen = before[:, None] < degree[None] if i == 0 else before[:, None] <= degree[None]
            x, before = ops.relu(ops.matmul(x, kernel * ops.cast(seen, kernel.dtype)) + bias), ops.convert_to_tensor(degree)
            x = self.dropouts[i](x, training=training) if self.dropouts else x
        hidden = ops.matmul(x, self.out * ops.cast(before[:, None] <= place[None], self.out.dtype))
        direct = ops.matmul(bits, self.direct * ops.cast(place[:, None] < place[None], self.direct.dtype))
        return ops.reshape(ops.cast(hidden + direct + self.base, "float32"), ops.shape(images))

    def get_config(self):
        names = ("size", "hidden_dims", "num_orders", "order_seed", "dropout", "seed")
        return {**super().get_config(), **dict(zip(names, self.config, strict=True))}


@keras.saving.register_keras_serializable("kerasgen")
class MixtureOfOrders(layers.Layer):
    """Images of -1 and 1 -> their log-probability (batch,), by a network in each of its orders with equal weight."""

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.built = True

    def call(self, bits):
        each, zeros = [], ops.cast(0 * bits[:, 0, 0, 0], "int32")
        for k in range(len(self.network.places)):
            logits = self.network(bits, zeros + k, training=False)
            each.append(-ops.sum(ops.softplus(-ops.cast(bits, "float32") * logits), axis=(1, 2, 3)))
        return ops.logsumexp(ops.stack(each), axis=0) - float(np.log(len(each)))

    def get_config(self):
        return {**super().get_config(), "network": keras.saving.serialize_keras_object(self.network)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("network")), **config)
