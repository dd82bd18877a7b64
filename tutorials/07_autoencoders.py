# %% [markdown]
# # 7. Autoencoders: from a code to a distribution
#
# An autoencoder squeezes an image into a few numbers, its code, and draws the image again from them. That compresses,
# and it removes noise. It does not generate: nothing says which codes belong to images. This page goes from there to the
# variational autoencoder, which does say it:
#
# - a plain autoencoder beside principal components, why its samples need a density that is fitted afterwards, and the
#   removal of noise;
# - the variational autoencoder: codes that are clouds, two bounds on the likelihood, and a map of two latents;
# - what the weight beta of the divergence buys and costs;
# - a class that is told, so that the code carries the style alone;
# - a ladder of stochastic layers, how a layer is given up, and what prevents it;
# - what the bound says of images that are not digits, and what it does not.
#
# At the end we run what two articles print as a "VAE", and mend it.
#
# With the real data the page takes about five minutes on two CPU cores; with `KERASGEN_FAST=1` it uses the few images
# inside the package and trains for a few steps, so that everything runs and little is learned. The numbers in the text
# are from a run on the real data.

# %%
import os
import pathlib
import re
import sys
import zlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from matplotlib.figure import Figure

import kerasgen
from kerasgen.models.vae.hvae import HVAE
from kerasgen.models.vae.vae import VAE

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/07")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


def show_rows(name, *rows):
    """Shows rows of pictures of equal length."""
    kerasgen.plots.save_grid(np.concatenate(rows), out / name, columns=len(rows[0]), scale=3)
    show(out / name)


def attempt(what, lines):
    """Runs some lines and prints what comes of them, an error included."""
    try:
        print(f"{what}: {lines()}")
    except Exception as error:
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # in one line, without terminal colours
        print(f"{what}: {type(error).__name__}: {words[:160]}")


splits = kerasgen.data.load("mnist", smoke=fast)
train = kerasgen.data.to_float_images(splits["train"]["image"][:10_000])
test = kerasgen.data.to_float_images(splits["test"]["image"][:1000])
test_labels = splits["test"]["label"][:1000]
small = {"widths": (16, 32), "hidden_dim": 64, "seed": 0}


def trained(model, images=train, epochs=3, batch_size=128):
    """The model after some passes over images."""
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(images, batch_size=min(batch_size, len(images)), epochs=1 if fast else epochs, verbose=0)
    return model


# %% [markdown]
# ## Codes
#
# `autoencoder-mnist` keeps 16 numbers of an image's 784. First row: test images; second: what it draws from
# their codes; third: what the 16 leading principal components keep, which is the best that a *linear* network can do.

# %%
autoencoder = kerasgen.load("autoencoder-mnist")
drawn_again = autoencoder.reconstruct(test)
flat, mean = train.reshape(len(train), -1), train.reshape(len(train), -1).mean(axis=0)
components = np.linalg.svd(flat - mean, full_matrices=False)[2][: autoencoder.latent_dim]
projected = ((test.reshape(len(test), -1) - mean) @ components.T @ components + mean).reshape(test.shape)
show_rows("reconstructions.png", test[:12], drawn_again[:12], np.clip(projected[:12], -1, 1))
for what, images in (("autoencoder", drawn_again), ("principal components", projected)):
    print(f"mean squared error of a pixel in [-1, 1], {what}: {np.mean(np.square(images - test)):.4f}")

# %% [markdown]
# As many numbers, and a third of the error: digits do not lie on a plane.
#
# To generate, we need codes. Where are they? Training asked for good drawings and nothing else. Draw each number of the
# code by itself, with its mean and its variance (first row), and most codes lie where no image is. `fit_prior` fits a
# density to the codes of the training images, from which `sample` then draws. One Gaussian knows which numbers go together
# (second row). A mixture knows, too, that there are several kinds of digits (third row): fifty Gaussians, which the zoo's model
# comes with. All of them remain approximations of what training left behind.

