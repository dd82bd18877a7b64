# %% [markdown]
# # 1. Load, sample, explore
#
# Three pretrained models, three kinds of questions:
#
# - `dcgan-mnist`, a generative adversarial network, draws digits;
# - `vae-mnist`, a variational autoencoder, also maps an image back to the latents behind it, and says how likely the
#   image is;
# - `lstm-shakespeare`, a language model, writes, and gives every text an exact probability.
#
# On the way we read a model card and recompute one of its numbers. At the end we run two pieces of code that articles call
# a VAE, and repair them.
#
# You need basic Python and Keras. The whole page takes a minute or two on two CPU cores. The numbers in the text come
# from a run on the real data sets; with `KERASGEN_FAST=1` the page uses a handful of examples that travel with the
# package.

# %%
import os
import pathlib
import re
import sys

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

import kerasgen

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/01")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


def attempt(what, lines):
    """Runs some lines and prints what comes of them, an error included."""
    try:
        print(f"{what}: {lines()}")
    except Exception as error:
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # in one line, without terminal colours
        print(f"{what}: {type(error).__name__}: {words[:200]}")


# %% [markdown]
# ## What is in the zoo
#
# `list_models` filters by family, data, size and verb. A verb is what you can ask of a model: `sample`, `encode`,
# `log_prob`.

# %%
print(kerasgen.list_models())
print(kerasgen.list_models(data="mnist", can="sample"))
print(kerasgen.list_models(can="log_prob"), kerasgen.list_models(max_params=1_000_000))

# %% [markdown]
# `info` is the model card as a dictionary: configuration, data and licence, training, limits, and every published
# number with its protocol. Read the limits first; they save you an afternoon.

# %%
card = kerasgen.info("dcgan-mnist")
print(card["title"], "|", card["parameters"], "parameters |", card["data"]["licence"])
print(card["notes"])
for name in ("frechet", "precision", "recall"):
    score = card["metrics"][name]
    print(f"{name:10} {score['value']:8.4g}   real data {score['reference']:8.4g}   {score['protocol']}")

# %% [markdown]
# The second number of each line is what real images get from the same judge. A Fréchet distance of 17 means little by
# itself. Compared with the 1.2 of real test digits, it says that this generator can still be told from the real thing,
# and by how much.
#
# ## A GAN draws digits
#
# Weights travel with the package and are verified before they are opened. Image *i* depends on `(seed, i)` alone: ask
# for four images or four thousand, and number 3 stays the same.

# %%
gan = kerasgen.load("dcgan-mnist")
images = gan.sample(64, seed=1)
print(images.dtype, images.shape, f"from {images.min():.2f} to {images.max():.2f}")
print("largest difference of the first four, drawn alone:", np.abs(gan.sample(4, seed=1) - images[:4]).max())
kerasgen.plots.save_grid(images, out / "gan.png", columns=16, scale=2)
show(out / "gan.png")

# %% [markdown]
# Look at all of them, not at the best three. Some lie between two digits; the card warned of that.
#
# Between two latent vectors there is a path of images. In many dimensions normal vectors lie close to a sphere, so the
# path follows the great circle: a straight line would cut through the middle, where the generator never trained.

# %%
rows = [gan.interpolate(steps=12, seed=seed) for seed in range(4)]
kerasgen.plots.save_grid(np.concatenate(rows), out / "gan-interpolation.png", columns=12, scale=2)
show(out / "gan-interpolation.png")

# %% [markdown]
# ### The range of pixels
#
# A generator that ends in `tanh` gives values in [-1, 1], which are converted into [0, 1] to be shown. The other half
# matters more: the *training data* must be in [-1, 1] too, or the discriminator tells real from fake by the background
# alone. Here the trained discriminator sees the same real digits twice.

# %%
digits = kerasgen.data.load("mnist", smoke=fast)["test"]
real = kerasgen.data.to_float_images(digits["image"][:500])  # uint8 to [-1, 1]
for words, batch in (("in [-1, 1]", real), ("in [0, 1]", (real + 1) / 2)):
    print(f"real digits {words}: {np.mean(gan.score(batch) > 0):.0%} are taken for real")
attempt("fit with raw bytes", lambda: gan.fit(digits["image"]))

# %% [markdown]
# Data in [0, 1] lie inside [-1, 1], so no check can catch that one for you. Raw bytes are refused with the cure in the
# message. To show a picture, go the other way: `(x + 1) / 2`, or `kerasgen.data.to_uint8_images(x)`.
#
# ## A VAE goes both ways
#
# `vae-mnist` has an encoder and a decoder with 40 latent numbers between them. It models *bits*: a grey level is the
# probability of a white pixel, so we draw bits once, with a named seed.

