# %% [markdown]
# # 9. Exact likelihood: how probable is this image?
#
# Samples show what a model draws, not what it leaves out, nor whether it has learned its data by heart. A likelihood does: the
# probability that the model gives to data that it has not seen. This page is about models that compute it, and what it means:
#
# - what a likelihood is: probabilities of all images add up to one; nats, bits and bits a dimension;
# - mixtures of Gaussians: EM, how many parts, soft labels, pixels that are missing;
# - autoregressive models: pixel after pixel, and what each pixel sees;
# - normalizing flows: a density by a change of variables, in one dimension by hand, in two as a picture, and in thirty for
#   finding rows that do not fit;
# - bounds beside exact numbers, grey levels beside continuous images, and which model is for what.
#
# At the end we look at what two articles say of such models.
#
# With the real data the page computes for about a minute on two CPU cores; with `KERASGEN_FAST=1` it uses the few images
# inside the package.

# %%
import os
import pathlib
import sys
import time

import keras
import numpy as np
from matplotlib.figure import Figure

import kerasgen
from kerasgen.data.sets import moons
from kerasgen.models.autoregressive.made import MADE
from kerasgen.models.autoregressive.pixelcnn import PixelCNN
from kerasgen.models.mixture.gaussian_mixture import GaussianMixture
from kerasgen.models.mixture.image_mixture import ImageMixture

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/09")
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


# %% [markdown]
# ## What a likelihood is
#
# A model of images is a distribution: it gives every image a probability, and all of them add up to 1. Of images of 3x3 bits
# there are 512, few enough to ask for all. Our data are the eight whose rows are each black or white, equally often. The model
# is a small MADE, of which more below.
#
# Probabilities of images are tiny, so that one gives their logarithm: with base e the unit is the *nat*, with base 2 the *bit*
# (1 nat is 1 / log 2 = 1.44 bits). Minus log2 p(x) is also the length of the best code for x if the model is right: who
# predicts well compresses well. Divided by the count of pixels it is called bits a dimension, which makes images of different
# sizes comparable.

# %%
every = (2.0 * ((np.arange(512)[:, None] >> np.arange(9)) & 1) - 1).reshape(-1, 3, 3, 1).astype("float32")
striped = every[np.all(every == every[:, :, :1], axis=(1, 2, 3))]
toy = MADE((3, 3, 1), hidden_dims=(32,), average_decay=0.95, seed=0)
toy.compile(keras.optimizers.Adam(0.02))
for words, epochs in (("untrained", 0), ("trained", 30)):
    toy.fit(np.tile(striped, (64, 1, 1, 1)), batch_size=64, epochs=epochs, verbose=0)
    nats = -toy.log_prob(striped).mean()
    total = np.exp(toy.log_prob(every)).sum()
    numbers = f"{nats:.3f} nats, {nats / np.log(2):.3f} bits, {nats / np.log(2) / 9:.3f} bits a pixel"
    print(f"{words:10} all 512 images together {total:.6f}; a striped one: {numbers}")

# %% [markdown]
# Untrained, each image is as likely as any other: 9 bits, one a pixel. Trained, what the probability of 504 images was has
# gone to the other eight: which of eight equally frequent things it is takes 3 bits, or log 8 = 2.079 nats, and no model can
# take fewer on average. The floor is the entropy of the data, not 0. And since all probabilities add up to 1, no model can do
# well by finding everything likely.
#
# ## A mixture of Gaussians
#
# Points in the plane are continuous: there, p(x) is a density, whose integral is 1, and whose logarithm may be positive. The
# simplest model of points that lie in clumps: each comes from one of K Gaussians. *Expectation maximisation* (EM) fits them:
# step E says which share each Gaussian has in each point, step M moves each Gaussian to the mean and covariance of its shares.
# The log-likelihood never falls; `fit` refuses to go on if it does. It can stop at a poor place, so that much depends on the
# start: centres drawn far from each other (k-means++).
#
# The points are two half moons with noise, made by code, so that their true density is known, and with it the floor.
#
# How many parts? More of them always fit the training points better. BIC (Schwarz, 1978) charges for each free number half the
# logarithm of the count of points; the least is best. Beside it: nats a point on 10,000 others.