# %%
mixture = autoencoder.sample(12, seed=0)
codes = autoencoder.encode(train)
naive = codes.mean(axis=0) + codes.std(axis=0) * np.random.default_rng(0).standard_normal((12, autoencoder.latent_dim))
autoencoder.fit_prior("gaussian", train)
show_rows("samples.png", autoencoder.decode(naive.astype("float32")), autoencoder.sample(12, seed=0), mixture)

# %% [markdown]
# ## Removing noise
#
# A denoising autoencoder gets a damaged image and must give the one before the damage. `denoiser-mnist` has learned that for
# noise of any strength up to 0.7, on pixels in [0, 1], and has no code: details pass by on shortcuts. Noise of 0.4, what is
# made of it, and the digits themselves:

# %%
denoiser = kerasgen.load("denoiser-mnist")
noisy = test + 2 * 0.4 * np.random.default_rng(1).standard_normal(test.shape).astype("float32")
cleaned = denoiser.denoise(noisy)
show_rows("noise.png", np.clip(noisy[:12], -1, 1), cleaned[:12], test[:12])


def decibels(images):
    """Peak signal-to-noise ratio, the mean over images of -10 log10 of the squared error of pixels in [0, 1]."""
    return np.mean(-10 * np.log10(np.mean(np.square((images - test) / 2), axis=(1, 2, 3))))


print(f"noisy, clipped: {decibels(np.clip(noisy, -1, 1)):.1f} dB; cleaned: {decibels(cleaned):.1f} dB")

# %% [markdown]
# ## Clouds instead of points
#
# A variational autoencoder (Kingma & Welling, 2014) makes the place of the codes part of the goal. The encoder answers
# with a cloud, a Gaussian q(z | x), and training maximises
#
# $$\mathrm{ELBO}(x) = E_{q(z|x)}[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,N(0, I)) \le \log p(x)$$
#
# The first term wants good drawings from every point of the cloud. The second is the price, in nats, of a cloud that is
# not the standard Gaussian. What is bought with the price is that standard normal numbers *are* codes. And the sum is a
# lower bound on the log-likelihood, so that models can be compared by it. The importance-weighted bound (Burda et al., 2016)
# averages inside the logarithm, over several latents of an image, and is tighter the more there are.
# (`kerasgen info vae-mnist` shows both on all test images.)

# %%
vae = kerasgen.load("vae-mnist")
bits = kerasgen.data.binarise(splits["test"]["image"][:200], seed=0)
means, log_variances = vae.encode(bits)
divergence = 0.5 * np.sum(np.square(means) + np.exp(log_variances) - 1 - log_variances, axis=1)
print(f"ELBO {vae.elbo(bits).mean():.1f} nats an image, of which the divergence takes {divergence.mean():.1f}")
for samples in (1, 10, 100):
    print(f"importance-weighted bound with {samples:3} samples: {vae.iw_bound(bits, samples=samples).mean():.1f}")
show_rows("clouds.png", test[:12], vae.reconstruct(test[:12]), vae.sample(12, seed=0))

# %% [markdown]
# ## A map
#
# With a code of two numbers the whole latent space fits on paper. Left: where it puts test images,
# a colour for each digit; right: what it draws at the points of a grid (quantiles of the standard Gaussian, so that each
# picture stands for an equal share of the samples).

# %%
flat_land = trained(VAE(latent_dim=2, blocks=0, **small), epochs=6)
places = flat_land.encode(test)[0]
figure = Figure(figsize=(11, 5.5), layout="constrained")
left, right = figure.subplots(1, 2)
points = left.scatter(*places.T, c=test_labels, cmap="tab10", s=6, vmin=-0.5, vmax=9.5)
figure.colorbar(points, ax=left, ticks=range(10))
left.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal")
quantiles = np.array([-1.64, -1.04, -0.67, -0.39, -0.13, 0.13, 0.39, 0.67, 1.04, 1.64], "float32")
grid = np.stack(np.meshgrid(quantiles, quantiles[::-1]), axis=-1).reshape(-1, 2)
right.imshow(kerasgen.plots.image_grid(flat_land.decode(grid), columns=10, scale=2))
right.set_axis_off()
figure.savefig(out / "map.png", dpi=90)
show(out / "map.png")

