"""Conditional GAN: a generator that is told the class, and a discriminator that asks whether image and class belong together.

Mirza & Osindero, 2014, arXiv:1411.1784, in the form of Miyato & Koyama, 2018, arXiv:1802.05637: the discriminator compares
the features phi(x) of an image with a vector V_y of its class (a projection, their equation 4),

    D(x, y) = psi(phi(x)) + <V_y, phi(x)>

and in the generator the class decides scale and shift after each normalisation (conditional batch normalisation: Dumoulin
et al., 2017, arXiv:1610.07629, section 2.2). With the non-saturating loss (kerasgen/losses/adversarial.py has the others):

    discriminator:  minimise  E[softplus(-D(x, y))] + E[softplus(D(G(z, y), y))]  +  w/2 E[|dD(x, y)/dx|^2]
                              + m (E[softplus(-D(x, y))] + E[softplus(D(x, y'))])
    generator:      minimise  E[softplus(-D(G(z, y), y))],                        z ~ N(0, I),  y as in the batch

The first line's last term (`penalty_weight` w) is the gradient penalty R1 of Mescheder et al., 2018, arXiv:1801.04406. The
second line (`mismatch_weight` m) counts real images with a wrong class y' as generated (Reed et al., 2016, arXiv:1605.05396,
section 4.2): D learns what a class is before the generator can draw one. All that D sees may go through random changes
first (`augment`; Zhao et al., 2020, arXiv:2006.10738). Samples come from an average of the generator's weights over time.
Images are float32, channels last, in [-1, 1]. Classes enter the networks as weights (batch, num_classes), a single 1 in each
row, so that mixtures of classes can be drawn too.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, latents, noise
from kerasgen.latents import checked_latents
from kerasgen.layers import DiffAugment, WeightAverage
from kerasgen.losses import adversarial
from kerasgen.models.gan.gan import GAN, decoder
from kerasgen.steps import compiled, portable_step, value_and_input_gradients

LABELS = 1  # stream of random numbers beside that of the latents


@keras.saving.register_keras_serializable("kerasgen")
class CGAN(GAN):
    """Convolutional GAN of images with a class each.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        num_classes: Number of classes; labels are 0..num_classes-1.
        latent_dim: Length of the standard normal vector z.
        widths: Channels of the generator at a quarter, a half and the whole of the image's size.
        discriminator_widths: Channels of the discriminator at a half, a quarter and an eighth of the image's size.
        loss: "non_saturating", "minimax", "hinge", "least_squares" or "wasserstein".
        label_smoothing: How far the discriminator's target of real images lies below 1.
        penalty_weight: Weight w of the R1 penalty; 0 for none.
        mismatch_weight: Weight m of real images with a wrong class; 0 for none.
        augment: Names of changes of what the discriminator sees, of `kerasgen.layers.DiffAugment`; () for none.
        average_decay: Decay of the average of the generator's weights that samples come from.
        seed: Seed of the random numbers of training.
    """

    capabilities = ("sample", "sweep_labels", "decode", "interpolate", "interpolate_labels", "score")

    def __init__(
        self,
        image_shape=(28, 28, 1),
        num_classes=10,
        latent_dim=64,
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        loss="non_saturating",
        label_smoothing=0.0,
        penalty_weight=0.5,
        mismatch_weight=0.0,
        augment=(),
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.num_classes = checks.integer("num_classes", num_classes, 2, 100_000)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.discriminator_widths = discriminator_widths
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.discriminator_objective, self.generator_objective = adversarial(loss, label_smoothing)
        self.penalty_weight = checks.number("penalty_weight", penalty_weight, 0, 1e6)
        self.mismatch_weight = checks.number("mismatch_weight", mismatch_weight, 0, 1e6)
        self.augment = augment
        self.augmentation = DiffAugment(augment, seed=self.seed_generator)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.generator = build_generator(self.image_shape, num_classes, latent_dim, widths)
        self.discriminator = build_discriminator(self.image_shape, num_classes, discriminator_widths)
        self.average = WeightAverage(self.generator, average_decay)
        self.draw = compiled(self.average, self)
        self.built = True  # batches are images and labels, while call() takes latents: Keras must not build by calling

    # Training

    @portable_step
    def train_step(self, batch):
        images, labels = batch
        classes = ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), self.num_classes, dtype="float32")
        self.minimize(lambda: self.discriminator_loss(images, classes, training=True), "discriminator")
        self.minimize(lambda: self.generator_loss(classes, training=True), "generator")
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        images, labels = batch
        classes = ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), self.num_classes, dtype="float32")
        self.discriminator_loss(images, classes, training=False)
        self.generator_loss(classes, training=False)
        return self.logs()

    def discriminator_loss(self, images, classes, training):
        fakes = self.fakes_like(classes, training)
        if training:
            images, fakes = self.augmentation(images), self.augmentation(fakes)

        def judge(images, classes=classes):
            return self.discriminator([images, classes], training=training)  # (batch, 1)

        fake_logits, penalty = judge(fakes), 0.0
        if training and self.penalty_weight:
            real_logits, slopes = value_and_input_gradients(judge, images, self)
            penalty = 0.5 * self.penalty_weight * ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))
        else:
            real_logits = judge(images)
        loss = self.discriminator_objective(real_logits, fake_logits) + penalty
        if training and self.mismatch_weight:
            loss += self.mismatch_weight * self.discriminator_objective(real_logits, judge(images, self.other_classes(classes)))
        self.track_discriminator(loss, real_logits, fake_logits)
        return loss

    def other_classes(self, classes):
        """Another class for each, all others equally likely; both as weights (batch, num_classes)."""
        uniform = keras.random.uniform(ops.shape(classes), dtype="float32", seed=self.seed_generator)
        return ops.one_hot(ops.argmax(uniform - 2.0 * classes, axis=-1), self.num_classes, dtype="float32")

    def generator_loss(self, classes, training):
        fakes = self.fakes_like(classes, training)
        if training:
            fakes = self.augmentation(fakes)
        loss = self.generator_objective(self.discriminator([fakes, classes], training=training))
        self.track(generator_loss=loss)
        return loss

    def fakes_like(self, classes, training):
        """A generated image of each class, given as weights; from the averaged generator outside training."""
        z = keras.random.normal((ops.shape(classes)[0], self.latent_dim), dtype="float32", seed=self.seed_generator)
        return self.generator([z, classes], training=True) if training else self.average([z, classes])

    def check_data(self, x, y=None):
        checks.images(x, self.image_shape, name="x")
        if y is None:
            raise ValueError(f"y must be the labels of the images, integers from 0 to {self.num_classes - 1}; received None.")
        checks.labels(y, self.num_classes, expected_count=len(x), name="y")

    def networks(self):
        return {"decode": decoder(self.generator, self.latent_dim, self.num_classes)}

    # Verbs

    def sample(self, count=None, label=None, seed=0, start=0, truncation=1.0, batch_size=256):
        """Draws images: `sample(16)`, `sample(16, label=7)`, `sample(label=[3, 1, 4])`.

        Args:
            count: How many, 1 to 1,000,000; None for one of each label in a sequence, else 16.
            label: Class of all images, a sequence with the class of each, or None to draw classes too, all equally likely.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) and its label alone, its drawn label on (seed, i).
            start: Index of the first image, to draw a long series in parts.
            truncation: Factor of the latents in [0, 1]: the smaller, the more typical and alike the images of a class.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range, or count and labels do not fit.
        """
        count, labels = checks.labels_asked(count, label, self.num_classes)
        seed, start = checks.seed(seed), checks.integer("start", start, 0, 2**62)
        truncation = checks.number("truncation", truncation, 0, 1)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        labels = self.drawn_labels(count, seed, start) if labels is None else labels

        def draw(first, last):
            z = latents.draw(self.latent_dim, last - first, seed=seed, start=first, truncation=truncation)
            return self.decode(z, labels[first - start : last - start], batch_size)

        return blocks.drawn(draw, count, start, batch_size)

    def drawn_labels(self, count, seed=0, start=0):
        """The labels that `sample(count, seed=seed, start=start)` draws: int64 (count,)."""
        uniform = noise.uniform((), checks.seed(seed), start, start + checks.count(count), LABELS)
        return np.minimum((uniform * self.num_classes).astype("int64"), self.num_classes - 1)

    def sweep_labels(self, count=8, seed=0, truncation=1.0, batch_size=256):
        """The first `count` latents of `seed` in every class: float32 (count * num_classes, height, width, channels).

        `plots.save_grid(model.sweep_labels(8), path, columns=model.num_classes)`: a row a latent, a column a class.
        """
        count, seed = checks.count(count), checks.seed(seed)
        truncation = checks.number("truncation", truncation, 0, 1)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        images = np.empty((count * self.num_classes, *self.image_shape), "float32")  # the one large array
        for first, last in blocks.spans(0, len(images), batch_size):
            owners, labels = np.divmod(np.arange(first, last), self.num_classes)  # the latent and the class of each image
            z = latents.draw(self.latent_dim, owners[-1] + 1 - owners[0], seed=seed, start=owners[0], truncation=truncation)
            images[first:last] = self.decode(z[owners - owners[0]], labels, batch_size)
        return images

    def decode(self, latents, labels, batch_size=256):
        """Images of latents in classes: float32 (count, height, width, channels) in [-1, 1].

        Args:
            latents: Finite array (count, latent_dim).
            labels: Integers (count,), or weights of the classes, floats (count, num_classes) that sum to 1.
            batch_size: Images computed at once.

        Raises:
            ValueError: An argument has another shape, or values out of range.
        """
        z = checked_latents(latents, self.latent_dim)
        labels = self.checked_labels(labels, len(z))
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda z, y: self.draw([z, self.class_weights(y)]), z, labels, size=batch_size)

    def interpolate(self, steps=8, seed=0, label=None):
        """Images between the first two latents of `seed`, along a great circle: float32 (steps, height, width, channels).

        All are of the class `label`; with None, the class changes too, from that of sample 0 to that of sample 1.
        """
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        z = latents.great_circle(*latents.draw(self.latent_dim, 2, seed=seed), steps)
        one = None if label is None else checks.integer("label", label, 0, self.num_classes - 1)
        return self.decode(z, self.between(*self.drawn_labels(2, seed), steps) if one is None else np.full(steps, one))

    def interpolate_labels(self, first, second, steps=8, seed=0):
        """Images of the first latent of `seed`, from class `first` to `second`: float32 (steps, height, width, channels)."""
        for name, label in (("first", first), ("second", second)):
            checks.integer(name, label, 0, self.num_classes - 1)
        steps, seed = checks.integer("steps", steps, 2, 1000), checks.seed(seed)
        z = latents.draw(self.latent_dim, 1, seed=seed)
        return self.decode(np.repeat(z, steps, axis=0), self.between(first, second, steps))

    def score(self, images, labels, batch_size=256):
        """The discriminator's logit for each image and its class (real pairs should be above 0): float32 (count,)."""
        images = checks.images(images, self.image_shape)
        labels = self.checked_labels(labels, len(images))
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(
            lambda x, y: self.discriminator([x, self.class_weights(y)], training=False), images, labels, size=batch_size
        )[:, 0]

    def between(self, first, second, steps):
        """Class weights on the straight line from one class to another: float32 (steps, num_classes)."""
        t = np.linspace(0.0, 1.0, steps, dtype="float32")[:, None]
        ends = self.class_weights(np.array([first, second]))
        return (1 - t) * ends[0] + t * ends[1]

    def checked_labels(self, labels, count):
        """Returns integer labels as int64 (count,), or weights of the classes as float32 (count, num_classes).

        Raises:
            ValueError: They are neither.
        """
        if np.ndim(labels) < 2:
            return checks.labels(labels, self.num_classes, expected_count=count)
        weights = np.asarray(labels, "float32")
        if weights.shape == (count, self.num_classes) and np.allclose(weights.sum(axis=1), 1, atol=1e-4):
            return weights
        expected = f"weights of shape ({count}, {self.num_classes}) whose rows sum to 1"
        raise ValueError(f"labels must be integers of shape ({count},) or {expected}; received shape {weights.shape}.")

    def class_weights(self, labels):
        """Labels as weights, float32 (count, num_classes) with a single 1 in each row; weights as they are."""
        return labels if labels.ndim == 2 else np.float32(labels[:, None] == np.arange(self.num_classes))


