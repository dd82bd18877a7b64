"""Conditional variational autoencoder: both networks are told the class, so that the latents need only say the rest.

Kingma et al., 2014, arXiv:1406.5298, section 2 (M2 with all labels known); Sohn, Lee & Yan, 2015. With an image x of class y,

    p(z) = N(0, I),    p(x | z, y) = prod_i p(x_i; decoder(z, y)_i),    q(z | x, y) = N(mean(x, y), diag(variance(x, y)))

    ELBO(x | y) = E_q[log p(x | z, y)] - KL(q(z | x, y) || p(z))  <=  log p(x | y)

The prior of z knows nothing of the class: what is common to all classes (slant, thickness: the style) is what z carries, and a
digit can be drawn again as another one, with the same z. By Bayes' rule the bounds of an image in all classes, taken for the
likelihoods, say which class it is of (`classify`).

Likelihood, objective and the importance-weighted bound are those of vae.py. Images are float32, channels last, in [-1, 1]. In
the encoder the class is one more plane beside the image, and joins its features; in the decoder it joins latents and features.
Classes enter the networks as weights (batch, num_classes), a single 1 in each row.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, latents, noise
from kerasgen.latents import checked_latents
from kerasgen.layers import WeightAverage
from kerasgen.losses import likelihood as distribution
from kerasgen.models.vae.networks import grow, shrink
from kerasgen.models.vae.variational import VariationalModel
from kerasgen.schedules import linear_warmup
from kerasgen.steps import compiled, portable_step

LABELS = 2  # stream of random numbers beside those of latents and bits


@keras.saving.register_keras_serializable("kerasgen")
class CVAE(VariationalModel):
    """Variational autoencoder of images with a class each.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        num_classes: Number of classes; labels are 0..num_classes-1.
        latent_dim: Length of the latent vector z.
        widths: Channels of the convolutions at a half and a quarter of the image's size.
        blocks: Residual blocks at a quarter of the image's size, in each network.
        hidden_dim: Units of the dense layer between convolutions and latents, in each network.
        train_samples: Latents an image in training: 1 for the evidence lower bound, more for the importance-weighted one.
        average_decay: Decay of the averages of the weights that the verbs use.
        likelihood: "bernoulli", "gaussian" or "logistic".
        beta: Weight of the divergence in training; 1 for the bound itself.
        free_bits: Nats of divergence that each latent has for free in training; 0 for none.
        warmup_steps: Steps in which the weight of the divergence rises from 0 to `beta`; 0 for none.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "sweep_labels", "encode", "decode", "reconstruct", "classify", "elbo", "iw_bound")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        num_classes=10,
        latent_dim=40,
        widths=(32, 64),
        blocks=1,
        hidden_dim=256,
        train_samples=1,
        average_decay=0.999,
        likelihood="bernoulli",
        beta=1.0,
        free_bits=0.0,
        warmup_steps=0,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.num_classes = checks.integer("num_classes", num_classes, 2, 100_000)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.train_samples = train_samples
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.likelihood = likelihood
        self.distribution = distribution(likelihood)
        self.beta = beta
        self.free_bits = free_bits
        self.warmup_steps = warmup_steps
        self.check_objective()
        numbers = self.image_shape[2] * self.distribution.parameters
        self.encoder = build_encoder(self.image_shape, num_classes, latent_dim, widths, blocks, hidden_dim)
        self.decoder = build_decoder(self.image_shape, num_classes, latent_dim, widths, blocks, hidden_dim, numbers)
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.decoder_average = WeightAverage(self.decoder, average_decay)
        self.read_images = compiled(self.encoder_average, self)  # what the verbs use
        self.draw_parameters = compiled(self.decoder_average, self)
        self.read_likelihood = compiled(self.log_likelihood, self)
        self.built = True  # a batch is images and labels, while call() takes latents and classes

    def call(self, inputs, training=False):
        """Parameters of the pixels: by the averaged decoder that the verbs use; in training, by `decoder` itself."""
        return self.decoder(inputs, training=True) if training else self.decoder_average(inputs)

    # Training

    @portable_step
    def train_step(self, batch):
        images, classes = batch[0], self.classes_of(batch[1])
        weight = linear_warmup(self.optimizer.iterations, self.warmup_steps, self.beta)
        self.minimize(lambda: self.negative_bound(images, (classes,), self.encoder, self.decoder, weight))
        self.encoder_average.update()
        self.decoder_average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        images, classes = batch[0], self.classes_of(batch[1])
        self.negative_bound(images, (classes,), self.encoder_average, self.decoder_average, self.beta)
        return self.logs()

    def classes_of(self, labels):
        """Labels of a batch as weights (batch, num_classes)."""
        return ops.one_hot(ops.cast(labels, "int32"), self.num_classes, dtype="float32")

    def check_data(self, x, y=None):
        checks.images(x, self.image_shape, name="x")
        if y is None:
            raise ValueError(f"y must be the labels of the images, integers from 0 to {self.num_classes - 1}; received None.")
        checks.labels(y, self.num_classes, expected_count=len(x), name="y")

    def networks(self):
        z, images = keras.Input((self.latent_dim,), name="latents"), keras.Input(self.image_shape, name="images")
        label = keras.Input((), dtype="int32", name="label")
        means = self.distribution.mean(self.decoder([z, self.classes_of(label)], training=False))
        mean, log_variance = self.encoder([images, self.classes_of(label)], training=False)
        encode = keras.Model({"images": images, "label": label}, {"mean": mean, "log_variance": log_variance}, name="encode")
        return {"decode": keras.Model({"latents": z, "label": label}, means, name="decode"), "encode": encode}

    # Verbs

    def sample(self, count=None, label=None, seed=0, start=0, bits=False, truncation=1.0, batch_size=256):
        """Draws images: `sample(16)`, `sample(16, label=7)`, `sample(label=[3, 1, 4])`.

        Args:
            count: How many, 1 to 1,000,000; None for one of each label in a sequence.
            label: Class of all images, a sequence with the class of each, or None to draw classes too, all equally likely.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) and its label alone, its drawn label on (seed, i).
            start: Index of the first image, to draw a long series in parts.
            bits: Draw the pixels too; without, each is the mean that its latent gives. Only where the likelihood is of bits.
            truncation: Factor of the latents in [0, 1]: the smaller, the more typical and alike the images of a class.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1]; with `bits`, of -1 and 1.

        Raises:
            ValueError: An argument is out of range, or count and labels do not fit.
        """
        count, labels = checks.labels_asked(count, label, self.num_classes)
        seed, start = checks.seed(seed), checks.integer("start", start, 0, 2**62)
        truncation = checks.number("truncation", truncation, 0, 1)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self.check_bits(bits)
        labels = self.drawn_labels(count, seed, start) if labels is None else labels

        def draw(first, last):
            z = latents.draw(self.latent_dim, last - first, seed=seed, start=first, truncation=truncation)
            return self.images_of([z, self.weights_of(labels[first - start : last - start])], first, bits, seed)

        return blocks.drawn(draw, count, start, batch_size)

    def drawn_labels(self, count, seed=0, start=0):
        """The labels that `sample(count, seed=seed, start=start)` draws: int64 (count,)."""
        uniform = noise.uniform((), checks.seed(seed), start, start + checks.count(count), LABELS)
        return np.minimum((uniform * self.num_classes).astype("int64"), self.num_classes - 1)

    def sweep_labels(self, count=8, seed=0, truncation=1.0, batch_size=256):
        """The first `count` latents of `seed` in every class: float32 (count * num_classes, height, width, channels).

        `plots.save_grid(model.sweep_labels(8), path, columns=model.num_classes)`: a row a style, a column a class.
        """
        count, seed = checks.count(count), checks.seed(seed)
        truncation = checks.number("truncation", truncation, 0, 1)
        z = latents.draw(self.latent_dim, count, seed=seed, truncation=truncation)
        labels = np.tile(np.arange(self.num_classes), count)
        return self.decode(np.repeat(z, self.num_classes, axis=0), labels, batch_size=batch_size)

    def encode(self, images, label=None, batch_size=256):
        """(mean, log-variance) of q(z | image, label): float32 arrays (count, latent_dim).

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            label: Class of all images, or a sequence with the class of each; None for the likeliest (see `classify`).
            batch_size: Images computed at once.

        Raises:
            ValueError: An argument has another shape, or values out of range.
        """
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        labels = np.argmax(self.classify(images), axis=1) if label is None else self.labels_of(label, len(images))
        return blocks.mapped(lambda x, y: tuple(self.read_images([x, self.weights_of(y)])), images, labels, size=batch_size)

    def decode(self, latents, label, bits=False, seed=0, batch_size=256):
        """Mean images of latents, a finite array (count, latent_dim), in the class `label`, or in a sequence of classes.

        Returns:
            float32 (count, height, width, channels) in [-1, 1]; with `bits`, of -1 and 1, drawn with the numbers of `seed`.

        Raises:
            ValueError: An argument has another shape, or values out of range.
        """
        z, seed = checked_latents(latents, self.latent_dim), checks.seed(seed)
        labels = self.labels_of(label, len(z))
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        self.check_bits(bits)

        def draw(first, last):
            return self.images_of([z[first:last], self.weights_of(labels[first:last])], first, bits, seed)

        return blocks.drawn(draw, len(z), size=batch_size)

    def reconstruct(self, images, label=None, own_label=None, bits=False, seed=0, batch_size=256):
        """Images drawn again from their mean latents: `reconstruct(images, label=3)` draws all as threes in their own style.

        Args:
            images: float array (count, height, width, channels) in [-1, 1].
            label: Class in which to draw all images, or a sequence with one for each; None for that which they have.
            own_label: The class that they have; None for the likeliest (see `classify`).
            bits, seed, batch_size: As in `decode`.

        Returns:
            As `decode`.

        Raises:
            ValueError: An argument has another shape, or values out of range.
        """
        images = checks.images(images, self.image_shape)
        own = np.argmax(self.classify(images), axis=1) if own_label is None else own_label
        own = self.labels_of(own, len(images), "own_label")
        target = own if label is None else self.labels_of(label, len(images))
        return self.decode(self.encode(images, own, batch_size)[0], target, bits, seed, batch_size)

    def classify(self, images, samples=1, seed=0):
        """Probability of each class given each image, from its bounds, all classes equally likely before.

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; grey levels of a Bernoulli model count in parts.
            samples, seed: As in `elbo`.

        Returns:
            float32 (count, num_classes), rows sum to 1.
        """
        images = checks.images(images, self.image_shape)
        every = range(self.num_classes)
        classes = (self.weights_of(np.full(len(images), label)) for label in every)
        bounds = np.stack([self.elbo_of(images, (weights,), samples, seed) for weights in classes], axis=1).astype("float64")
        shares = np.exp(bounds - bounds.max(axis=1, keepdims=True))
        return (shares / shares.sum(axis=1, keepdims=True)).astype("float32")

    def elbo(self, images, label, samples=1, seed=0):
        """Evidence lower bound of each image given its class, in nats, the divergence in closed form: float32 (count,).

        Args:
            images: float array (count, height, width, channels) in [-1, 1]; where the likelihood is "bernoulli", of -1 and 1,
                which `kerasgen.data.binarise` makes.
            label: Class of all images, or a sequence with the class of each.
            samples: Latents an image that the expectation is taken over.
            seed: Seed of the latents; image i of a call depends on (seed, i) alone.

        Raises:
            ValueError: The images are not binary where they must be, or an argument is out of range.
        """
        images = self.checked_for_bounds(images)
        return self.elbo_of(images, (self.weights_of(self.labels_of(label, len(images))),), samples, seed)

    def iw_bound(self, images, label, samples=500, seed=0):
        """Importance-weighted bound on log p(image | class) in nats: float32 (count,). Arguments and errors as in `elbo`."""
        images = self.checked_for_bounds(images)
        return self.iw_bound_of(images, (self.weights_of(self.labels_of(label, len(images))),), samples, seed)

    def labels_of(self, label, count, name="label"):
        """One class, or a sequence of `count` of them, as int64 (count,).

        Raises:
            ValueError: It is neither.
        """
        if np.ndim(label) == 0:
            return np.full(count, checks.integer(name, label, 0, self.num_classes - 1), "int64")
        return checks.labels(label, self.num_classes, expected_count=count, name=name)

    def weights_of(self, labels):
        """Labels as weights: float32 (count, num_classes) with a single 1 in each row."""
        return np.float32(labels[:, None] == np.arange(self.num_classes))