# %% [markdown]
# ## What beta does
#
# Multiply the divergence by beta (Higgins et al., 2017). Below 1, drawings get better and samples worse: the codes are no
# longer where samples are drawn. Above 1, codes that do not pay their price are given up: their cloud becomes the
# standard Gaussian and says nothing of the image. A latent is called active if its mean varies with the image.

# %%
print("beta   reconstruction   divergence   ELBO     active latents of 10")
for beta in (0.1, 1.0, 8.0):
    model = trained(VAE(latent_dim=10, blocks=0, beta=beta, **small))
    means, log_variances = model.encode(bits)
    divergence = 0.5 * np.sum(np.square(means) + np.exp(log_variances) - 1 - log_variances, axis=1).mean()
    bound = model.elbo(bits).mean()
    active = np.sum(means.var(axis=0) > 0.01)
    print(f"{beta:4}   {bound + divergence:14.1f}   {divergence:10.1f}   {bound:6.1f}   {active}")

# %% [markdown]
# The bound (ELBO, at weight 1 for all of them) is best where it was the goal.
#
# ## A class that is told
#
# A conditional VAE tells both networks the digit. Then the code need not say it, and says what is left: slant, width, weight
# of the stroke. One style a row, one digit a column; below, test images drawn again as sevens, in their own style. And since
# it has a bound for each class, the best of ten says what a digit is: a classifier that nobody trained.

# %%
cvae = kerasgen.load("cvae-mnist")
kerasgen.plots.save_grid(cvae.sweep_labels(4), out / "styles.png", columns=10, scale=3)
show(out / "styles.png")
show_rows("sevens.png", test[:12], cvae.reconstruct(test[:12], label=7, own_label=test_labels[:12]))
named = cvae.classify(bits).argmax(axis=1)
print(f"the class with the highest bound is the right one: {np.mean(named == test_labels[: len(bits)]):.1%}")

# %% [markdown]
# ## A ladder
#
# One vector has to say everything at once. `hvae-mnist` draws its latents in six layers, each given those above it: two
# vectors for the digit as a whole, then maps of 7x7 and of 14x14 places. How many nats of divergence each layer takes is
# how much it says. In the picture, below the test images: what is drawn from their two vectors, from their layers down to
# 7x7, and from all of them, while the layers left out stay at what those above make of them.

# %%
hvae = kerasgen.load("hvae-mnist")
for layer, nats in enumerate(hvae.layer_divergences(bits[:100]).mean(axis=0), 1):
    print(f"layer {layer}, {hvae.scales[layer - 1]:7} {nats:5.1f} nats")
print(f"ELBO {hvae.elbo(bits[:100]).mean():.1f}, of the same images by vae-mnist {vae.elbo(bits[:100]).mean():.1f}")
latents = hvae.encode(test[:12])[0]
ends = np.cumsum([part[0].size for part in hvae.layers_of(latents)])
rows = [hvae.decode(np.where(np.arange(ends[-1]) < end, latents, 0)) for end in (ends[1], ends[4], ends[5])]
show_rows("ladder.png", test[:12], *rows)

# %% [markdown]
# ## Posterior collapse
#
# A layer that says nothing costs nothing. Early in training, when the decoder cannot yet read a layer, that is the cheapest
# way out, and once q of that layer equals its prior no gradient leads back: posterior collapse. It is easily provoked.
# The images are discs that code makes; the ladder has a vector and, below, a map of 4x4 places.
#
# Two cures. *Warm-up* lets the weight of the divergence rise from zero, so that layers are in use before they cost anything
# (Bowman et al., 2016; Sonderby et al., 2016). *Free bits* charge each layer for what exceeds some nats only, so that
# giving it up saves nothing (Kingma et al., 2016).


# %%
def discs(count, seed):
    """Discs of random place, radius and grey level: uint8 (count, 16, 16, 1)."""
    x, y, radius, grey = np.random.default_rng(seed).uniform((4, 4, 1.5, 0.4), (12, 12, 3.5, 1), (count, 4)).T[..., None, None]
    rows, columns = np.mgrid[:16, :16] + 0.5
    return np.round(255 * grey * np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)).astype("uint8")[..., None]


