"""The plain DCGAN recipe of keras.io, on MNIST or Fashion-MNIST: the baseline with which the zoo's GANs are compared.

    python benchmarks/keras_io_dcgan.py mnist            # 8 epochs; writes benchmarks/results/keras-io-dcgan-mnist.weights.h5

The recipe is keras-team/keras-io:examples/generative/dcgan_overriding_train_step.py, unchanged in everything that is a recipe:
its stages without normalisation, LeakyReLU(0.2), dropout 0.2, batch 32, Adam(1e-4) for both players, binary cross-entropy
with noisy labels, latents of 128. Adapted to 28x28 grey images: 7x7 doubles twice (its two first upsampling stages), with the
generator at half its widths, which makes it as large as the zoo's (0.64M and 0.40M parameters here).
"""

import argparse
import functools
import pathlib

import keras
import tensorflow as tf
from keras import layers, ops

from kerasgen import data, noise

RESULTS = pathlib.Path(__file__).parent / "results"
LATENT_DIM = 128


def build_generator():
    return keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 64),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(1, 5, padding="same", activation="sigmoid", dtype="float32"),
        ],
        name="generator",
    )


def build_discriminator():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid", dtype="float32"),
        ],
        name="discriminator",
    )


class KerasIoGAN(keras.Model):
    """The class of the example: fakes are labelled 1, real images 0, and the labels are noisy."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")
        self.built = True

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn

    @property
    def metrics(self):
        return [self.d_loss_metric, self.g_loss_metric]

    def train_step(self, real_images):
        batch_size = ops.shape(real_images)[0]
        latents = keras.random.normal((batch_size, LATENT_DIM), seed=self.seed_generator)
        combined_images = ops.concatenate([self.generator(latents), real_images], axis=0)
        labels = ops.concatenate([ops.ones((batch_size, 1)), ops.zeros((batch_size, 1))], axis=0)
        labels += 0.05 * keras.random.uniform(ops.shape(labels), seed=self.seed_generator)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(combined_images, training=True))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))

        latents = keras.random.normal((batch_size, LATENT_DIM), seed=self.seed_generator)
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(latents), training=True)
            g_loss = self.loss_fn(ops.zeros((batch_size, 1)), predictions)
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))

        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


def weights_path(dataset):
    return RESULTS / f"keras-io-dcgan-{dataset}.weights.h5"


@functools.cache
def trained_generator(dataset):
    generator = build_generator()
    generator.load_weights(weights_path(dataset))
    return generator


def sample(dataset, count, seed=0, start=0):
    """Returns `count` float32 images in [-1, 1] of the trained baseline, from number `start` of that seed on."""
    generator = trained_generator(dataset)
    latents = noise.normal((LATENT_DIM,), seed, start, start + count)
    return 2.0 * generator.predict(latents, batch_size=256, verbose=0) - 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", choices=["mnist", "fashion_mnist"])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--precision", default="mixed_bfloat16", help="Keras dtype policy")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(1337)
    keras.config.set_dtype_policy(arguments.precision)
    images = data.load(arguments.dataset)["train"]["image"].astype("float32") / 255.0
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=1337).batch(32, drop_remainder=True)
    gan = KerasIoGAN(build_generator(), build_discriminator())
    gan.compile(
        d_optimizer=keras.optimizers.Adam(1e-4),
        g_optimizer=keras.optimizers.Adam(1e-4),
        loss_fn=keras.losses.BinaryCrossentropy(),
    )
    gan.fit(batches.prefetch(4), epochs=arguments.epochs, verbose=2)
    RESULTS.mkdir(exist_ok=True)
    gan.generator.save_weights(weights_path(arguments.dataset))


if __name__ == "__main__":
    main()