def build_encoder(image_shape, num_classes, latent_dim, widths, blocks, hidden_dim):
    """(images in [-1, 1], class weights) -> (mean, log-variance), each (batch, latent_dim)."""
    height, width, _ = image_shape
    images, classes = keras.Input(image_shape), keras.Input((num_classes,))
    plane = layers.Reshape((height, width, 1))(layers.Dense(height * width, use_bias=False)(classes))
    x = shrink(layers.Concatenate()([images, plane]), widths, blocks)
    x = layers.Dense(hidden_dim, activation="relu")(layers.Concatenate()([x, classes]))
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(x)
    log_variance = layers.Dense(latent_dim, dtype="float32", name="log_variance", kernel_initializer="zeros")(x)
    return keras.Model([images, classes], [mean, log_variance], name="encoder")


def build_decoder(image_shape, num_classes, latent_dim, widths, blocks, hidden_dim, numbers):
    """(latents, class weights) -> parameters of the likelihood (batch, height, width, numbers)."""
    latents, classes = keras.Input((latent_dim,)), keras.Input((num_classes,))
    x = layers.Dense(hidden_dim, activation="relu")(layers.Concatenate()([latents, classes]))
    x = grow(layers.Concatenate()([x, classes]), image_shape, widths, blocks, numbers)
    return keras.Model([latents, classes], x, name="decoder")