# %%
points = kerasgen.data.load("moons")
some, others = points["train"]["point"][:2000], points["test"]["point"]
floor = -moons.log_density(others).mean()
mixtures, criteria = {}, {}
print("parts   nats after pass 1   and the last   largest rise   BIC      test points")
for parts in (1, 2, 4, 8, 12, 16, 24):
    mixture = GaussianMixture(parts, min_variance=1e-4, seed=0)
    losses = mixture.fit(some, epochs=10 if fast else 60).history["loss"]
    mixtures[parts], criteria[parts] = mixture, mixture.bic(some)
    rise = max(0.0, np.diff(losses).max())
    print(
        f"{parts:5}   {losses[0]:17.3f}   {losses[-1]:12.3f}   {rise:12.6f}   {criteria[parts]:6.0f}   "
        f"{-mixture.log_prob(others).mean():.3f}"
    )
best = min(criteria, key=criteria.get)
print(f"BIC takes {best} parts; the density that the points come from: {floor:.3f} nats")

# %% [markdown]
# BIC does not count moons: it counts the Gaussians that are worth their numbers, and a moon takes several. Which part a point
# is from is a *soft label*, the share from step E: in the picture each point has the colour of its likeliest part, and is
# paler the less sure that is; ellipses hold 86% of a part. On the left two parts, and not one for each moon: no Gaussian looks
# like a moon.

# %%
figure = Figure(figsize=(11, 4), layout="constrained")
circle = 2 * np.stack([np.cos(np.linspace(0, 2 * np.pi, 100)), np.sin(np.linspace(0, 2 * np.pi, 100))], axis=1)
for axes, parts in zip(figure.subplots(1, 2), (2, best), strict=True):
    shares = mixtures[parts].posterior(some)
    sure = np.clip((shares.max(axis=1) - 1 / parts) / (1 - 1 / parts), 0.05, 1)
    axes.scatter(*some.T, c=shares.argmax(axis=1), cmap="tab20", s=5, alpha=sure)
    for mean, factor in zip(mixtures[parts].arrays["means"], mixtures[parts].arrays["factors"], strict=True):
        axes.plot(*(mean + circle @ factor.T).T, color="black", linewidth=1)
    axes.set(title=f"{parts}", aspect="equal", xlim=(-2, 3), ylim=(-1.5, 2))
figure.savefig(out / "mixtures.png", dpi=90)
show(out / "mixtures.png")
print("soft label of (1, -0.5), where two parts meet:", np.round(mixtures[2].posterior([[1.0, -0.5]])[0], 3))

# %% [markdown]
# ### What is missing
#
# Given some of its numbers, a mixture says exactly what the others may be: that is a mixture again. `ImageMixture` does it for
# whole images, with covariances of a few directions each (factor analysis). Rows: test images; their upper halves, and what is
# to be expected below, a mean over all possibilities and so a blur; a draw from the possibilities; then half of the pixels,
# anywhere, and what is to be expected between them. No order of pixels is special.

# %%
splits = kerasgen.data.load("mnist", smoke=fast)
images = kerasgen.data.to_float_images(splits["train"]["image"][:3000])
grey_test = kerasgen.data.to_float_images(splits["test"]["image"][:50])
digits = ImageMixture(components=3 if fast else 10, rank=2 if fast else 6, seed=0)
digits.fit(images, epochs=2 if fast else 6)
shown = grey_test[:12]
lower = np.zeros(shown.shape, bool)
lower[:, 14:] = True
scattered = np.broadcast_to(np.random.default_rng(0).random((28, 28, 1)) < 0.5, shown.shape)
expected, between = (digits.fill(np.where(mask, np.nan, shown)) for mask in (lower, scattered))
show_rows("missing.png", shown, np.clip(expected, -1, 1), digits.complete(shown, lower, seed=0), np.clip(between, -1, 1))

