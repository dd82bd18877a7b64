"""Masked autoregressive flow of the rows of a table.

Papamakarios, Pavlakou & Murray, 2017, "Masked autoregressive flow for density estimation", arXiv:1705.07057, section 3. In each
layer, number i of a row is moved and stretched by functions of those before it,

    u_i = (x_i + shift_i(x_1 .. x_{i-1}, y)) exp(log_scale_i(x_1 .. x_{i-1}, y)),    log |det du/dx| = sum_i log_scale_i

which one network with masked weights computes at once (MADE: Germain et al., 2015, arXiv:1502.03509). The next layer takes the
columns in reverse order, and the last u is standard normal, so that the density is exact. Going back takes as many passes as
there are columns. With `components`, each number passes a mixture of logistics first, as in layers/coupling.py. `y` is the
row's class, if the model is told any.

Rows are float32 (count, columns) in the units of the table, of which `center` and `spread` make numbers of size one; densities
are in nats of those units. Latents have the shape of rows. All results come from averages of the weights over time.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, noise
from kerasgen.layers import WeightAverage
from kerasgen.layers.coupling import back, log_normal, parameters_of, sum_of_each, through
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step

FRESH = 1  # stream of random numbers of the rows that anomalies are measured by


@keras.saving.register_keras_serializable("kerasgen")
class MAF(GenerativeModel):
    """Masked autoregressive flow.

    Args:
        columns: Numbers in a row, at least 2.
        num_layers: Autoregressive layers.
        hidden_dim: Units of each of the two hidden layers of a layer's network.
        components: Logistics in the mixture of a layer; 0 for none.
        num_classes: Classes that the density is given; 0 for a density without any.
        center, spread: Typical value and deviation of each column, lists of numbers; None for 0 and 1.
        dropout: Share of the hidden units that a training step leaves out.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "log_prob", "encode", "decode")

    def __init__(
        self,
        columns,
        num_layers=5,
        hidden_dim=64,
        components=0,
        num_classes=0,
        center=None,
        spread=None,
        dropout=0.0,
        average_decay=0.99,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.columns = checks.integer("columns", columns, 2, 10_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 1000)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.components = checks.integer("components", components, 0, 1000)
        self.num_classes = checks.integer("num_classes", num_classes, 0, 100_000)
        self.center = column_numbers("center", center, columns, -1e30)
        self.spread = column_numbers("spread", spread, columns, 1e-30)
        self.dropout = checks.number("dropout", dropout, 0, 0.9)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.offset = np.zeros(columns) if center is None else np.array(center, "float64")
        self.unit = np.ones(columns) if spread is None else np.array(spread, "float64")
        self.flow = RowFlow(columns, num_layers, hidden_dim, components, num_classes, dropout, self.seed)
        self.flow_average = WeightAverage(self.flow, average_decay)
        self.read_rows = compiled(self.flow_average, self)  # what the verbs use
        self.draw_rows = compiled(self.inverse, self)
        self.built = True

    def call(self, inputs, training=False):
        """Latents of rows, or of [rows, labels]: by the averages that the verbs use; in training, by `flow` itself."""
        rows, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        flow = self.flow if training else self.flow_average
        return flow(self.scaled(rows), *([] if labels is None else [labels]))[0]

    # Training

    @portable_step
    def train_step(self, batch):
        self.minimize(lambda: self.negative_log_prob(batch, self.flow, training=True))
        self.flow_average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.negative_log_prob(batch, self.flow_average)
        return self.logs()

    def negative_log_prob(self, batch, flow, **options):
        """The loss in nats a row, in the units of the table, a mean over the batch."""
        rows, *labels = batch if isinstance(batch, tuple) else (batch,)
        z, log_det = flow(self.scaled(rows), *labels, **options)
        loss = float(np.sum(np.log(self.unit))) - ops.mean(log_normal(z) + log_det)
        self.track(loss=loss)
        return loss

    def scaled(self, rows):
        return (rows - self.offset.astype("float32")) / self.unit.astype("float32")

    def check_data(self, x, y=None):
        rows = checks.vectors(x, self.columns, "x")
        if self.num_classes and y is None:
            raise ValueError(f"y must be labels in 0..{self.num_classes - 1}: this density is given a class; received None.")
        if not self.num_classes and y is not None:
            raise ValueError("y must be None: num_classes is 0, so that MAF learns from rows alone; received labels.")
        if self.num_classes:
            checks.labels(y, self.num_classes, len(rows), name="y")

    def networks(self):
        x = keras.Input((self.columns,), name="rows", dtype="float32")
        given = [keras.Input((), name="labels", dtype="int32")] if self.num_classes else []
        z, log_det = self.flow(self.scaled(x), *given, training=False)
        log_prob = log_normal(z) + log_det - float(np.sum(np.log(self.unit)))
        return {"encode": keras.Model([x, *given] if given else x, {"latents": z, "log_prob": log_prob}, name="encode")}

    # Verbs

    def sample(self, count=16, seed=0, start=0, label=None, temperature=1.0, batch_size=1024):
        """Draws rows.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Row i depends on (seed, i) and its label alone.
            start: Index of the first row, to draw a long series in parts.
            label: The class of all rows, or one for each; needed if the model has classes.
            temperature: Deviation of the latents in [0, 2]; 1 for the distribution itself.
            batch_size: Rows computed at once.

        Returns:
            float32 array (count, columns).

        Raises:
            ValueError: An argument is out of range, or there are labels where there are no classes, or the other way round.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start, temperature = checks.integer("start", start, 0, 2**62), checks.number("temperature", temperature, 0, 2)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        given = self.labels_given(label, count, "label")

        def draw(first, last):
            latents = np.float32(temperature) * noise.normal((self.columns,), seed, first, last)
            return self.rows_of(latents, [part[first - start : last - start] for part in given])

        return blocks.drawn(draw, count, start, batch_size)

    def log_prob(self, rows, given=None, batch_size=1024):
        """Log-density of rows in nats of the table's units: float64 (count,).

        Args:
            rows: Finite numbers (count, columns).
            given: Classes, one for all rows or one for each, where the model has any: log p(row | class).
            batch_size: Rows computed at once.

        Raises:
            ValueError: Other rows, or classes that do not fit.
        """
        z, log_det = self.latents_of(rows, given, batch_size)
        log_normal = -0.5 * np.sum(np.square(z, dtype="float64") + np.log(2 * np.pi), axis=1)
        return log_normal + log_det - np.sum(np.log(self.unit))

    def anomaly_scores(self, rows, given=None, samples=1000, seed=0):
        """The share of the model's own draws that are likelier than each row: float64 (count,); near 1, a row is unusual.

        Args:
            rows, given: As in `log_prob`; with classes, draws are compared that have the class of the row.
            samples: Draws, with the numbers of `seed`.
            seed: See there.
        """
        found = self.log_prob(rows, given)
        samples, seed = checks.integer("samples", samples, 1, checks.MAX_COUNT), checks.seed(seed)
        latents = noise.normal((self.columns,), seed, 0, samples, FRESH)
        labels = self.labels_given(given, len(found), "given")
        scores = np.empty(len(found))
        for label in np.unique(labels[0]) if labels else [None]:
            chosen = labels[0] == label if labels else slice(None)
            repeated = self.labels_given(label, samples, "given")
            own = np.sort(self.log_prob(self.rows_of(latents, repeated), label))
            scores[chosen] = 1.0 - np.searchsorted(own, found[chosen], side="right") / samples
        return scores

    def encode(self, rows, given=None, batch_size=1024):
        """Latents of rows: float32 of the same shape. Arguments are those of `log_prob`."""
        return self.latents_of(rows, given, batch_size)[0]

    def decode(self, latents, given=None, batch_size=1024):
        """Rows of finite latents (count, columns): float32 of the same shape; `given` as in `log_prob`."""
        latents = checks.vectors(latents, self.columns, "latents")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        labels = self.labels_given(given, len(latents), "given")
        return blocks.mapped(lambda part, *more: self.rows_of(part, more), latents, *labels, size=batch_size)

    # Computations

    def latents_of(self, rows, given, batch_size):
        """(latents, log |det| of the Jacobian with respect to scaled rows)."""
        rows = checks.vectors(rows, self.columns, "rows")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        labels, rows = self.labels_given(given, len(rows), "given"), ((rows - self.offset) / self.unit).astype("float32")
        return blocks.mapped(lambda *parts: tuple(self.read_rows(*parts)), rows, *labels, size=batch_size)

    def rows_of(self, latents, labels):
        scaled = ops.convert_to_numpy(self.draw_rows(latents, *labels)).astype("float64")
        return (scaled * self.unit + self.offset).astype("float32")

    def inverse(self, latents, *labels):
        with self.flow_average.in_place():
            return self.flow.invert(latents, *labels)

    def labels_given(self, value, count, name):
        """[] for a model without classes, else [int32 (count,)].

        Raises:
            ValueError: There are labels for a model without classes, none for one with them, or others.
        """
        if not self.num_classes:
            if value is not None:
                raise ValueError(f"{name} must be None: this model has no classes; received {value!r:.80}.")
            return []
        if value is None:
            raise ValueError(f"{name} must be a class in 0..{self.num_classes - 1}, or one for each row; received None.")
        if np.ndim(value) == 0:
            return [np.full(count, checks.integer(name, value, 0, self.num_classes - 1), "int32")]
        return [checks.labels(value, self.num_classes, count, name=name).astype("int32")]


class RowFlow(layers.Layer):
    """Scaled rows (batch, columns), labels -> (latents of the same shape, log |det| (batch,)); `invert` goes back."""

    def __init__(self, columns, num_layers, hidden_dim, components, num_classes, dropout, seed):
        super().__init__(dtype="float32", autocast=False)
        self.columns, self.components, self.num_classes = columns, components, num_classes
        seeds = [None if seed is None else seed + 1 + number for number in range(num_layers)]
        numbers = 2 + 3 * components
        self.steps = [masked_network(columns, hidden_dim, numbers, num_classes, dropout, each) for each in seeds]
        self.built = True

    def call(self, x, labels=None, training=False):
        total = 0.0
        for network in self.steps:
            x, log_slope = through(x, self.parameters(network, x, labels, training))
            total, x = total + sum_of_each(log_slope), ops.flip(x, axis=-1)
        return x, total

    def invert(self, z, labels=None):
        for network in reversed(self.steps):
            z = ops.flip(z, axis=-1)

            def one_more(_, x, z=z, network=network):  # after pass i the first i columns are right
                return back(z, self.parameters(network, x, labels, False))

            z = ops.fori_loop(0, self.columns, one_more, ops.zeros_like(z))
        return z

    def parameters(self, network, x, labels, training):
        inputs = x if labels is None else [x, ops.one_hot(labels, self.num_classes, dtype="float32")]
        raw = ops.cast(network(inputs, training=training), "float32")
        return parameters_of(ops.reshape(raw, (-1, self.columns, 2 + 3 * self.components)), self.components)


class MaskedDense(layers.Layer):
    """Dense layer, some of whose weights are always 0: those where `mask`, (inputs, outputs), is."""

    def __init__(self, mask, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.mask = mask.astype("float32")
        self.kernel = self.add_weight(shape=mask.shape, initializer=initializer, name="kernel")
        self.bias = self.add_weight(shape=mask.shape[1:], initializer="zeros", name="bias")
        self.built = True

    def call(self, x):
        return ops.matmul(x, self.kernel * ops.cast(self.mask, self.compute_dtype)) + self.bias


def masked_network(columns, hidden_dim, numbers, num_classes, dropout, seed):
    """Rows, or [rows, classes as one-hot vectors] -> (batch, columns * numbers), where those of column i see columns below i.

    A hidden unit of degree m sees columns below m, so that it may serve columns from m on; classes have no degree.
    """
    column, degree = np.arange(columns), np.arange(hidden_dim) % columns
    first, second, last = column[:, None] < degree, degree[:, None] <= degree, degree[:, None] <= np.repeat(column, numbers)
    inputs = [keras.Input((n,)) for n in (columns, num_classes) if n]
    x = MaskedDense(first)(inputs[0])
    if num_classes:
        x = layers.Add()([x, layers.Dense(hidden_dim, use_bias=False)(inputs[1])])
    x = layers.Activation("swish")(x)
    x = layers.Dropout(dropout, seed=seed)(x) if dropout else x
    x = layers.Activation("swish")(MaskedDense(second)(x))
    outputs = MaskedDense(last, "zeros", dtype="float32")(x)
    direct = MaskedDense(column[:, None] < np.repeat(column, numbers), "zeros", dtype="float32")(
        inputs[0]
    )  # alone it makes a Gaussian
    return keras.Model(inputs if num_classes else inputs[0], layers.Add()([outputs, direct]))


def column_numbers(name, values, columns, low):
    """`values` as a list of floats, one a column, at least `low`; None as it is.

    Raises:
        ValueError: They are something else.
    """
    if values is None:
        return None
    if not isinstance(values, (list, tuple)) or len(values) != columns:
        raise ValueError(f"{name} must be None or a list of {columns} numbers, one a column; received {values!r:.80}.")
    return [checks.number(name, value, low, 1e30) for value in values]
