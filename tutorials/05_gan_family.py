# %% [markdown]
# # 5. The GAN family: models, latents, techniques
#
# Page 4 is about what the two players optimise. This one is about the zoo's GANs and what you can do with them:
#
# - all of them, side by side, each with its distance from real data;
# - latents: arcs and lines, truncation, a moving picture, nearest training images;
# - classes that can be asked for, and where a self-attention GAN looks;
# - techniques that work with all of them, and how to see that a training is failing.
#
# With the real data the page takes about two minutes on two CPU cores; `KERASGEN_FAST=1` makes do with the few
# examples inside the package. The numbers in the text are from a run on the real data.

# %%
import os
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

import kerasgen
from kerasgen import latents, losses
from kerasgen.models.gan.mlp_gan import MLPGAN

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/05")
out.mkdir(parents=True, exist_ok=True)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


def show_rows(rows, name):
    """Shows rows of pictures, each beside its label."""
    figure = Figure(figsize=(12, 0.72 * len(rows)), layout="constrained")
    for axes, (label, pictures) in zip(figure.subplots(len(rows), squeeze=False).flat, rows.items(), strict=True):
        axes.imshow(kerasgen.plots.image_grid(pictures, columns=len(pictures), scale=2))
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[])
    figure.savefig(out / name, dpi=90)
    show(out / name)


digits = kerasgen.data.load("mnist", smoke=fast)
images = kerasgen.data.to_float_images(digits["train"]["image"][:20_000])
held_out = kerasgen.data.to_float_images(digits["test"]["image"][:500])

# %% [markdown]
# ## The family
#
# The zoo's GANs, each with its Fréchet distance from real images (lower is better) next to the value for real images. A
# model that takes labels shows each class in a column.

# %%
for name in kerasgen.list_models(family="gan"):
    card, model = kerasgen.info(name), kerasgen.load(name)
    score, kind = card["metrics"]["frechet"], type(model).__name__
    print(f"{card['title']}: Fréchet distance {score['value']:.1f}, real images {score['reference']:.1f}; {kind}")
    labelled = "sweep_labels" in model.capabilities
    drawn = model.sweep_labels(2, seed=1) if labelled else model.sample(32, seed=1)
    kerasgen.plots.save_grid(drawn, out / f"{name}.png", columns=model.num_classes if labelled else 16, scale=2)
    show(out / f"{name}.png")

# %% [markdown]
# Do not take these numbers for a ranking of methods: the models differ in size and training, and the cards say how.
# Distances of digits, clothes and tiles are not on one scale either: each kind is measured by features of its own.
#
# ```bash
# kerasgen list --family gan
# kerasgen info gan-mnist
# kerasgen sample gan-mnist -n 64 --seed 1 -o digits.png
# ```
#
# ## Tools for latents
#
# They work with any model that has `decode`. First the path from one latent to another: along the straight line, and
# along the great circle that `interpolate` takes.

# %%
gan, judge = kerasgen.load("dcgan-mnist"), kerasgen.load("judge-mnist")
count = 20 if fast else 1000
ends = latents.draw(gan.latent_dim, 2 * count, seed=5).reshape(2, count, -1)
t = np.linspace(0, 1, 13, dtype="float32")[:, None]
ways = [[(1 - t) * a + t * b, latents.great_circle(a, b, 13)] for a, b in zip(*ends, strict=True)]
labels = [f"{name} {pair}" for pair in (1, 2, 3) for name in ("line", "arc")]
show_rows({label: gan.decode(way) for label, way in zip(labels, ways[0] + ways[1] + ways[2], strict=True)}, "ways.png")
for place, name in enumerate(["line", "arc"]):
    halfway = np.stack([way[place][6] for way in ways])
    sure = judge.classify(gan.decode(halfway)).max(axis=1).mean()
    print(f"halfway on the {name}: length {np.linalg.norm(halfway, axis=1).mean():.2f}, surest class {sure:.3f}")

# %% [markdown]
# Normal latents of 64 numbers have lengths close to 8; halfway along the line the length is 5.6, which training never
# saw. That is the theory. *This* generator does not mind: the judge is as sure of one as of the other (0.957 and 0.959),
# and all you see is that they change differently on the way. Take the arc, but do not expect wonders.
#
# *Truncation* shortens latents, which is said to make samples better and more alike. Precision is the share of samples
# that look like digits to the judge, recall the share of digits that the samples come near to.