# %% [markdown]
# ## Pixel after pixel
#
# Any distribution is a product of conditionals: p(x) = p(x1) p(x2 | x1) p(x3 | x1, x2) ... An *autoregressive* model has a
# network for the factors, and its likelihood is exact. MADE (Germain et al., 2015) is one network with masked weights: what it
# says of a pixel depends on the pixels before it alone, so that one pass gives all factors. Drawing takes a pass for each
# pixel.
#
# Where the known pixels come first, as upper halves do, drawing the rest draws from the exact conditional distribution. Pixels
# are bits here. First row: four test images, three times each; second: completions of their upper halves.

# %%
made = kerasgen.load("made-mnist")
bits = kerasgen.data.binarise(splits["test"]["image"][:50], seed=0)
exact = -made.log_prob(bits)
print(f"made-mnist: {exact.mean():.1f} nats an image, {exact.mean() / np.log(2) / 784:.3f} bits a pixel, of {len(bits)} images")
thrice = np.repeat(bits[:4], 3, axis=0)  # each three times
show_rows("completed.png", thrice, made.complete(thrice, lower, seed=0))

# %% [markdown]
# MADE knows nothing of neighbourhood. PixelCNN (van den Oord et al., 2016) is made of convolutions that see only what comes
# before: one stack sees the rows above, another the row to the left. We train a tiny one on digits at half size and ask what
# it sees: flip one pixel, and look whether the logit of another changes. For each of three pixels, the mean change that each
# other pixel brings about:

# %%
halved = {
    split: kerasgen.data.binarise(
        splits[split]["image"][:3000].reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)).round().astype("uint8"), seed=0
    )
    for split in ("train", "test")
}
pixel_cnn = PixelCNN((14, 14, 1), width=16, num_layers=4, first_kernel=5, head_dim=32, average_decay=0.95, seed=0)
pixel_cnn.compile(keras.optimizers.Adam(3e-3))
pixel_cnn.fit(halved["train"], batch_size=40 if fast else 100, epochs=2 if fast else 3, verbose=0)
nats = -pixel_cnn.log_prob(halved["test"][:500]).mean()
print(f"PixelCNN, {pixel_cnn.network.count_params():,} parameters: {nats:.1f} nats, {nats / np.log(2) / 196:.3f} bits a pixel")

flips = np.where(np.eye(196, dtype=bool).reshape(196, 14, 14, 1), np.float32(-1), np.float32(1))
changes = []
for image in halved["test"][:8]:
    logits = keras.ops.convert_to_numpy(pixel_cnn(np.concatenate([image[None], image * flips])))
    changes.append(np.abs(logits[1:] - logits[:1]).reshape(196, 196))  # [flipped, looked at]
changes = np.mean(changes, axis=0)
figure = Figure(figsize=(10, 3.6), layout="constrained")
for axes, (row, column) in zip(figure.subplots(1, 3), ((4, 4), (7, 7), (11, 9)), strict=True):
    seen = changes[:, 14 * row + column].reshape(14, 14)
    axes.imshow(np.log10(seen + 1e-5), cmap="Greys")
    axes.scatter([column], [row], color="red", s=20)
    axes.set(xticks=[], yticks=[])
    print(f"pixel ({row}, {column}): {np.sum(seen > 1e-5)} of {14 * row + column} pixels before it have a say")
figure.savefig(out / "seen.png", dpi=90)
show(out / "seen.png")
print(f"largest change by a pixel that is not before: {np.tril(changes).max():.1f}")

# %% [markdown]
# The field grows by one row with each layer, without a blind spot above; what lies further away has no say. And no pixel sees
# itself or one that comes later: otherwise the product would not be a distribution.
#
# ## Normalizing flows
#
# A *flow* is an invertible function f from data to normal numbers. Read backwards, it draws; read forwards, it gives a
# density, by the change of variables:
#
# $$\log p(x) = \log N(f(x); 0, I) + \log|\det df/dx|$$
#
# The last term is what is easily forgotten. In one dimension by hand: x = exp(z) with normal z, so that f(x) = log x, whose
# slope is 1 / x. Without the slope, "densities" do not integrate to 1, and shares of intervals are wrong.