shapes = kerasgen.data.to_float_images(discs(64 if fast else 8000, seed=0))
held_out = kerasgen.data.binarise(discs(32 if fast else 500, seed=1), seed=0)
kerasgen.plots.save_grid(shapes[:24], out / "discs.png", columns=12, scale=4)
show(out / "discs.png")
layout = {"scales": ("vector", "quarter"), "depths": (8, 2), "widths": (12, 24), "blocks": 1, "hidden_dim": 48}
cures = {"none": {}, "warm-up of 500 steps": {"warmup_steps": 500}, "2 free nats a layer": {"free_bits": 2.0}}
print("cure                   vector   map    ELBO")
for name, cure in cures.items():
    ladder = trained(HVAE((16, 16, 1), **layout, average_decay=0.99, seed=0, **cure), shapes, epochs=6, batch_size=64)
    upper, lower = ladder.layer_divergences(held_out).mean(axis=0)
    print(f"{name:20}   {upper:6.2f}   {lower:4.2f}   {ladder.elbo(held_out).mean():.1f}")

# %% [markdown]
# Without a cure the map is dead. Warm-up revives it, and the vector dies in its stead: while the divergence costs little, both
# could say where a disc is, and the map was faster. Free nats keep both in use. The best bound is that of the dead map: for a
# disc the vector is enough. Collapse does harm where the lost layer had something to say that the others cannot: with tiles
# behind the discs, which suit a map, one without a cure missed up to 11 nats; warm-up with free nats kept both layers in use
# with each of three seeds ([table](../benchmarks/results/posterior-collapse.md), by `benchmarks/posterior_collapse.py`).
#
# ## What is not a digit
#
# A likelihood should notice images of another kind: their bound is low. The number below is the probability that an image
# of the other kind scores higher than a digit (the area under the ROC curve: 1 is perfect, 0.5 a coin, below 0.5 worse
# than a coin). Clothes are found. Digits at half their size are not: their bound is *higher* than that of digits, and
# so is that of an empty image. The bound pays for every pixel that is hard to foretell, and these have fewer of them.
#
# The mend (Serra et al., 2020): subtract what a general compressor needs for the image, here `zlib`. What is left is how
# much worse than general knowledge the model does; small images are cheap for both.


# %%
def area(usual, others):
    return np.mean(usual[:, None] < others)


def compressed(images):
    """Length in nats of each image of bits, compressed."""
    return np.array([8 * np.log(2) * len(zlib.compress(np.packbits(x > 0).tobytes(), 9)) for x in images])


digits = splits["test"]["image"][:500]
clothes = kerasgen.data.load("fashion_mnist", smoke=fast)["test"]["image"][:500]
halved = digits.reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)).round().astype("uint8")
halved = np.pad(halved, ((0, 0), (7, 7), (7, 7), (0, 0)))
kinds = {"digits": digits, "clothes": clothes, "digits at half size": halved, "empty images": np.zeros_like(digits[:20])}
print("                       ELBO   zlib   area: -ELBO   -ELBO - zlib")
for name, images in kinds.items():
    drawn = kerasgen.data.binarise(images, seed=1)
    nats, length = -vae.elbo(drawn), compressed(drawn)
    if name == "digits":
        usual, mended = nats, nats - length
    numbers = area(usual, nats), area(mended, nats - length)
    print(f"{name:20} {-nats.mean():6.0f} {length.mean():6.0f}   {numbers[0]:11.3f}   {numbers[1]:12.3f}")

# %% [markdown]
# `benchmarks/anomaly.py` has more kinds, letters among them, and other scores.
#
# ## What the articles print
#
# References such as (001, line 108) are to an article and its line; `tutorials/README.md` lists them.
#
# ### The sign (001, line 108)
#
# The first article minimises `-log p - KL`: it *rewards* codes for being far from the prior. The divergence has no
# largest value, so the loss has no smallest. (It also takes the divergence between two means, which are numbers, where
# there should be two distributions, lets the prior depend on x, and has a likelihood without an expectation over codes.)
#
# ### The divergence (002, line 176)
#
# The second article has a plus sign, and a formula whose softplus terms collapse: softplus(-s) - softplus(s) = -s. What is
# left is 0.5 (log variance + mean² - 1), which falls without end as the variance shrinks, and is not 0 where the two
# distributions are the same.

