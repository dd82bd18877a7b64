"""SimCLR: features of images learned without labels, by telling which two views show the same image.

Chen et al., 2020, arXiv:2002.05709, section 2.1. Each image of a batch is changed at random twice; the encoder f gives
features h, a small network g maps them to where views are compared, by the cosine of their angle:

    z = g(f(T(x))) / |g(f(T(x)))|,      loss = -E log  exp(z_i z_j / t) / sum_{k != i} exp(z_i z_k / t)

for the two views i, j of an image, among all 2N views k of the batch (NT-Xent, their equation 1; temperature t). Features
tend to lose whatever the changes T alter; g bears most of that loss, and is not used afterwards.
Images are float32, channels last, in [-1, 1].
"""

import keras
from keras import layers, ops

from kerasgen import blocks, checks
from kerasgen.layers import DiffAugment
from kerasgen.model import GenerativeModel
from kerasgen.steps import portable_step


@keras.saving.register_keras_serializable("kerasgen")
class SimCLR(GenerativeModel):
    """Encoder of images, trained by contrast.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        widths: Channels of the convolutions at the whole, a half and a quarter of the image's size (two each).
        feature_dim: Length of the feature vector h.
        projection_dim: Length of z.
        augment: Names of the changes T, of `kerasgen.layers.DiffAugment`; at least one.
        temperature: Temperature t: the lower, the more the nearest wrong views count.
        seed: Seed of the random numbers of training.
    """

    tracked = ("loss", "accuracy")
    capabilities = ("features",)
    cannot = {
        "sample": "it learns features of images and draws none",
        "decode": "its features are not meant to lead back to images",
        "encode": "its features are not meant to lead back to images; features(images) gives them",
        "reconstruct": "its features are not meant to lead back to images",
        "log_prob": "it tells images apart without knowing how probable they are",
        "elbo": "it tells images apart without knowing how probable they are",
        "classify": "it learns without labels; a classifier can be fitted to its features",
    }

    def __init__(
        self,
        image_shape=(32, 32, 3),
        widths=(32, 64, 128),
        feature_dim=128,
        projection_dim=64,
        augment=("brightness", "contrast", "translation", "crop", "flip"),
        temperature=0.2,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.widths = widths
        self.feature_dim = checks.integer("feature_dim", feature_dim, 1, 4096)
        self.projection_dim = checks.integer("projection_dim", projection_dim, 1, 4096)
        self.augment = augment
        self.augmentation = DiffAugment(augment, seed=self.seed_generator)
        if not self.augmentation.policy:
            raise ValueError(f"augment must name at least one change, for views to differ; received {augment!r}.")
        self.temperature = checks.number("temperature", temperature, 1e-3, 100)
        self.encoder = build_encoder(self.image_shape, widths, feature_dim)
        self.projector = build_projector(feature_dim, projection_dim)
        self.built = True

    def call(self, images, training=False):
        return self.encoder(images, training=training)

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.contrast(images, training=True))
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.contrast(images, training=False)
        return self.logs()

    def contrast(self, images, training):
        """Mean NT-Xent in nats; `accuracy` is the share of views whose partner is the most similar of all others."""
        views = ops.concatenate([self.augmentation(images), self.augmentation(images)])  # (2N, height, width, channels)
        z = self.projector(self.encoder(views, training=training), training=training)
        z = z / ops.sqrt(ops.sum(ops.square(z), axis=-1, keepdims=True) + 1e-12)
        count = ops.shape(images)[0]
        likeness = ops.matmul(z, ops.transpose(z)) / self.temperature  # (2N, 2N)
        likeness = likeness - 1e9 * ops.eye(2 * count)  # no view is compared with itself
        partner = ops.concatenate([ops.arange(count) + count, ops.arange(count)])
        losses = keras.losses.sparse_categorical_crossentropy(partner, likeness, from_logits=True)  # (2N,)
        hits = ops.cast(ops.argmax(likeness, axis=-1), "int32") == ops.cast(partner, "int32")
        self.track(loss=ops.mean(losses), accuracy=ops.mean(ops.cast(hits, "float32")))
        return ops.mean(losses)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: SimCLR learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")
        if len(x) < 2:
            raise ValueError(f"x must hold at least 2 images, to be told apart; received {len(x)}.")

    def networks(self):
        x = keras.Input(self.image_shape, name="images")
        return {"features": keras.Model(x, self.encoder(x, training=False), name="features")}

    # Verbs

    def features(self, images, batch_size=500):
        """Features h of the images: float32 (count, feature_dim), at least 0."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(lambda part: self.encoder(part, training=False), images, size=batch_size)


def build_encoder(image_shape, widths, feature_dim):
    """images -> h."""
    x = images = keras.Input(image_shape)
    for width in widths:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
        x = layers.MaxPooling2D(2, padding="same")(x)  # in the end (batch, h/8, w/8, width)
    features = layers.Dense(feature_dim, activation="relu", dtype="float32")(layers.Flatten()(x))
    return keras.Model(images, features, name="encoder")


def build_projector(feature_dim, projection_dim):
    """h -> g(h), in float32, so that small angles can be told apart."""
    hidden = layers.Dense(feature_dim, activation="relu", dtype="float32")
    return keras.Sequential(
        [keras.Input((feature_dim,)), hidden, layers.Dense(projection_dim, dtype="float32")], name="projector"
    )
