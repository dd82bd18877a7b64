# %% [markdown]
# # 7. Autoencoders: from a code to a distribution
#
# An autoencoder squeezes an image into a few numbers, its code, and draws the image again from them. That compresses,
# and it removes noise. It does not generate: nothing says which codes belong to images. This page goes from there to the
# variational autoencoder, which does say it:
#
# - a plain autoencoder beside principal components, and why its samples need a density that is fitted afterwards;
# - the variational autoencoder: codes that are clouds, a bound on the likelihood, and a map of a latent space of two numbers;
# - what the weight beta of the divergence buys and costs;
# - a class that is told, so that the code carries the style alone; and the removal of noise.
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

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from matplotlib.figure import Figure

import kerasgen
from kerasgen.models.vae.autoencoder import Autoencoder
from kerasgen.models.vae.cvae import CVAE
from kerasgen.models.vae.denoiser import Denoiser
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
train_labels = splits["train"]["label"][:10_000]
test = kerasgen.data.to_float_images(splits["test"]["image"][:1000])
test_labels = splits["test"]["label"][:1000]
small = {"widths": (16, 32), "hidden_dim": 64, "seed": 0}


def trained(model, *data, epochs=3):
    """The model after some passes over the training images."""
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(train, *data, batch_size=min(128, len(train)), epochs=1 if fast else epochs, verbose=0)
    return model


# %% [markdown]
# ## Codes
#
# We train a small autoencoder, which keeps 16 numbers of an image's 784. First row: test images; second: what it draws from
# their codes; third: what the 16 leading principal components keep, which is the best that a *linear* network can do.

# %%
autoencoder = trained(Autoencoder(latent_dim=16, **small))
drawn_again = autoencoder.reconstruct(test)
flat, mean = train.reshape(len(train), -1), train.reshape(len(train), -1).mean(axis=0)
components = np.linalg.svd(flat - mean, full_matrices=False)[2][: autoencoder.latent_dim]
projected = ((test.reshape(len(test), -1) - mean) @ components.T @ components + mean).reshape(test.shape)
show_rows("reconstructions.png", test[:12], drawn_again[:12], np.clip(projected[:12], -1, 1))
for what, images in (("autoencoder", drawn_again), ("principal components", projected)):
    print(f"mean squared error of a pixel in [-1, 1], {what}: {np.mean(np.square(images - test)):.4f}")

# %% [markdown]
# To generate, we need codes. Where are they? Training asked for good drawings and nothing else. Draw codes from a
# Gaussian with the mean and the variance that each number of the code has (first row), and most of them lie where no
# image is. `fit_prior` fits a mixture of Gaussians to the codes of the training images, and samples come from it (second row):
# still an approximation, but it knows that there are several kinds of digits, and which numbers go together.

# %%
codes = autoencoder.encode(train)
naive = codes.mean(axis=0) + codes.std(axis=0) * np.random.default_rng(0).standard_normal((12, autoencoder.latent_dim))
autoencoder.fit_prior("gaussian_mixture", train, components=5 if fast else 20)
show_rows("samples.png", autoencoder.decode(naive.astype("float32")), autoencoder.sample(12, seed=0))

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
# lower bound on the log-likelihood, so that models can be compared by it: more latents an image make it tighter.
# (`kerasgen info vae-mnist` shows the bound on all test images.)

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
# of the stroke. One style a row, one digit a column; below, test images drawn again as sevens, in their own style.

# %%
cvae = trained(CVAE(latent_dim=10, blocks=0, **small), train_labels)
kerasgen.plots.save_grid(cvae.sweep_labels(4), out / "styles.png", columns=10, scale=3)
show(out / "styles.png")
show_rows("sevens.png", test[:12], cvae.reconstruct(test[:12], label=7, own_label=test_labels[:12]))

# %% [markdown]
# ## Removing noise
#
# A denoising autoencoder gets a damaged image and must give the one before the damage. Noise of 0.4 on pixels in [0, 1]:

# %%
denoiser = trained(Denoiser(widths=(8, 16, 32), seed=0))
noisy = test + 2 * 0.4 * np.random.default_rng(1).standard_normal(test.shape).astype("float32")
cleaned = denoiser.denoise(noisy)
show_rows("noise.png", np.clip(noisy[:12], -1, 1), cleaned[:12], test[:12])


def decibels(images):
    """Peak signal-to-noise ratio, the mean over images of -10 log10 of the squared error of pixels in [0, 1]."""
    return np.mean(-10 * np.log10(np.mean(np.square((images - test) / 2), axis=(1, 2, 3))))


print(f"noisy, clipped: {decibels(np.clip(noisy, -1, 1)):.1f} dB; cleaned: {decibels(cleaned):.1f} dB")

# %% [markdown]
# ## What the articles print
#
# References such as (001, line 108) are to an article and its line; `tutorials/README.md` lists them.
#
# ### The sign (001, line 108; 002, line 176)
#
# The first article minimises `-log p - KL`: it *rewards* codes for being far from the prior. The divergence has no
# largest value, so the loss has no smallest. (It also takes the divergence between two means, which are numbers, where
# there should be two distributions, and lets the prior depend on x.) The second article has a plus sign, and a formula
# whose softplus terms collapse: softplus(-s) - softplus(s) = -s. What is left is 0.5 (log variance + mean² - 1), which
# falls without end as the variance shrinks, and is not 0 where the two distributions are the same.

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
# ### Noise of the wrong size (002, lines 168-176)
#
# The noise is drawn with the length of an image, while it is to be added to a code: the shapes do not fit. Were they right,
# the two `expand_dims` would add the noise of every image to the code of every other. And `reduction_indices` has been gone
# since TensorFlow 2.

# %%
batch_size, x_dim, z_dim = 8, 784, 4
z_mean, z_log_var = ops.zeros((batch_size, z_dim)), ops.zeros((batch_size, z_dim))
epsilon = keras.random.normal((batch_size, x_dim))
attempt(
    "lines 170-171",
    lambda: (z_mean + ops.expand_dims(epsilon, 1) * ops.expand_dims(ops.softplus(z_log_var), 1)).shape,
)
attempt("line 174", lambda: tf.reduce_sum(tf.zeros((8, 784)), reduction_indices=[1]))
epsilon = keras.random.normal(z_mean.shape)
attempt("mended", lambda: (z_mean + epsilon * ops.exp(0.5 * z_log_var)).shape)

# %% [markdown]
# ### A "VAE" without variance (001, lines 357-383)
#
# One Dense layer gives the code: no variance, no sampling, no divergence. It is a plain autoencoder, and it is put
# together from two functions, not from two models. `input_dim` must be a number, and images come back 28 by 28 only
# because 7 is doubled twice; the likelihood is never written down, and nothing is compiled.

# %%


def decoder(latent_dim):
    """Lines 368-374."""
    return keras.Sequential(
        [
            layers.Dense(16 * 7 * 7, activation="relu", input_dim=[latent_dim]),
            layers.Reshape((7, 7, 16)),
        ]
    )


def encoder(x, latent_dim):
    """Lines 357-364, in short."""
    return keras.Sequential([layers.Flatten(), layers.Dense(latent_dim)])


attempt("line 370", lambda: decoder(2))
attempt("lines 378-381", lambda: keras.Sequential([encoder, decoder]))

# %% [markdown]
# Mended, it is the small model of this page: an encoder with two outputs, a code drawn between them, a likelihood and a
# divergence. `kerasgen/models/vae/` has it in two short files, with the bounds that the pictures above were judged by.