# %%
real = judge.features(held_out)
rows = {}
for truncation in (1.0, 0.7, 0.4, 0.0):
    drawn = gan.sample(500, seed=2, truncation=truncation)
    rows[f"truncation {truncation}"] = drawn[:16]
    if truncation:  # at 0 there is one picture
        precision, recall = kerasgen.metrics.precision_recall(real, judge.features(drawn))
        print(f"truncation {truncation}: precision {precision:.2f}, recall {recall:.2f}")
show_rows(rows, "truncation.png")

# %% [markdown]
# Variety falls, from 0.96 to 0.92, and precision does not rise: 0.89, 0.87, 0.85. At 0 there is one picture, of no
# digit. Large GANs gain from truncation (Brock et al., 2019); this small one has only learned the sphere, and gains
# nothing by leaving it. Measure before you truncate.
#
# A closed walk through six latents, as a moving picture. Jumps would mean that the generator has memorised single
# pictures; here one shape bends into the next.

# %%
walk = latents.walk(gan.latent_dim, stops=6, steps=4 if fast else 12, seed=3)
kerasgen.plots.save_animation(gan.decode(walk), out / "walk.gif", scale=4)
show(out / "walk.gif")

# %% [markdown]
# Does it copy? Below the samples are their nearest training images. To see whether a distance is small, compare it with
# the distances of *test* images, which are certainly not copies, from the same training images.

# %%
drawn = gan.sample(16 if fast else 200, seed=4)
nearest = kerasgen.metrics.nearest_images(drawn, images)
beside = kerasgen.metrics.nearest_images(held_out[:200], images)
for name, distances in (("samples", nearest.distances), ("test images", beside.distances)):
    print(f"{name:11} to the nearest training image: least {distances.min():.3f}, mean {distances.mean():.3f}")
show_rows({"samples": drawn[:16], "nearest": images[nearest.indices[:16, 0]]}, "nearest.png")

# %% [markdown]
# Samples are as far from the training images (0.344) as test images are (0.328): no sign of memorising. The
# nearest ones share slant, thickness and mostly the digit, and differ in each stroke.
#
# ## Asking for a class
#
# `cgan-mnist` has seen labels: `sample(16, label=7)`, `sample(label=[3, 1, 4])`. A latent keeps its handwriting from class
# to class (the first two rows), and you can move between two classes (the third). In the fourth row the class stays the
# same and the latent moves.

# %%
conditional = kerasgen.load("cgan-mnist")
rows = {f"latent {i}": row for i, row in enumerate(conditional.sweep_labels(2, seed=3).reshape(2, 10, 28, 28, 1))}
rows["3 to 8"] = conditional.interpolate_labels(3, 8, steps=10, seed=3)
rows["sevens"] = conditional.interpolate(steps=10, seed=3, label=7)
show_rows(rows, "classes.png")
asked = np.arange(10).repeat(5 if fast else 100)
named = judge.classify(conditional.sample(label=asked, seed=4)).argmax(axis=1)
print(f"the judge names the class that was asked for: {np.mean(named == asked):.1%}")

# %% [markdown]
# Slant and thickness come from the latent, the digit from the label. The card measures on 10,000 samples, class by
# class, whether they show the class asked for; and a classifier trained on such samples alone recognises 97.7% of real digits
# (`kerasgen info cgan-mnist`, classification accuracy score).
#
# ## Where a generator looks
#
# A convolution sees only a few pixels around each place. `sagan-sprites` also has a layer of self-attention, in which each
# place of the feature map takes what it needs from all other places. `model.attention(latents, row, column)` returns the
# weights for the place that a pixel belongs to. Below, after each sample, are the weights for three pixels: the pixel in
# red, and bright the places that it takes from.

# %%
attentive = kerasgen.load("sagan-sprites")
z = latents.draw(attentive.latent_dim, 12)
pixels = [(4, 4), (16, 16), (27, 16)]
maps = np.stack([attentive.attention(z, *pixel) for pixel in pixels])  # (pixels, samples, 8, 8)
pictures = kerasgen.plots.attention_images(attentive.decode(z), maps, pixels)
kerasgen.plots.save_grid(pictures, out / "attention.png", columns=12, scale=2)
show(out / "attention.png")
rows, columns = 4 * np.mgrid[:8, :8] + 1.5  # the middle of each place, in pixels
for (row, column), weights in zip(pixels, maps.mean(axis=1), strict=True):
    away = np.hypot(rows - row, columns - column)
    print(f"pixel ({row}, {column}): looks {np.sum(weights * away):.1f} pixels away, evenly it would be {away.mean():.1f}")