# %%
vae = kerasgen.load("vae-mnist")
bits = kerasgen.data.binarise(digits["image"][:1000], seed=0)
mean, log_variance = vae.encode(bits)
print("posterior means", mean.shape, "log-variances", log_variance.shape)
pairs = np.concatenate([bits[:12], vae.reconstruct(bits[:12]), vae.sample(12, seed=3)])
kerasgen.plots.save_grid(pairs, out / "vae.png", columns=12, scale=2)
show(out / "vae.png")

# %% [markdown]
# Top: bits of real digits. Middle: what the mean of their latents decodes to. Bottom: new digits from random latents.
# They are softer than those of the GAN because each shows the *mean* of many possible pictures; `sample(bits=True)`
# draws one of them.
#
# Now we can interpolate between two real images, since the encoder finds their latents.

# %%
rows = [vae.interpolate(bits[i], bits[i + 1], steps=12) for i in range(4)]
kerasgen.plots.save_grid(np.concatenate(rows), out / "vae-interpolation.png", columns=12, scale=2)
show(out / "vae-interpolation.png")

# %% [markdown]
# ### A map of the latent space
#
# Not all latents are used. The divergence of each from the prior says how many nats of information it carries; a latent
# near zero is ignored by the decoder. We plot the test digits by the two busiest latents, and by the two main
# directions of a PCA. The model never saw a label; only the plot's colours use them.

# %%
nats = kerasgen.losses.standard_normal_divergence(mean, log_variance).numpy().mean(axis=0)
busiest = np.argsort(-nats)
print("nats in each latent:", np.round(nats[busiest], 2))
print(f"{np.sum(np.var(mean, axis=0) > 0.01)} of {mean.shape[1]} are active")
places = {
    f"latents {busiest[0]} and {busiest[1]}, the busiest": mean[:, busiest[:2]],
    "two principal components": PCA(2, random_state=0).fit_transform(mean),
}
labels = digits["label"][: len(mean)]
figure = Figure(figsize=(11, 5), layout="constrained")
for axes, (title, place) in zip(figure.subplots(1, 2), places.items(), strict=True):
    dots = axes.scatter(*place.T, c=labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=9)
    for digit in np.unique(labels):
        box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1}
        axes.text(*np.median(place[labels == digit], axis=0), str(digit), fontsize=14, weight="bold", ha="center", bbox=box)
    axes.set_title(title)
figure.colorbar(dots, ax=figure.axes, ticks=range(10), label="digit")
figure.savefig(out / "latent-map.png", dpi=90)
show(out / "latent-map.png")

# %% [markdown]
# Zeros and ones sit far apart, fours and nines on top of each other. Two of 40 numbers are a shadow of the whole: about
# eighteen latents carry a quarter of a nat or more, and digits that overlap here are separated by the other latents.
# "Active", by the usual rule (the variance of the mean is above 0.01), is a low bar: 33 latents pass it.
#
# ### An honest number
#
# The evidence lower bound (ELBO) says how many nats the model needs for an image, at most: lower is better. A number
# from a sample needs an interval, and a published number needs a way to compute it again.

# %%
losses = -vae.elbo(bits).astype("float64")
low, high = kerasgen.metrics.bootstrap_interval(np.mean, losses)
published = kerasgen.info("vae-mnist")["metrics"]["elbo_nats"]
print(f"here: {losses.mean():.2f} nats, 95% interval {low:.2f} to {high:.2f}, {len(losses)} images")
value, least, most, count = (published[key] for key in ("value", "low", "high", "count"))
print(f"card: {value:.2f} nats, 95% interval {least:.2f} to {most:.2f}, {count} images")
tighter = -vae.iw_bound(bits[:50], samples=100)
print(f"the first 50 images: ELBO {losses[:50].mean():.2f}, importance-weighted {tighter.mean():.2f} nats")

# %% [markdown]
# A tenth of the images and an interval three times as wide (the square root of ten); the two agree. The last line shows
# that the ELBO is only a bound: with 100 samples per image the same model looks better, because the bound is tighter.
# Never compare one model's ELBO with another's importance-weighted bound. `kerasgen evaluate vae-mnist` computes the
# card's own numbers.
#
# ## A language model knows probabilities
#
# `generate` continues a prompt. The temperature divides the logits: low is safe and repetitive, 1 is what the model
# believes, high is adventurous.

# %%
lstm = kerasgen.load("lstm-shakespeare")
for temperature in (0.2, 0.8, 1.5):
    text = lstm.generate("ROMEO:\n", length=60 if fast else 200, temperature=temperature, seed=0)
    print(f"--- temperature {temperature}\n{text}\n")