# %%
x = np.exp(np.linspace(-9, 9, 20_001))
without = np.exp(-0.5 * np.log(x) ** 2) / np.sqrt(2 * np.pi)
draws = np.exp(np.random.default_rng(0).standard_normal(100_000))
inside = (x >= 2) & (x <= 4)
for words, density in (("without the slope", without), ("with it", without / x)):
    whole, part = np.trapezoid(density, x), np.trapezoid(density[inside], x[inside])
    share = np.mean((draws > 2) & (draws < 4))
    print(f"{words:18} integral {whole:.3f}, from 2 to 4 {part:.3f}; share of draws there {share:.3f}")

# %% [markdown]
# In two dimensions: `realnvp-moons`, a chain of couplings (Dinh et al., 2017), each of which moves one coordinate by functions
# of the other, so that its inverse and its determinant are known. Four pictures: the points, the density that they come from,
# the mixture, the flow. The flow was fitted to 50,000 points, the mixture to 2,000.

# %%
flow = kerasgen.load("realnvp-moons")
steps, box = 241, (-2.0, 3.0, -1.5, 2.0)
grid = np.stack(np.meshgrid(np.linspace(*box[:2], steps), np.linspace(*box[2:], steps)), axis=-1).reshape(-1, 2)
cell = (box[1] - box[0]) * (box[3] - box[2]) / (steps - 1) ** 2  # on the edge of the box all densities are next to 0
densities = {"truth": moons.log_density, "mixture": mixtures[best].log_prob, "flow": flow.log_prob}
pictures = [np.histogram2d(*points["train"]["point"].T[::-1], steps, (box[2:], box[:2]))[0]]
for name, log_density in densities.items():
    pictures.append(np.exp(log_density(grid)).reshape(steps, steps))
    print(f"{name:8} {-log_density(others).mean():.3f} nats a test point, integral {pictures[-1].sum() * cell:.4f}")
figure = Figure(figsize=(12, 2.6), layout="constrained")
for axes, picture in zip(figure.subplots(1, 4), pictures, strict=True):
    axes.imshow(np.sqrt(picture), origin="lower", extent=box, cmap="Greys")
figure.savefig(out / "moons.png", dpi=90)
show(out / "moons.png")
print(f"there and back, largest error: {np.abs(flow.decode(flow.encode(others)) - others).max():.6f}")

# %% [markdown]
# ### Rows that do not fit
#
# `maf-tabular` is a flow of rows of 30 measurements of cell nuclei. A likelihood in 30 dimensions sees what columns by
# themselves do not show. We give a row the area of another row: each number is an ordinary one, but radius and area now
# contradict each other. The score is the share of the model's own draws that are likelier than the row.

# %%
maf = kerasgen.load("maf-tabular")
rows = kerasgen.data.load("breast_cancer")["test"]["row"]
mixed = rows.copy()
mixed[:, 3] = np.roll(rows[:, 3], 1)  # mean_area
shuffled = np.random.default_rng(0).permuted(rows, axis=0)
kinds = {"test rows": rows, "area of another row": mixed, "all columns shuffled": shuffled}
scores = maf.anomaly_scores(np.concatenate(list(kinds.values()))).reshape(3, -1)
for (words, each), score in zip(kinds.items(), scores, strict=True):
    share = np.mean(maf.log_prob(rows)[:, None] > maf.log_prob(each))
    print(f"{words:22} median score {np.median(score):.3f}; less likely than a test row in {share:.0%} of pairs")

