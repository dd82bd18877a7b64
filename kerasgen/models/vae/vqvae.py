"""VQ-VAE: an image as a grid of codes from a codebook, and a Transformer that writes such grids for the class it is told.

van den Oord et al., 2017, arXiv:1711.00937. Features of unit length z = encoder(x) at a quarter of the image's size are
replaced by the nearest vectors of a codebook e_1 ... e_K,

    c_i = argmin_k |z_i - e_k|^2,    q_i = z_i + stop(e_{c_i} - z_i),    image = decoder(q)

so that the decoder sees the codebook's vectors, and the encoder gets the gradients of what the decoder saw (straight-through).
The codebook follows the features by averages over the steps (appendix A.1 there), again at unit length (Yu et al., 2022,
arXiv:2110.04627), and vectors that nothing chooses start anew at features of the batch (Dhariwal et al., 2020,
arXiv:2005.00341). The prior of the codes, row by row, is the network of gpt.py, which reads the class first:

    loss = |x - image|^2 / (pixels v) + commitment |z - stop(e_c)|^2 - usage H - 1/n sum_i log p(c_i | c_1 ... c_{i-1}, y)

with v = `pixel_variance`. H = entropy of the mean - mean entropy of softmax(-|z - e|^2 / TEMPERATURE) rewards it if all codes
are in use and each choice is clear (Chang et al., 2022, arXiv:2202.04200). No gradient of the last term reaches the encoder.
Images are float32, channels last, in [-1, 1]. Verbs use averages of the networks' weights, and the codebook.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, noise
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.models.language.gpt import GPTNetwork
from kerasgen.models.vae.codebook import Codebook, entropy, unit, used
from kerasgen.models.vae.networks import residual_block
from kerasgen.steps import compiled, portable_step

LABELS = 2  # stream of random numbers beside that of the codes


@keras.saving.register_keras_serializable("kerasgen")
class VQVAE(GenerativeModel):
    """Vector-quantised autoencoder of images with a class each, and a prior over its codes.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        num_classes: Number of classes; labels are 0..num_classes-1.
        codebook_size: Vectors of the codebook.
        code_dim: Length of the vectors, at least 2.
        widths: Channels of the convolutions at a half and a quarter of the image's size.
        blocks: Residual blocks at a quarter of the image's size, in each network.
        pixel_variance: What the squared error of a pixel is divided by in the loss.
        commitment: Weight in the loss of the distance of features from their vectors.
        usage: Weight of the entropies in the loss; 0 for none.
        codebook_decay: Decay of the averages that the codebook is made of.
        prior_width, prior_layers, prior_heads, dropout: Of the Transformer, as for `GPT`.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the random numbers of training.
    """

    tracked = ("loss", "error", "commitment_loss", "perplexity", "prior_loss")
    capabilities = ("sample", "encode", "decode", "reconstruct")
    cannot = {
        "log_prob": "its decoder gives images without a density",
        "elbo": "its decoder gives images without a density",
        "iw_bound": "its decoder gives images without a density",
        "interpolate": "between two codes there is none",
    }

    def __init__(
        self,
        image_shape=(28, 28, 1),
        num_classes=10,
        codebook_size=256,
        code_dim=16,
        widths=(48, 96),
        blocks=2,
        pixel_variance=0.1,
        commitment=0.25,
        usage=0.05,
        codebook_decay=0.99,
        prior_width=160,
        prior_layers=6,
        prior_heads=5,
        dropout=0.1,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.num_classes = checks.integer("num_classes", num_classes, 2, 100_000)
        self.codebook_size = checks.integer("codebook_size", codebook_size, 2, 1_000_000)
        self.code_dim = checks.integer("code_dim", code_dim, 2, 4096)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.pixel_variance = checks.number("pixel_variance", pixel_variance, 1e-6, 1e6)
        self.commitment = checks.number("commitment", commitment, 0, 1e6)
        self.usage = checks.number("usage", usage, 0, 1e6)
        self.codebook_decay = checks.number("codebook_decay", codebook_decay, 0, 0.999999)
        self.prior_width = checks.integer("prior_width", prior_width, 1, 100_000)
        self.prior_layers = checks.integer("prior_layers", prior_layers, 1, 256)
        self.prior_heads = checks.integer("prior_heads", prior_heads, 1, 1024)
        if prior_width % (2 * prior_heads):
            raise ValueError(f"prior_width must be a multiple of 2 * prior_heads = {2 * prior_heads}; received {prior_width}.")
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.grid = (self.image_shape[0] // 4, self.image_shape[1] // 4)
        self.length = self.grid[0] * self.grid[1]
        self.encoder = build_encoder(self.image_shape, widths, blocks, code_dim)
        self.codebook = Codebook(codebook_size, code_dim, codebook_decay, self.seed)
        self.decoder = build_decoder(self.image_shape, widths, blocks, code_dim)
        # The tokens after the codes are the classes, with which each text begins.
        tokens = codebook_size + num_classes
        self.prior = GPTNetwork(tokens, prior_width, prior_layers, prior_heads, self.length, dropout, self.seed, name="prior")
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.decoder_average = WeightAverage(self.decoder, average_decay)
        self.prior_average = WeightAverage(self.prior, average_decay)
        self.read_images = compiled(lambda images: self.codebook.nearest(self.encoder_average(images)), self)
        self.draw_images = compiled(lambda codes: self.decoder_average(self.codebook(codes)), self)
        self.write_codes = compiled(self.written, self)
        self.built = True

    def call(self, images, training=False):
        """Images through the codes and back: by the averaged networks that the verbs use; in training, by the networks."""
        encoder, decoder = (self.encoder, self.decoder) if training else (self.encoder_average, self.decoder_average)
        return decoder(self.codebook(self.codebook.nearest(encoder(images))))

    # Training

    @portable_step
    def train_step(self, batch):
        images, labels = batch

        def loss():
            features = self.encoder(images, training=True)
            total = self.loss_of(images, labels, features, self.decoder, lambda tokens: self.prior(tokens, training=True))
            self.codebook.follow(ops.stop_gradient(features), self.seed_generator)
            return total

        self.minimize(loss)
        for average in (self.encoder_average, self.decoder_average, self.prior_average):
            average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        images, labels = batch
        self.loss_of(images, labels, self.encoder_average(images), self.decoder_average, self.prior_average)
        return self.logs()

    def loss_of(self, images, labels, features, decoder, prior):
        """The loss of a batch, given the encoder's features (batch, rows, columns, code_dim)."""
        distances = self.codebook.distances(features)  # (batch, rows, columns, codebook_size)
        codes = ops.argmin(distances, axis=-1)
        vectors = self.codebook(codes)
        error = ops.mean(ops.square(images - decoder(straight_through(features, vectors))))
        commitment = ops.mean(ops.sum(ops.square(features - ops.stop_gradient(vectors)), axis=-1))
        shares = ops.mean(ops.one_hot(codes, self.codebook_size, dtype="float32"), axis=(0, 1, 2))
        prior_loss = self.prior_loss(ops.reshape(codes, (-1, self.length)), labels, prior)
        loss = error / self.pixel_variance + self.commitment * commitment + prior_loss
        if self.usage:
            loss = loss - self.usage * used(distances)
        self.track(loss=loss, error=error, commitment_loss=commitment)
        self.track(perplexity=ops.exp(entropy(shares)), prior_loss=prior_loss)
        return loss

    def prior_loss(self, codes, labels, prior):
        """-log p(codes | label) in nats a code, a mean over a batch of codes (batch, length)."""
        first = self.codebook_size + ops.cast(ops.reshape(labels, (-1, 1)), "int32")
        codes = ops.cast(codes, "int32")
        logits, _ = prior(ops.concatenate([first, codes[:, :-1]], axis=1))
        logits = logits[..., : self.codebook_size]
        return ops.mean(keras.losses.sparse_categorical_crossentropy(codes, logits, from_logits=True))

    def check_data(self, x, y=None):
        checks.images(x, self.image_shape, name="x")
        if y is None:
            raise ValueError(f"y must be the labels of the images, integers from 0 to {self.num_classes - 1}; received None.")
        checks.labels(y, self.num_classes, expected_count=len(x), name="y")

    def networks(self):
        codes, images = keras.Input(self.grid, dtype="int32", name="codes"), keras.Input(self.image_shape, name="images")
        drawn = ops.clip(self.decoder(self.codebook(codes), training=False), -1.0, 1.0)
        found = self.codebook.nearest(self.encoder(images, training=False))
        return {"decode": keras.Model(codes, drawn, name="decode"), "encode": keras.Model(images, found, name="encode")}

    # Verbs

    def sample(self, count=None, label=None, seed=0, start=0, temperature=1.0, batch_size=256):
        """Draws images: `sample(16)`, `sample(16, label=7)`, `sample(label=[3, 1, 4])`.

        Args:
            count: How many, 1 to 1,000,000; None for one of each label in a sequence.
            label: Class of all images, a sequence with the class of each, or None to draw classes too, all equally likely.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) and its label alone, its drawn label on (seed, i).
            start: Index of the first image, to draw a long series in parts.
            temperature: Of the codes' probabilities, 0.01 to 100: below 1, images are more typical and less varied.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: An argument is out of range, or count and labels do not fit.
        """
        count, labels = checks.labels_asked(count, label, self.num_classes)
        seed, start = checks.seed(seed), checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        temperature = checks.number("temperature", temperature, 0.01, 100)
        labels = self.drawn_labels(count, seed, start) if labels is None else labels

        def draw(first, last):
            uniform = noise.uniform((self.length,), seed, first, last)
            asked = labels[first - start : last - start].astype("int32")
            return self.write_codes(asked, np.full(last - first, temperature, "float32"), uniform)

        codes = blocks.drawn(draw, count, start, batch_size)
        return self.decode(np.reshape(codes, (-1, *self.grid)), batch_size)

    def drawn_labels(self, count, seed=0, start=0):
        """The labels that `sample(count, seed=seed, start=start)` draws: int64 (count,)."""
        uniform = noise.uniform((), checks.seed(seed), start, start + checks.count(count), LABELS)
        return np.minimum((uniform * self.num_classes).astype("int64"), self.num_classes - 1)

    def written(self, labels, temperatures, uniform):
        """Codes int32 (rows, length) for uniform numbers of that shape, of classes (rows,), each drawn given those before."""

        def draw(i, carried):
            codes, tokens, states = carried
            logits, states = self.prior_average(tokens[:, None], states)
            shares = ops.softmax(logits[:, 0, : self.codebook_size] / temperatures[:, None])
            below = ops.cumsum(shares, axis=-1) < ops.take(uniform, i, axis=1)[:, None]
            tokens = ops.minimum(ops.sum(ops.cast(below, "int32"), axis=-1), self.codebook_size - 1)
            return ops.where(ops.arange(self.length)[None] == i, tokens[:, None], codes), tokens, states

        start = (ops.cast(ops.zeros_like(uniform), "int32"), labels + self.codebook_size)
        return ops.fori_loop(0, self.length, draw, (*start, self.prior.start_states(ops.shape(labels)[0])))[0]

    def encode(self, images, batch_size=256):
        """Codes of images, float array (count, height, width, channels) in [-1, 1]: int32 (count, height / 4, width / 4)."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.read_images, images, size=batch_size)

    def decode(self, codes, batch_size=256):
        """Images of codes, integers (count, height / 4, width / 4): float32 (count, height, width, channels) in [-1, 1].

        Raises:
            ValueError: The codes have another shape or type, or are not in 0 .. codebook_size-1.
        """
        array = np.asarray(codes)
        fits = array.ndim == 3 and array.shape[1:] == self.grid and len(array) and np.issubdtype(array.dtype, np.integer)
        if not fits or not 0 <= array.min() <= array.max() < self.codebook_size:
            raise ValueError(
                f"codes must be integers from 0 to {self.codebook_size - 1} of shape (count, {self.grid[0]}, {self.grid[1]}), "
                f"at least one; received shape {array.shape} and type {array.dtype}."
            )
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return np.clip(blocks.mapped(self.draw_images, array.astype("int32"), size=batch_size), -1.0, 1.0)

    def reconstruct(self, images, batch_size=256):
        """What the codes of images decode to, as `decode` gives it."""
        return self.decode(self.encode(images, batch_size), batch_size)

    def codebook_perplexity(self, images, batch_size=256):
        """exp of the entropy of how often the codes occur in images: 1 .. codebook_size, the number of codes in even use."""
        shares = np.bincount(self.encode(images, batch_size).ravel(), minlength=self.codebook_size) / 1.0
        shares = shares[shares > 0] / shares.sum()
        return float(np.exp(-np.sum(shares * np.log(shares))))


def straight_through(features, vectors):
    """The vectors, with the features' gradients (section 3.2 of the paper)."""
    return features + ops.stop_gradient(vectors - features)