def build_generator(image_shape, num_classes, latent_dim, widths):
    """(latents, class weights) -> images."""
    height, width, channels = image_shape
    coarse, middle, fine = widths
    h, w = height // 4, width // 4
    normal = keras.initializers.RandomNormal(stddev=0.02)  # Radford et al., 2016, section 4
    options = {"padding": "same", "use_bias": False, "kernel_initializer": normal}
    z, classes = keras.Input((latent_dim,)), keras.Input((num_classes,))
    modest = keras.initializers.RandomNormal(stddev=0.3)  # large enough to matter beside the latents, too small to hide them
    embedding = layers.Dense(latent_dim, use_bias=False, kernel_initializer=modest, name="embedding")(classes)
    x = layers.Dense(h * w * coarse, use_bias=False, kernel_initializer=normal)(layers.Concatenate()([z, embedding]))
    x = layers.Reshape((h, w, coarse))(x)
    x = layers.ReLU()(normalize(x, classes))
    x = layers.Conv2DTranspose(middle, 4, strides=2, **options)(x)  # (batch, 2h, 2w, middle)
    x = layers.ReLU()(normalize(x, classes))
    x = layers.Conv2DTranspose(fine, 4, strides=2, **options)(x)  # (batch, 4h, 4w, fine)
    x = layers.ReLU()(normalize(x, classes))
    images = layers.Conv2D(channels, 5, padding="same", activation="tanh", kernel_initializer=normal, dtype="float32")(x)
    return keras.Model([z, classes], images, name="generator")