# %% [markdown]
# ## Bounds
#
# A model with latents has p(x) = E p(x | z) over its prior, an integral that nobody can compute for a network. A variational
# autoencoder guesses which z are behind x, by q(z | x), and gets a lower bound. What is missing, the *gap*, is the divergence
# from q to what it should be, p(z | x). The importance-weighted bound (Burda et al., 2016) averages over several z inside the
# logarithm and rises to log p(x) with their number. Where everything is Gaussian, one sees it: z from N(0, 1), x from N(z, 1),
# x = 1 seen. Then x is from N(0, 2), p(z | x) is N(0.5, 0.5), and our q shall be N(0, 0.8). (Of a million draws the fourth
# digit is chance.)

# %%
truth = -0.25 - 0.5 * np.log(4 * np.pi)
print(f"log p(x) = {truth:.4f}; gap of the ELBO {0.5 * (0.8 / 0.5 + 0.25 / 0.5 - 1 - np.log(0.8 / 0.5)):.4f}")
normal = np.random.default_rng(0).standard_normal(1_000_000)
z = np.sqrt(0.8) * normal
log_weights = -0.5 * z**2 - 0.5 * (1 - z) ** 2 - np.log(2 * np.pi) + 0.5 * normal**2 + 0.5 * np.log(2 * np.pi * 0.8)
for samples in (1, 10, 100, 1000):
    found = np.log(np.exp(log_weights).reshape(-1, samples).mean(axis=1)).mean()
    print(f"bound with {samples:4} samples {found:.4f}, gap {truth - found:.4f}")

vae = kerasgen.load("vae-mnist")
print(f"made-mnist, exact:                {exact.mean():.1f} nats an image")
print(f"vae-mnist, ELBO:                  {-vae.elbo(bits).mean():.1f}")
for samples in (10, 100):
    print(f"vae-mnist, bound by {samples:3} samples:  {-vae.iw_bound(bits, samples=samples).mean():.1f}")

# %% [markdown]
# By its ELBO the autoencoder would lose to MADE; by the better bound it wins. On all 10,000 test images the cards say 91.2
# and, with 500 samples, 84.4, against 87.2 of MADE, exact. So a bound can show that a model is better, and never that it is
# worse: what is missing may be the model's fault or the bound's. (The bound is of the VAE's own log p(x): it does not tend to
# MADE's.)
#
# ## Grey levels
#
# A density of continuous images is not a probability of images of 256 grey levels, and fitted to grey levels as they are it
# means nothing: most pixels of digits are exactly black, and a narrow enough peak there makes the density as high as one
# likes. So one adds noise between a grey level and the next (*dequantisation*): then the logarithm of the density, times the
# width of a level, is on average a lower bound on that of the level's probability (Theis et al., 2016). Pixels one by one,
# mixtures of eight Gaussians with a least variance:

# %%
rng = np.random.default_rng(0)
levels = rng.choice(splits["train"]["image"].reshape(-1), (2, 5000))  # pixels to fit, and others
shares = np.maximum(np.bincount(levels[1], minlength=256) / 5000, 1e-300)
print(f"entropy of the grey levels: {-np.sum(shares * np.log2(shares)):.2f} bits a pixel")
print("least variance   fitted to levels as they are, 'bits'   fitted with noise, bits")
for least in (1e-4, 1e-6, 1e-8, 1e-10):
    found = []
    for pixels in (levels / 128 - 1, (levels + rng.random(levels.shape)) / 128 - 1):
        mixture = GaussianMixture(8, min_variance=least, seed=0)
        mixture.fit(pixels[0][:, None], epochs=20)
        found.append((np.log(128) - mixture.log_prob(pixels[1][:, None]).mean()) / np.log(2))
    print(f"{least:14}   {found[0]:37.2f}   {found[1]:23.2f}")
bound = -digits.elbo(grey_test).mean()
print(f"the mixture of whole images: at most {bound:.0f} nats an image, {bound / np.log(2) / 784:.2f} bits a pixel")