# %% [markdown]
# Distance makes little difference: the mean distances of 18.1, 12.4 and 15.2 pixels are within a pixel of those for looking
# everywhere equally. What matters is what is there. Pixels of the background look at the background and leave the figure
# out (dark); in tiles without a background all pixels look at the same few places. This small layer tells figure from
# background; do not read more into its maps.
#
# ## Two more techniques
#
# **DiffAugment.** With few images, the discriminator memorises them. The cure: real *and* generated pictures go through
# the same random changes on their way to it, and gradients flow through the changes to the generator. Every model of the
# family takes `augment=("brightness", "translation")` or other names. Not all changes suit all data: a mirrored sword is a
# sword, a mirrored 2 is not a digit.

# %%
kinds = kerasgen.layers.diff_augment.POLICIES
tiles = kerasgen.data.to_float_images(kerasgen.data.load("crawl_tiles")["train"]["image"][1000:4000:188])  # in the package
rows = {kind: kerasgen.layers.DiffAugment((kind,), seed=0)(tiles) for kind in kinds}
show_rows({"tiles": tiles, **rows}, "augment.png")

# %% [markdown]
# **Label smoothing** moves the target of real pictures from 1 to, say, 0.9, and leaves the target of generated ones
# alone. Then there is a best logit, and being more certain than that costs:

# %%
for smoothing in (0.0, 0.1):
    objective = losses.adversarial("non_saturating", smoothing)[0]
    values = [float(objective(tf.constant([[logit]]), tf.constant([[-20.0]]))) for logit in (1.0, 2.2, 5.0, 20.0)]
    print(f"smoothing {smoothing}: loss at logits 1, 2.2, 5, 20 of a real picture:", "  ".join(f"{v:.3f}" for v in values))

# %% [markdown]
# Without smoothing more is always better, and logits grow. With it the best logit is log 9 = 2.2, and a discriminator
# that is more certain pays for it. (The fake's logit is -20 here.) It keeps a discriminator from being overconfident; on
# the ring it was no cure.
#
# ## How to see that a training is failing
#
# The losses of two players do not fall even when all is well, so they do not show when something is wrong. Comparing
# samples with images that the model has not seen does. `FailureDetector` draws some samples after each epoch and checks how
# many kinds of images they cover, how far they lie from one another and from the training images, whether pixels are
# stuck, whether training images are copied, and which player is ahead. Here the discriminator learns a thousand times as
# fast as the generator.

# %%
few = images[:2000]
detector = kerasgen.callbacks.FailureDetector(few, held_out, stop=True)
print("dcgan-mnist:", "  ".join(f"{name} {value:.2f}" for name, value in detector.measure(gan.sample(500, seed=5)).items()))
lost = MLPGAN(penalty_weight=0.0, seed=0)
rates = {"generator": 1e-5, "discriminator": 1e-2}
lost.compile(kerasgen.OptimizerGroup(**{player: keras.optimizers.Adam(rate, 0.5) for player, rate in rates.items()}))
lost.fit(few, batch_size=16 if fast else 64, epochs=10, verbose=0, callbacks=[detector])
print(f"stopped after {len(lost.history.epoch)} of 10 epochs:", *(finding.name for finding in detector.findings))

# %% [markdown]
# For samples that are as good as real images the ratios are about 1. The numbers also go into the logs, so TensorBoard
# shows their curves, and, with `log_dir=`, the findings in words.
#
# All of this can be searched (page 3): `kerasgen tune dcgan-mnist --trials 20 --minutes 120`. The judge of a search
# must be a distance from data, never the players' losses.
#
# ## What the articles print
#
# An article that circulates (002, section 3.6; `tutorials/README.md` lists the articles) shifts, turns and mirrors the
# training images of a GAN and leaves the generated ones as they are. The discriminator then sees shifted, turned and
# mirrored images alone as real, and the generator learns to draw those: tilted digits. The changes belong on both, as
# `augment` has it.
