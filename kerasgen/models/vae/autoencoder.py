"""Autoencoder: an image through a short code and back; samples come from a density that is fitted to the codes afterwards.

Hinton & Salakhutdinov, 2006, "Reducing the dimensionality of data with neural networks", trained by gradients alone:

    minimise  E |x - decoder(encoder(x))|^2 / pixels

Nothing in this says where codes lie, so that there is nothing to draw them from: a standard normal vector is, as a rule, no
code of any image. After `fit_prior`, codes are drawn from a Gaussian mixture that was fitted to those of given images (Ghosh
et al., 2020, arXiv:1903.12436, section 4: ex-post density estimation),

    z ~ sum_k w_k N(m_k, S_k),    image = decoder(z)

Linear networks (`widths=()`) span the plane of the leading principal components (Baldi & Hornik, 1989). Images are float32,
channels last, in [-1, 1]. All results come from averages of the weights over time.
"""

import keras
import numpy as np
from keras import layers, ops

from kerasgen import blocks, checks, latents
from kerasgen.latents import checked_latents
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel, VerbNotOffered
from kerasgen.models.mixture.gaussian_mixture import GaussianMixture
from kerasgen.models.vae.networks import grow, shrink
from kerasgen.steps import compiled, portable_step

PRIORS = ("gaussian_mixture", "gaussian")
ARRAYS = {f"prior_{name}": name for name in GaussianMixture.array_names}  # as the prior is saved: as the mixture calls them