# %%
log_variance = np.array([-20.0, -5.0, 0.0, 5.0])


def softplus(s):
    return np.log1p(np.exp(s))


printed = -0.5 * (1 + softplus(-log_variance) - 0**2 - softplus(log_variance))
right_one = -0.5 * (1 + log_variance - 0**2 - np.exp(log_variance))
print("log variance:    ", log_variance)
print("as printed:      ", np.round(printed, 2))
print("the divergence:  ", np.round(right_one, 2))
print("001, minus it:   ", np.round(-right_one, 2))

# %% [markdown]
# What training does with such losses, in the smallest of all VAEs: one number x = 1, a code z from N(0, 1), x from N(z, 1),
# and q(z | x) with a mean m and a log variance s, which gradient descent moves. Everything has a closed form: x is from
# N(0, 2), so that no right loss can fall below -log p(x) = 1.516, and the best q is N(0.5, 0.5).

# %%
x, pi = 1.0, np.pi


def divergence_of(m, s):
    return -0.5 * (1 + s - m**2 - tf.exp(s))


losses = {
    "001, line 108": lambda m, s: 0.5 * ((x - m) ** 2 + tf.exp(s) + np.log(2 * pi)) - divergence_of(m, s),
    "002, lines 172-178": lambda m, s: (
        (x - m) ** 2 + tf.nn.softplus(s) ** 2 - 0.5 * (1 + tf.nn.softplus(-s) - m**2 - tf.nn.softplus(s))
    ),
    "mended": lambda m, s: 0.5 * ((x - m) ** 2 + tf.exp(s) + np.log(2 * pi)) + divergence_of(m, s),
}
for name, loss in losses.items():
    m, s, found = tf.Variable(0.0), tf.Variable(0.0), []
    for step in range(401):
        with tf.GradientTape() as tape:
            value = loss(m, s)
        if step in (0, 200, 400):
            found.append(f"{float(value):8.3f}")
        for variable, slope in zip((m, s), tape.gradient(value, (m, s)), strict=True):
            variable.assign_sub(0.1 * slope)
    print(f"{name:18} loss after 0, 200, 400 steps:{''.join(found)}; mean {float(m):6.2f}, log variance {float(s):6.2f}")

# %% [markdown]
# The first runs away with mean and variance, the second with the variance alone: its cloud becomes a point, and the
# model a plain autoencoder whose loss goes on falling while nothing gets better. The third stops where it should.
#
# ### Noise of the wrong size (002, lines 168-176)
#
# The noise is drawn with the length of an image, while it is to be added to a code: the shapes do not fit. Were they right,
# the two `expand_dims` would add the noise of every image to the code of every other. `softplus` makes a deviation of what
# is called a log variance; that takes exp(0.5 log variance). And `reduction_indices` has been gone since TensorFlow 2.

# %%
batch_size, x_dim, z_dim = 8, 784, 4
z_mean, z_log_var = ops.zeros((batch_size, z_dim)), ops.zeros((batch_size, z_dim))


def printed_codes(epsilon):
    """Line 172."""
    return z_mean + ops.expand_dims(epsilon, 1) * ops.expand_dims(ops.softplus(z_log_var), 1)


attempt("lines 170-171", lambda: printed_codes(keras.random.normal((batch_size, x_dim))).shape)
attempt("with noise as long as a code", lambda: printed_codes(keras.random.normal((batch_size, z_dim))).shape)
attempt("line 174", lambda: tf.reduce_sum(tf.zeros((8, 784)), reduction_indices=[1]))
attempt("mended", lambda: (z_mean + keras.random.normal(z_mean.shape) * ops.exp(0.5 * z_log_var)).shape)

# %% [markdown]
# ### A "VAE" without variance (001, lines 357-383)
#
# One Dense layer gives the code: no variance, no sampling, no divergence. It is a plain autoencoder, and it is put
# together from two functions, not from two models. `input_dim` must be a number; the likelihood is never written down, and
# nothing is compiled. As printed:


# %%
def encoder(x, latent_dim):
    model = tf.keras.Sequential(
        [
            layers.Conv2D(32, kernel_size=3, strides=2, activation="relu", input_shape=(28, 28, 1)),
            layers.Conv2D(64, kernel_size=3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(latent_dim),
        ]
    )
    return model


def decoder(z, latent_dim):
    model = tf.keras.Sequential(
        [
            layers.Dense(16 * 7 * 7, activation="relu", input_dim=[latent_dim]),
            layers.Reshape((7, 7, 16)),
            layers.Conv2DTranspose(16, kernel_size=3, strides=2, activation="relu", padding="same"),
            layers.Conv2DTranspose(1, kernel_size=3, strides=2, activation="sigmoid", padding="same"),
        ]
    )
    return model


def build_vae(encoder, decoder):
    model = tf.keras.Sequential([encoder, decoder])
    return model


attempt("line 370", lambda: decoder(None, 10))
attempt("lines 378-381", lambda: build_vae(encoder, decoder))

# %% [markdown]
# We mend it in two steps. First the shapes: `keras.Input` where `input_dim` is. Trained on its reconstructions, that is the
# autoencoder at the top of this page, and standard normal numbers are no codes of it (first row of the picture). Then
# what makes it a VAE: an encoder with twice as many outputs, mean and log variance; a code drawn between them; a
# likelihood (bits, from logits); and the divergence, with a plus sign.

# %%
code = 10


def networks(outputs, *last):
    """The article's layers; the encoder ends with `outputs` numbers, the decoder with `last`."""
    reading = keras.Sequential([keras.Input((28, 28, 1)), *encoder(None, outputs).layers])
    writing = [layers.Dense(16 * 7 * 7, activation="relu"), layers.Reshape((7, 7, 16))]
    writing += [layers.Conv2DTranspose(n, 3, strides=2, padding="same", activation=a) for n, a in ((16, "relu"), (1, *last))]
    return reading, keras.Sequential([keras.Input((code,)), *writing])


grey = (train + 1) / 2
plain = keras.Sequential(networks(code, "sigmoid"))
plain.compile("adam", "binary_crossentropy")
plain.fit(grey, grey, batch_size=min(128, len(grey)), epochs=1 if fast else 6, verbose=0)

reader, writer = networks(2 * code, None)
optimizer = keras.optimizers.Adam()


def parts(images):
    """log p(x | z) and divergence of images of 0 and 1, in nats an image."""
    mean, log_variance = ops.split(reader(images), 2, axis=-1)
    z = mean + keras.random.normal(ops.shape(mean)) * ops.exp(0.5 * log_variance)
    logits = writer(z)
    likelihood = ops.sum(images * logits - ops.softplus(logits), axis=(1, 2, 3))
    return ops.mean(likelihood), ops.mean(-0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=1))


@tf.function
def train_step(batch):
    with tf.GradientTape() as tape:
        likelihood, divergence = parts(tf.cast(tf.random.uniform(tf.shape(batch)) < batch, tf.float32))
        loss = divergence - likelihood
    variables = [*reader.trainable_variables, *writer.trainable_variables]
    optimizer.apply(tape.gradient(loss, variables), variables)


optimizer.build([*reader.trainable_variables, *writer.trainable_variables])
for epoch in range(1 if fast else 6):
    if epoch == 0:
        print("mended, before: likelihood {:.1f}, divergence {:.1f}".format(*map(float, parts((bits + 1) / 2))))
    for batch in tf.data.Dataset.from_tensor_slices(grey).shuffle(len(grey), seed=epoch).batch(80 if fast else 128):
        train_step(batch)
print("mended, after:  likelihood {:.1f}, divergence {:.1f}".format(*map(float, parts((bits + 1) / 2))))
z = np.random.default_rng(0).standard_normal((12, code)).astype("float32")
show_rows("articles.png", 2 * plain.layers[1](z).numpy() - 1, np.tanh(writer(z) / 2))

# %% [markdown]
# Twelve standard normal codes, drawn by the article's networks as a plain autoencoder and as a VAE. `kerasgen/models/vae/` has
# the latter in two short files, with averaged weights, other likelihoods, and the bounds that this page judged by.