def normalize(x, classes):
    """Conditional batch normalisation: scale and shift of each channel are the class's own."""
    channels = x.shape[-1]
    x = layers.BatchNormalization(momentum=0.9, center=False, scale=False)(x)
    scale = layers.Dense(channels, use_bias=False, kernel_initializer="ones")(classes)
    shift = layers.Dense(channels, use_bias=False, kernel_initializer="zeros")(classes)
    scale, shift = (layers.Reshape((1, 1, channels))(part) for part in (scale, shift))
    return layers.Add()([layers.Multiply()([x, scale]), shift])


def build_discriminator(image_shape, num_classes, widths):
    """(images, class weights) -> logits. No batch statistics: each image is judged on its own."""
    x = images = keras.Input(image_shape)
    classes = keras.Input((num_classes,))
    for width in widths:
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(width, 4, strides=2, padding="same")(x))
    features = layers.Flatten(dtype="float32", name="features")(x)  # phi(x)
    vectors = layers.Dense(features.shape[-1], use_bias=False, dtype="float32", name="vectors")(classes)  # V_y
    likeness = layers.Dot(axes=1, dtype="float32")([features, vectors])
    logits = layers.Add(dtype="float32")([layers.Dense(1, dtype="float32", name="psi")(features), likeness])
    return keras.Model([images, classes], logits, name="discriminator")