@keras.saving.register_keras_serializable("kerasgen")
class Autoencoder(GenerativeModel):
    """Deterministic autoencoder of images.

    `arrays` hold the prior, once it is fitted, and are saved with the weights. `fit` forgets it: the codes move.

    Args:
        image_shape: (height, width, channels); height and width multiples of 4.
        latent_dim: Length of a code.
        widths: Channels of the convolutions at a half and a quarter of the image's size; () for linear networks.
        blocks: Residual blocks at a quarter of the image's size, in each network.
        hidden_dim: Units of the dense layer between convolutions and codes, in each network.
        average_decay: Decay of the averages of the weights that the verbs use.
        seed: Seed of the weights' and the prior's start.
    """

    capabilities = ("encode", "decode", "reconstruct", "interpolate", "fit_prior")
    cannot = {
        "sample": "until a prior is fitted, nothing says where the codes of images lie: call fit_prior('gaussian_mixture', "
        "images) with training images first",
        "log_prob": "its codes have a density once fit_prior was called, but its images have none",
        "elbo": "it has no likelihood that could be bounded",
        "iw_bound": "it has no likelihood that could be bounded",
    }

    def __init__(
        self,
        image_shape=(28, 28, 1),
        latent_dim=16,
        widths=(32, 64),
        blocks=0,
        hidden_dim=256,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.image_shape = checks.image_shape(image_shape, multiple_of=4)
        self.latent_dim = checks.integer("latent_dim", latent_dim, 1, 4096)
        self.widths = widths
        self.blocks = checks.integer("blocks", blocks, 0, 100)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1, 100_000)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.encoder = build_encoder(self.image_shape, latent_dim, widths, blocks, hidden_dim)
        self.decoder = build_decoder(self.image_shape, latent_dim, widths, blocks, hidden_dim)
        self.encoder_average = WeightAverage(self.encoder, average_decay)
        self.decoder_average = WeightAverage(self.decoder, average_decay)
        self.read_images = compiled(self.encoder_average, self)  # what the verbs use
        self.draw_images = compiled(self.decoder_average, self)
        self.set_prior({})
        self.built = True

    def call(self, images, training=False):
        """Reconstructed images: by the averaged networks that the verbs use; in training, by the networks themselves."""
        if training:
            return self.decoder(self.encoder(images, training=True), training=True)
        return self.decoder_average(self.encoder_average(images))

    # Training

    @portable_step
    def train_step(self, images):
        self.minimize(lambda: self.error(images, self.encoder, self.decoder))
        self.encoder_average.update()
        self.decoder_average.update()
        return self.logs()

    @portable_step
    def test_step(self, images):
        self.error(images, self.encoder_average, self.decoder_average)
        return self.logs()

    def error(self, images, encoder, decoder):
        """Mean squared error of a pixel in [-1, 1]."""
        loss = ops.mean(ops.square(images - decoder(encoder(images))))
        self.track(loss=loss)
        return loss

    def fit(self, x=None, y=None, *args, **kwargs):
        """`GenerativeModel.fit`; the prior is forgotten, for the codes move: call `fit_prior` again afterwards."""
        self.set_prior({})
        return super().fit(x, y, *args, **kwargs)

    def check_data(self, x, y=None):
        if y is not None:
            raise ValueError("y must be None: Autoencoder learns from images alone; received labels or targets.")
        checks.images(x, self.image_shape, name="x")

    def networks(self):
        codes, images = keras.Input((self.latent_dim,), name="latents"), keras.Input(self.image_shape, name="images")
        drawn = ops.clip(self.decoder(codes, training=False), -1.0, 1.0)
        encode = keras.Model(images, self.encoder(images, training=False), name="encode")
        return {"decode": keras.Model(codes, drawn, name="decode"), "encode": encode}

    # The prior

    def fit_prior(self, prior, images, components=50, passes=100, batch_size=256):
        """Fits the density that `sample` draws codes from to the codes of `images`; returns its log-likelihoods, one a pass.

        Args:
            prior: "gaussian_mixture", of Gaussians with full covariances, or "gaussian", a single one.
            images: float array (count, height, width, channels) in [-1, 1], the training images; at least one a component.
            components: Gaussians of the mixture; not used for "gaussian".
            passes: Most passes of EM over the codes; it ends before if one gains less than 1e-3 nats a code.
            batch_size: Images encoded at once.

        Raises:
            ValueError: An argument is out of range; the prior stays as it was.
        """
        checks.one_of("prior", prior, PRIORS)
        components = checks.integer("components", components, 1, 10_000) if prior == "gaussian_mixture" else 1
        checks.integer("passes", passes, 1, 100_000)
        images = checks.images(images, self.image_shape)
        if len(images) < components:
            raise ValueError(f"images must be at least as many as components, {components}; received {len(images)}.")
        codes = self.encode(images, batch_size)
        least = max(1e-12, 1e-5 * float(codes.var(axis=0).mean()))  # a code that no image uses has no variance of its own
        mixture = GaussianMixture(components, "full", min_variance=least, seed=self.seed)
        stop = keras.callbacks.EarlyStopping("loss", min_delta=1e-3, patience=1, mode="min")
        history = mixture.fit(codes, epochs=passes, callbacks=[stop]).history["loss"]
        self.set_prior({name: mixture.arrays[mixtures] for name, mixtures in ARRAYS.items()})
        return [-loss for loss in history]

    def set_prior(self, arrays):
        """Takes the arrays of a prior, named as in ARRAYS, or {} for none."""
        self.arrays = dict(arrays)
        self.capabilities = (*type(self).capabilities, *(["sample"] if arrays else []))

    def draw_codes(self, count, seed=0, start=0):
        """Codes of the samples start..start+count-1 of `seed`, from the prior: float32 (count, latent_dim).

        Raises:
            VerbNotOffered: No prior has been fitted.
        """
        if not self.arrays:
            raise VerbNotOffered(f"Autoencoder has no draw_codes: {self.cannot['sample']}.")
        mixture = GaussianMixture(len(self.arrays["prior_weights"]), seed=0)
        mixture.arrays = {mixtures: self.arrays[name] for name, mixtures in ARRAYS.items()}
        return mixture.sample(count, seed, start)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for name, array in self.arrays.items():
            store[name] = np.asarray(array)

    def load_own_variables(self, store):
        stored = {key: store[key] for key in list(store.keys())}
        prior = {name: np.array(stored.pop(name)) for name in ARRAYS if name in stored}
        if prior:
            self.check_prior(prior)
        super().load_own_variables(stored)
        self.set_prior(prior)

    def check_prior(self, arrays):
        """Raises a ValueError unless arrays from a file are those of a mixture over codes of this length."""
        shapes = {name: np.shape(array) for name, array in arrays.items()}
        count, dim = (shapes.get("prior_weights") or (0,))[0], self.latent_dim
        wanted = {"prior_weights": (count,), "prior_means": (count, dim), "prior_factors": (count, dim, dim)}
        if shapes != wanted or not count or not np.all(np.diagonal(arrays["prior_factors"], axis1=1, axis2=2) > 0):
            raise ValueError(f"The prior must have positive factors and the shapes {wanted}; the file has {shapes}.")

    # Verbs

    @property
    def sample(self):
        """The verb `sample(count, seed=0, start=0, batch_size=256)`, which there is once a prior is fitted: see `draw`."""
        if not self.arrays:
            raise AttributeError("sample")  # for which __getattr__ of the base class gives the reason
        return self.draw

    def draw(self, count=16, seed=0, start=0, batch_size=256):
        """Draws images from codes of the prior; as a verb it is called `sample`.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Image i depends on (seed, i) alone.
            start: Index of the first image, to draw a long series in parts.
            batch_size: Images computed at once.

        Returns:
            float32 array (count, height, width, channels) in [-1, 1].

        Raises:
            VerbNotOffered: No prior has been fitted.
            ValueError: An argument is out of range.
        """
        checks.count(count), checks.seed(seed), checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.drawn(lambda i, j: self.decode(self.draw_codes(j - i, seed, i), batch_size), count, start, batch_size)

    def encode(self, images, batch_size=256):
        """Codes of images, float array (count, height, width, channels) in [-1, 1]: float32 (count, latent_dim)."""
        images = checks.images(images, self.image_shape)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return blocks.mapped(self.read_images, images, size=batch_size)

    def decode(self, latents, batch_size=256):
        """Images of codes, a finite array (count, latent_dim): float32 (count, height, width, channels) in [-1, 1]."""
        z = checked_latents(latents, self.latent_dim)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        return np.clip(blocks.mapped(self.draw_images, z, size=batch_size), -1.0, 1.0)

    def reconstruct(self, images, batch_size=256):
        """What the codes of images decode to, as `decode` gives it."""
        return self.decode(self.encode(images, batch_size), batch_size)

    def interpolate(self, first, second, steps=8):
        """Images on the straight line between the codes of two images (height, width, channels), both included.

        Returns:
            float32 array (steps, height, width, channels) in [-1, 1].
        """
        steps = checks.integer("steps", steps, 2, 1000)
        pair = [checks.images(np.asarray(x)[None], self.image_shape, name=n) for x, n in ((first, "first"), (second, "second"))]
        return self.decode(latents.straight_line(*self.encode(np.concatenate(pair)), steps))


def build_encoder(image_shape, latent_dim, widths, blocks, hidden_dim):
    """images in [-1, 1] -> codes (batch, latent_dim)."""
    images = keras.Input(image_shape)
    x = layers.Dense(hidden_dim, activation="relu")(shrink(images, widths, blocks)) if widths else layers.Flatten()(images)
    return keras.Model(images, layers.Dense(latent_dim, dtype="float32", name="code")(x), name="encoder")


def build_decoder(image_shape, latent_dim, widths, blocks, hidden_dim):
    """codes -> images (batch, height, width, channels)."""
    codes = keras.Input((latent_dim,))
    if widths:
        images = grow(layers.Dense(hidden_dim, activation="relu")(codes), image_shape, widths, blocks, image_shape[2])
    else:
        images = layers.Reshape(image_shape)(layers.Dense(int(np.prod(image_shape)), dtype="float32")(codes))
    return keras.Model(codes, images, name="decoder")