# %% [markdown]
# The first column falls below the entropy, which no probability can, and has no end. The second stays above it.
#
# So for flows and mixtures of images `log_prob` is the density of continuous images, and a number for 8-bit images comes from
# `elbo` and is called a bound. Bits and grey levels are different data: numbers of one are not to be compared with those of
# the other.
#
# ## Which model for my data?
#
# The cards of the zoo's models of digits (`kerasgen info made-mnist`; `kerasgen list --can log_prob` for those with an exact
# one). `benchmarks/likelihoods.py` makes tables of them, with gaps, parameters, training time and seconds a sample.

# %%
for name in kerasgen.list_models():
    entry = kerasgen.info(name)
    for score in ("nats", "iw_nats", "iw_bits_per_dim", "elbo_bits_per_dim", "bits_per_dimension"):
        if entry["data"]["name"] == "mnist" and score in entry["metrics"]:
            metric = entry["metrics"][score]
            print(f"{name:14} {metric['value']:7.3f}  {metric['label']}")

# %% [markdown]
# In words. For a number that can be trusted to the last digit: an autoregressive model; it also completes what comes later in
# its order, and draws slowly. For tables and points, anomalies, and anything missing anywhere: mixtures, then flows, exact and
# fast in both directions (a MAF draws column by column). For codes, and samples in one step: a variational autoencoder, with a
# bound that can be tight. For samples that look best: diffusion, which says least surely how likely an image is. A likelihood
# does not say how good samples look: a model that draws noise once in a hundred times loses log(100/99) = 0.01 nats by it, and
# one that learned its training data by heart draws beautifully and fails on test data.
#
# ## What the articles say
#
# References such as (004, line 29) are to an article and its line; `tutorials/README.md` lists them.
#
# - "By maximising the likelihood of the data" a VAE is trained (004, line 29). It maximises a lower bound; the gap is above.
# - "The complexity grows exponentially with the length of the sequence", against which beam search is to help (004, line 43).
#   Drawing takes as many steps as there are elements. What grows exponentially is the count of possible results, among which
#   one would search for the most likely. Beam search is a cheap stand-in for that search, and makes drawing no faster: it
#   draws several at a time. What helps is to keep what was computed for earlier elements; then the cost of a pixel does not
#   grow with the image.

# %%
for side in (7, 14, 28):
    model = PixelCNN((side, side, 1), width=16, num_layers=4, seed=0)
    model.sample(8, seed=0)
    started = time.perf_counter()
    model.sample(8, seed=1)
    seconds = time.perf_counter() - started
    print(f"{side**2:4} pixels, 2^{side**2} images: {1000 * seconds / side**2:.2f} ms a step, for eight images")

# %% [markdown]
# - "正则化流 (Normalizing Flows)" (004, line 87): the name says that they *regularise*. They *normalise*: they turn data into
#   normal numbers (标准化流 or 归一化流).
# - "By the inverse transformation", of those that turn the base distribution into that of the data, the model is said to
#   generate new data (004, line 91). It is the other way round: that inverse goes from data to the base and serves densities;
#   new data are drawn from the base and go *with* the transformations. The determinant is not mentioned, without which there
#   is no density, nor is dequantisation, without which images have none that means anything. Both directions, judged by the
#   true density, and the integral without the determinant:

# %%
z = np.random.default_rng(0).standard_normal((2000, 2)).astype("float32")
for words, drawn in (("from the base to data", flow.decode(z)), ("as in the article", flow.encode(z))):
    print(f"{words:22} {-moons.log_density(drawn).mean():7.2f} nats a point by the true density")
without = np.exp(-0.5 * np.sum(flow.encode(grid) ** 2, axis=1)) / (2 * np.pi)
print(f"integral without the determinant: {without.sum() * cell:.2f}")

# %% [markdown]
# - Traditional generative models "are trained on supervised data" (003, line 233). Mixtures and hidden Markov models are
#   fitted by EM, from data without any label, as all models that this page loads are. Ours do not even take labels:

# %%
try:
    GaussianMixture(2).fit(some, points["train"]["label"][:2000])
except ValueError as error:
    print("with labels: ValueError:", error)
