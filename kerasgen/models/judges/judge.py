"""Judge: a small convolutional classifier whose features and class probabilities serve the metrics of image generators.

Frechet distances on the features of an ordinary classifier are mostly about texture: half a pixel of blur costs as much as
a wrong digit. A judge is therefore trained on shifted, blurred and noisy images, so that it looks at shape.
Shift and blur are one step, a random resampling by two matrices of Gaussian filters per image (the reading filters of
Gregor et al., 2015, arXiv:1502.04623, equations 25-27, without their zoom):

    image'[a, b] = sum_ij  f(a - i - shift_y) f(b - j - shift_x) image[i, j],      f(d) = exp(-d^2 / 2 sigma^2) / Z

Images are float32, channels last, in [-1, 1].
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.steps import portable_step


@keras.saving.register_keras_serializable("kerasgen")
class Judge(GenerativeModel):
    """Classifier with named features.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        num_classes: Number of classes; labels are 0..num_classes-1.
        widths: Channels of the convolutions at the whole, a half and a quarter of the image's size (two each).
        feature_dim: Length of the feature vector, the last layer before the classes.
        dropout: Share of the features that training leaves out.
        max_shift: Largest shift in pixels, in each direction.
        max_blur: Largest standard deviation of the blur in pixels.
        max_noise: Largest standard deviation of the noise (images have a range of 2).
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    tracked = ("loss", "accuracy")
    capabilities = ("classify", "features")
    cannot = {
        "sample": "it tells classes of images apart and draws none",
        "decode": "its features are not meant to lead back to images",
        "encode": "its features are not meant to lead back to images; features(images) gives them",
        "reconstruct": "its features are not meant to lead back to images",
        "log_prob": "it knows how probable a class is given an image, not how probable an image is",
        "elbo": "it knows how probable a class is given an image, not how probable an image is",
    }

    def __init__(
        self,
        image_shape=(28, 28, 1),
        num_classes=10,
        widths=(32, 64, 96),
        feature_dim=128,
        dropout=0.3,
        max_shift=2.0,
        max_blur=1.0,
        max_noise=0.3,
        average_decay=0.99,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.num_classes = checks.integer("num_classes", num_classes, 2, 100_000)
        self.widths = widths
        self.feature_dim = checks.integer("feature_dim", feature_dim, 1, 4096)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.max_shift = checks.number("max_shift", max_shift, 0, min(self.image_shape[:2]))
        self.max_blur = checks.number("max_blur", max_blur, 0, min(self.image_shape[:2]))
        self.max_noise = checks.number("max_noise", max_noise, 0, 10)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.network = build_network(self.image_shape, num_classes, widths, feature_dim, dropout, self.seed)
        self.average = WeightAverage(self.network, average_decay)
        self.built = True

    def call(self, images, training=False):
        """(features, logits): by the averaged network that the verbs use; in training, by `network` itself."""
        return self.network(images, training=True) if training else self.average(images)

    # Training

    @portable_step
    def train_step(self, batch):
        images, labels = batch
        self.minimize(lambda: self.classification_loss(self.disturb(images), labels, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        images, labels = batch
        self.classification_loss(images, labels, training=False)
        return self.logs()

    def classification_loss(self, images, labels, training):
        """Mean cross-entropy in nats."""
        labels = ops.reshape(labels, (-1,))  # a column, too
        if training:
            _, logits = self.network(images, training=True)
        else:
            _, logits = self.average(images)
        losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)  # (batch,)
        hits = ops.cast(ops.argmax(logits, axis=-1), labels.dtype) == labels
        self.track(loss=ops.mean(losses), accuracy=ops.mean(ops.cast(hits, "float32")))
        return ops.mean(losses)

    def disturb(self, images):
        """Shifts, blurs and adds noise, a random amount of each per image; same shape."""
        if not (self.max_shift or self.max_blur or self.max_noise):
            return images
        height, width, _ = self.image_shape
        shape = (ops.shape(images)[0], 1, 1)

        def between(low, high, shape=shape):
            return keras.random.uniform(shape, low, high, dtype="float32", seed=self.seed_generator)

        sigma = between(0.3, 0.3 + self.max_blur)  # below 0.3 pixels the filter picks single pixels
        rows = gaussian_filters(height, between(-self.max_shift, self.max_shift), sigma)  # (batch, height, height)
        columns = gaussian_filters(width, between(-self.max_shift, self.max_shift), sigma)
        ink = 0.5 * (ops.cast(images, "float32") + 1.0)  # what is shifted in from outside is black
        ink = ops.einsum("nai,nijc,nbj->nabc", rows, ink, columns)
        grain = keras.random.normal(ops.shape(images), dtype="float32", seed=self.seed_generator)
        return 2.0 * ink - 1.0 + grain * between(0.0, self.max_noise)[..., None]

    def check_data(self, x, y=None):
        checks.images(x, self.image_shape, name="x")
        if y is None:
            raise ValueError(f"y must be the labels of the images, integers from 0 to {self.num_classes - 1}; received None.")
        checks.labels(y, self.num_classes, expected_count=len(x), name="y")

    def networks(self):
        x = keras.Input(self.image_shape, name="images")
        features, logits = self.network(x, training=False)
        classify = keras.Model(x, layers.Softmax()(logits), name="classify")
        return {"classify": classify, "features": keras.Model(x, features, name="features")}

    # Verbs

    def features(self, images, batch_size=500):
        """Features of the images: float32 (count, feature_dim), at least 0."""
        return self.features_and_probabilities(images, batch_size)[0]

    def classify(self, images, batch_size=500):
        """Class probabilities of the images: float32 (count, num_classes); each row sums to 1."""
        return self.features_and_probabilities(images, batch_size)[1]

    def features_and_probabilities(self, images, batch_size=500):
        """What `features` and `classify` give, computed in one pass."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        features, logits = blocks.mapped(lambda part: tuple(self.average(part)), images, size=batch_size)
        exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return features, exponentials / exponentials.sum(axis=-1, keepdims=True)


def gaussian_filters(size, shift, sigma):
    """One matrix (size, size) per image whose row a weighs the pixels around a - shift; `shift`, `sigma`: (batch, 1, 1)."""
    pixels = ops.arange(size, dtype="float32")
    distance = pixels[None, :, None] - pixels[None, None, :] - shift
    weights = ops.exp(-0.5 * ops.square(distance / sigma))
    reach = np.arange(-size, size + 1, dtype="float32")  # the sum over all pixels, those outside the image too
    total = ops.sum(ops.exp(-0.5 * ops.square((reach - (shift - ops.floor(shift))) / sigma)), axis=-1, keepdims=True)
    return weights / total


def build_network(image_shape, num_classes, widths, feature_dim, dropout, seed):
    """images -> (features, logits)."""
    x = images = keras.Input(image_shape)
    for stage, width in enumerate(widths):
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
        if stage < len(widths) - 1:
            x = layers.MaxPooling2D(2)(x)  # (batch, h/2, w/2, width)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Flatten()(x)
    features = layers.Dense(feature_dim, activation="relu", dtype="float32")(x)
    logits = layers.Dense(num_classes, dtype="float32")(layers.Dropout(dropout, seed=seed)(features))
    return keras.Model(images, [features, logits], name="network")