# %% [markdown]
# For a language model the likelihood is exact, with no bound and no sampling. `log_prob` gives the natural logarithm of
# the probability of a whole text, so a difference of 3 means that one text is 20 times as likely as the other.

# %%
texts = ["To be, or not to be", "Or not to be, to be", "Tb oe ,ron tot eb o"]
for text, log_prob in zip(texts, lstm.log_prob(texts), strict=True):
    print(f"{text!r}: {log_prob:.1f} in all, {-log_prob / len(text):.2f} nats a character")

# %% [markdown]
# The first two differ by a tenth of a nat. The model has learned how words are spelt, but next to nothing about the
# famous line.
#
# And the number on the card? Nats a character of unseen text, with an interval from blocks of neighbouring characters,
# since neighbours are not independent. Guessing evenly among 65 characters costs log 65 = 4.17 nats.

# %%
unseen = kerasgen.data.to_text(kerasgen.data.load("tiny_shakespeare", smoke=fast)["last_tenth"]["text"])[:20_000]
losses = -lstm.token_log_probs(lstm.tokenizer.encode(unseen)[None])[0].astype("float64")
blocks = losses[: len(losses) // 500 * 500].reshape(-1, 500).mean(axis=1)
low, high = kerasgen.metrics.bootstrap_interval(np.mean, blocks)
published = kerasgen.info("lstm-shakespeare")["metrics"]["nats"]
print(f"here: {blocks.mean():.3f} nats a character, 95% interval {low:.3f} to {high:.3f}, {len(blocks) * 500} characters")
value, least, most, count = (published[key] for key in ("value", "low", "high", "count"))
print(f"card: {value:.3f} nats a character, 95% interval {least:.3f} to {most:.3f}, {count} characters")
for temperature in (0.2, 0.8, 1.5):
    sample = lstm.sample(1, seed=0, length=200, temperature=temperature)
    print(f"its own text at temperature {temperature}: {-lstm.log_prob(sample)[0] / 200:.2f} nats a character")

# %% [markdown]
# The last lines are a useful check of taste. Text that is *too* likely is dull: at temperature 0.2 the model writes far
# more predictably than Shakespeare did (0.85 nats against 1.49).
#
# The models are only a start. The next page, `02_fine_tune.py`, teaches them other things.
#
# ## What the articles print
#
# You can skip this: here we run the code that circulates in articles about generative models, and repair it. References
# such as (001, line 188) are to an article and its line; `tutorials/README.md` lists the articles.
#
# ### An autoencoder is no VAE (001, lines 357-383)
#
# The listing has an encoder with one `Dense(latent_dim)`, a decoder, and a `Sequential` of both. Its lines, as printed:

# %%
attempt(
    "decoder, line 369",
    lambda: keras.Sequential([layers.Dense(16 * 7 * 7, activation="relu", input_dim=[16]), layers.Reshape((7, 7, 16))]),
)

# %% [markdown]
# `input_dim` takes a number, not a list; in Keras 3 the way to say it is `keras.Input((latent_dim,))`. With that fixed
# (and a loss, which the article leaves out) the code runs. But it is a plain autoencoder: no log-variance, no sampling,
# no divergence. Nothing keeps its latents near any distribution that we could draw from. Train it and try.

# %%
latent_dim = 16
encoder = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, kernel_size=3, strides=2, activation="relu"),
        layers.Conv2D(64, kernel_size=3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(latent_dim),
    ]
)
decoder = keras.Sequential(
    [
        keras.Input((latent_dim,)),
        layers.Dense(16 * 7 * 7, activation="relu"),
        layers.Reshape((7, 7, 16)),
        layers.Conv2DTranspose(16, kernel_size=3, strides=2, activation="relu", padding="same"),
        layers.Conv2DTranspose(1, kernel_size=3, strides=2, activation="sigmoid", padding="same"),
    ]
)
autoencoder = keras.Sequential([encoder, decoder])
autoencoder.compile("adam", "binary_crossentropy")
train = kerasgen.data.load("mnist", smoke=fast)["train"]["image"][:5000] / 255.0  # a sigmoid wants [0, 1]
autoencoder.fit(train, train, batch_size=64, epochs=5, verbose=0)

latents = encoder.predict(train[:500], verbose=0)
draws = mean + np.exp(log_variance / 2) * np.random.default_rng(0).normal(size=mean.shape)
print(f"autoencoder: each latent has standard deviation {latents.std(axis=0).min():.1f} to {latents.std(axis=0).max():.1f}")
print(f"VAE:         each latent has standard deviation {draws.std(axis=0).min():.1f} to {draws.std(axis=0).max():.1f}")