def build_encoder(image_shape, widths, blocks, code_dim):
    """images in [-1, 1] -> features of unit length (batch, height / 4, width / 4, code_dim)."""
    images, (half, quarter) = keras.Input(image_shape), widths
    x = layers.Conv2D(half, 5, strides=2, padding="same")(images)
    x = layers.Conv2D(quarter, 3, strides=2, padding="same")(layers.Activation("relu")(residual_block(x, half)))
    for _ in range(blocks):
        x = residual_block(x, quarter)
    x = layers.Conv2D(code_dim, 1, dtype="float32")(layers.Activation("relu")(x))
    return keras.Model(images, unit(x), name="encoder")


def build_decoder(image_shape, widths, blocks, code_dim):
    """vectors of codes -> images (batch, height, width, channels)."""
    height, width, channels = image_shape
    (half, quarter), vectors = widths, keras.Input((height // 4, width // 4, code_dim))
    x = layers.Conv2D(quarter, 3, padding="same")(vectors)
    for _ in range(blocks):
        x = residual_block(x, quarter)
    x = layers.Conv2DTranspose(half, 4, strides=2, padding="same")(layers.Activation("relu")(x))
    x = layers.Activation("relu")(residual_block(x, half))
    return keras.Model(
        vectors, layers.Conv2DTranspose(channels, 4, strides=2, padding="same", dtype="float32")(x), name="decoder"
    )