normal = np.random.default_rng(0).normal(size=(500, latent_dim))
pictures = {"autoencoder": 2 * decoder.predict(normal, verbose=0) - 1, "VAE": vae.sample(500), "real": real}
judge = kerasgen.load("judge-mnist")
for name, batch in pictures.items():
    found = judge.classify(batch)
    shares = np.bincount(found.argmax(axis=1), minlength=10) / len(batch)
    print(f"{name:12} probability of the likeliest digit {found.max(axis=1).mean():.3f}, commonest digit {shares.max():.0%}")
kerasgen.plots.save_grid(
    np.concatenate([pictures["autoencoder"][:16], pictures["VAE"][:16]]), out / "autoencoder.png", columns=16, scale=2
)
show(out / "autoencoder.png")

# %% [markdown]
# Top: the autoencoder given standard normal latents, which is fog. Its own latents lie ten times further out. Bottom:
# the VAE. Its latents, taken together, really are close to the standard normal distribution, because the divergence in
# its loss grows with every step away from it.
#
# The printed lines hold a second lesson. The judge is *certain* that all the fog is one and the same digit: a
# classifier has no answer for "none of these". By its confidence alone, the fog would be better than real digits. No
# single number is enough, which is why a card has several of them, and samples.
#
# ### The divergence with the wrong formula (002, lines 169-177)
#
# The second article has the term, but with several mistakes. First, what does not run with TensorFlow 2.21:

# %%
z_mean, z_log_var = tf.zeros((4, 8)), tf.zeros((4, 8))
epsilon = tf.random.normal([4, 784])  # line 171: one number a pixel, where one a latent is needed
attempt("encoder, line 155", lambda: tf.layers.dense(tf.zeros((4, 784)), 128))
attempt("sampling, line 172", lambda: z_mean + tf.expand_dims(epsilon, 1) * tf.expand_dims(tf.math.softplus(z_log_var), 1))
attempt("divergence, line 176", lambda: tf.reduce_sum(z_mean, reduction_indices=[1]))

# %% [markdown]
# `tf.layers` is now `keras.layers`, and `reduction_indices` is `axis`. Noise has the shape of the latents, and a
# *log-variance* becomes a standard deviation by `exp(0.5 * log_variance)`, not by `softplus`.
#
# The last fault raises no error: `softplus(-s) - softplus(s)` is just `-s`. The printed line computes half the sum of
# `log_variance + mean**2 - 1`. A divergence is never negative, and zero only if both distributions are the same. We
# compare it and kerasgen's formula with a Monte Carlo estimate of `E_q[log q(z) - log p(z)]`.


# %%
def article_divergence(mean, log_variance):
    """Line 176, with `axis` for `reduction_indices`."""
    softplus = tf.math.softplus
    return -0.5 * tf.reduce_sum(1 + softplus(-log_variance) - tf.square(mean) - softplus(log_variance), axis=[1])


def estimated_divergence(mean, log_variance, count=200_000):
    """Mean of log q(z) - log p(z) over draws from q = N(mean, exp(log_variance)), p = N(0, 1)."""
    noise = np.random.default_rng(0).normal(size=count)
    z = mean + np.exp(0.5 * log_variance) * noise
    return np.mean(0.5 * z**2 - 0.5 * noise**2 - 0.5 * log_variance)


print("  mean  log-variance     article    kerasgen  Monte Carlo")
for m, s in ((0.0, 0.0), (1.0, 0.0), (0.5, -2.0), (0.0, -10.0), (0.0, -100.0)):
    printed = article_divergence(tf.constant([[m]]), tf.constant([[s]]))[0]
    right = kerasgen.losses.standard_normal_divergence(np.array(m), np.array(s))
    print(f"{m:6} {s:13} {float(printed):11.3f} {float(right):11.3f} {estimated_divergence(m, s):12.3f}")

# %% [markdown]
# At `q = p` the printed formula gives -0.5, not 0, and the smaller the variance the lower it gets, without limit. An
# optimiser that minimises it drives the variance to zero, and the VAE becomes the autoencoder above. The right
# closed form is `0.5 * (mean**2 + exp(log_variance) - 1 - log_variance)`.
#
# The sign in the first article's objective (001, line 108) has the same effect: `-log p - KL` rewards divergence. The
# loss is `-log p + KL`. The second article also averages the reconstruction over the batch and then adds one divergence
# for each example (line 177); here both terms are sums over one image, averaged once.
#
# ### Half of a conversion (001, line 188)
#
# The article says of a generator with `tanh` that its values "can be converted into pixel values between 0 and 1" and
# stops there. "The range of pixels" above shows what happens to those who do not convert the training data.
