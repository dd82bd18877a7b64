# %% [markdown]
# # 4. GANs: two players, and what goes wrong between them
#
# A generative adversarial network has a generator that turns random latents into pictures, and a discriminator that
# tells these from real ones. This page
#
# - works out what each of the two optimises;
# - lets a small GAN collapse on eight dots, and tries the usual cures;
# - runs the GAN code of two articles at the end, sees it fail, and repairs it.
#
# The zoo's GANs and what can be done with them are on page 5.
#
# With the real data the page takes about four minutes on two CPU cores; with `KERASGEN_FAST=1` it trains for a few
# steps, so that everything runs and nothing is learned. The numbers in the text are from a run on the real data.

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
from kerasgen import latents, losses
from kerasgen.models.gan.mlp_gan import MLPGAN
from kerasgen.models.gan.wgan_gp import WGANGP

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/04")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)
tf.get_logger().setLevel("ERROR")  # 24 small models are compiled below, of which TensorFlow would warn


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


def show_rows(rows, name):
    """Shows rows of pictures, each beside its label."""
    figure = Figure(figsize=(12, 0.72 * len(rows)), layout="constrained")
    for axes, (label, pictures) in zip(figure.subplots(len(rows), squeeze=False).flat, rows.items(), strict=True):
        axes.imshow(kerasgen.plots.image_grid(np.clip(pictures, -1, 1), columns=len(pictures), scale=2))
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[])
    figure.savefig(out / name, dpi=90)
    show(out / name)


def adam(generator, discriminator):
    """An optimizer for each player, with a learning rate of its own."""
    rates = {"generator": generator, "discriminator": discriminator}
    return kerasgen.OptimizerGroup(**{player: keras.optimizers.Adam(rate, 0.5) for player, rate in rates.items()})


# %% [markdown]
# ## The objective
#
# D(x) is the probability with which the discriminator takes x for real. Both players pull at the same number, in
# opposite directions:
#
# $$\min_G \max_D\ E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$$
#
# The discriminator is rewarded for calling real pictures real and generated ones fake; the generator has a say in the
# second term only.
#
# Take a world of four pictures, with probability p in the data and q from the generator. The value is a sum over the
# pictures, so the best D can be found for each of them separately.

# %%
p = np.array([0.4, 0.3, 0.2, 0.1])
q = p[::-1]
tried = np.linspace(1e-6, 1 - 1e-6, 10_001)[:, None]  # values of D
games = {
    "p and q": lambda d: p * np.log(d) + q * np.log(1 - d),
    "q = p": lambda d: p * np.log(d) + p * np.log(1 - d),
}
best = {name: tried[value(tried).argmax(axis=0), 0] for name, value in games.items()}
for name, value in games.items():
    print(f"{name:12} best D {np.round(best[name], 3)}, value {value(best[name]).sum():.4f}")
print("p / (p + q):       ", np.round(p / (p + q), 3))
middle = (p + q) / 2
divergence = (np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2
print(f"-log 4 = {-np.log(4):.4f}; twice the Jensen-Shannon divergence - log 4 = {2 * divergence - np.log(4):.4f}")

# %% [markdown]
# The best D is p / (p + q), and the value is twice the Jensen-Shannon divergence of p and q, minus log 4. The generator
# lowers it, and at q = p nothing is left but -log 4 = -1.386: D is one half everywhere.
#
# ### A generator that is losing
#
# Early on, pictures are bad and D is sure. Then `log(1 - D(G(z)))` is flat where the generator stands. Goodfellow et
# al. (2014) therefore let it maximise `log D(G(z))`, the *non-saturating* loss: the same goal, with a slope where it is
# needed. Below are the slopes of both at some logits of D, and the gradients of a fresh generator whose discriminator
# has been trained some steps ahead.

# %%
digits = kerasgen.data.load("mnist", smoke=fast)
images = kerasgen.data.to_float_images(digits["train"]["image"][:20_000])
logits = tf.Variable([-8.0, -4.0, 0.0, 4.0])
ahead = MLPGAN(penalty_weight=0.0, seed=0)
ahead.compile(adam(2e-4, 2e-4))
noise = latents.draw(ahead.latent_dim, 64)


def gradients(name, logits_of, variables):
    """Gradients of a generator's loss, by its name in `kerasgen.losses`."""
    with tf.GradientTape() as tape:
        loss = losses.adversarial(name)[1](logits_of())
    return tape.gradient(loss, variables)


def generated():
    return ahead.discriminator(ahead.generator(noise, training=True))


pulls = {"minimax": [], "non_saturating": []}
for name in pulls:
    slopes = 4 * gradients(name, lambda: logits, logits).numpy()  # the loss is a mean of four
    print(f"{name:14} slope at logits -8, -4, 0, 4:", "  ".join(f"{slope:7.4f}" for slope in slopes))
rounds = 2 if fast else 10
for start in range(rounds):
    for name, found in pulls.items():
        found.append(float(tf.linalg.global_norm(gradients(name, generated, ahead.generator.trainable_variables))))
    for i in range(20):
        batch = tf.constant(images[(20 * start + i) * 64 :][:64])
        ahead.minimize(lambda batch=batch: ahead.discriminator_loss(batch, training=True), "discriminator")
for name, found in pulls.items():
    print(f"{name:14} length of the generator's gradient:", "  ".join(f"{length:.2g}" for length in found))

figure = Figure(figsize=(6, 3.6), layout="constrained")
axes = figure.subplots()
for name, found in pulls.items():
    axes.plot(20 * np.arange(rounds), found, marker="o", label=name)
axes.set(title="gradient of a fresh generator", xlabel="steps that D is ahead", ylabel="length", yscale="log")
axes.grid(alpha=0.3)
axes.legend()
figure.savefig(out / "gradient.png", dpi=90)
show(out / "gradient.png")

# %% [markdown]
# After twenty steps of the discriminator the minimax gradient has shrunk from 2.2 to 0.2; after 180 it is 0.006. The
# non-saturating one grows to 10, enough for the generator to learn from.
#
# ## Mode collapse: eight dots
#
# A generator is rewarded for pictures that pass as real, not for variety. One that makes perfect sevens and
# nothing else passes. With eight narrow clouds on a ring as data (Metz et al., 2017) this can be counted: a sample is
# *good* within three standard deviations of a centre, and a cloud is *found* if good samples of at least a tenth of its
# fair share fall into it. A point is an image of one pixel with two channels, so `MLPGAN` takes it unchanged.

# %%
angles = np.arange(8) * np.pi / 4
centres, spread = 0.75 * np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.02
runs, seeds = (20, [0]) if fast else (5000, [0, 1, 2])


def ring(count):
    random = np.random.default_rng(0)
    points = centres[random.integers(8, size=count)] + spread * random.normal(size=(count, 2))
    return points.astype("float32").reshape(count, 1, 1, 2)


def clouds_found(points):
    """Clouds found, and the share of good samples."""
    distances = np.linalg.norm(points.reshape(-1, 1, 2) - centres, axis=2)
    good = distances.min(axis=1) < 3 * spread
    clouds = np.bincount(distances.argmin(axis=1)[good], minlength=8)
    return np.sum(clouds >= len(points) / 80), np.mean(good)


class PointWGAN(MLPGAN):
    """MLPGAN with the loss of WGAN-GP: `kerasgen.models.gan.wgan_gp.WGANGP` is for images."""

    slope_penalty = WGANGP.slope_penalty

    def discriminator_loss(self, images, training):
        fakes = self.fakes_like(images, training)
        u = keras.random.uniform((ops.shape(images)[0], 1, 1, 1), seed=self.seed_generator)
        penalty = self.slope_penalty(u * images + (1 - u) * fakes)
        loss = self.discriminator_objective(self.discriminator(images), self.discriminator(fakes))
        return loss + self.penalty_weight * penalty


def trained(seed, rates=(1e-3, 1e-3), batch_size=64, kind=MLPGAN, **settings):
    """Trains on the ring with the given changes to the plain recipe."""
    keras.utils.set_random_seed(seed)
    layout = {"image_shape": (1, 1, 2), "latent_dim": 16, "widths": (128, 128), "discriminator_widths": (128, 128)}
    model = kind(**layout, seed=seed, **{"penalty_weight": 0.0, **settings})
    model.compile(adam(*rates), steps_per_execution=min(50, runs))
    model.fit(ring(runs * batch_size), batch_size=batch_size, verbose=0)
    return model


recipes = {
    "plain": {},
    "slower": {"rates": (2e-4, 2e-4)},
    "two time-scales": {"rates": (3e-4, 1e-3)},
    "label smoothing": {"label_smoothing": 0.1},
    "batch of 256": {"batch_size": 256},
    "R1": {"penalty_weight": 0.02},
    "WGAN-GP": {"kind": PointWGAN, "loss": "wasserstein", "penalty_weight": 0.1},
    "R1, batch of 256": {"penalty_weight": 0.02, "batch_size": 256},
}
panels = {"data\n": ring(2000)}
z = latents.draw(16, 2000)
print("clouds found and good samples, of three trainings: newest weights | averaged weights")
for name, changes in recipes.items():
    models = [trained(seed, **changes) for seed in seeds]
    newest = [clouds_found(ops.convert_to_numpy(model.generator(z, training=False))) for model in models]
    averaged = [clouds_found(model.decode(z)) for model in models]
    print(f"{name:18}", " | ".join("  ".join(f"{n} {share:4.0%}" for n, share in column) for column in (newest, averaged)))
    panels[f"{name}\n{averaged[0][0]} of 8 found, {averaged[0][1]:.0%} good"] = models[0].decode(z)

figure = Figure(figsize=(9, 10.2), layout="constrained")
for axes, (title, points) in zip(figure.subplots(3, 3).flat, panels.items(), strict=True):
    axes.scatter(*centres.T, s=160, facecolors="none", edgecolors="tab:red", linewidths=0.8)
    axes.scatter(*points.reshape(-1, 2).T, s=3, alpha=0.4, color="tab:blue")
    axes.set(title=title, xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), xticks=[], yticks=[], aspect="equal")
figure.savefig(out / "ring.png", dpi=90)
show(out / "ring.png")

# %% [markdown]
# The plain recipe strings three or four clouds together and forgets the rest, in all three trainings. By the share of
# good samples alone it would be the best in the table: *always count both*. What did the cures do?
#
# - Slower players: not there yet in these steps. (With three times as many, five clouds, and 41% good.)
# - Two time-scales and label smoothing: three to five clouds. No cure here.
# - A batch four times as large sees more clouds at once: four to six. Better.
# - R1, a penalty on the discriminator's slope at the data: eight of eight, each time. It blurs: half of the samples are
#   good.
# - WGAN-GP: eight of eight, 61 to 65% good. Its weight must fit the data: with 1 in place of 0.1 (and 10 is usual for
#   images) nothing was found in the same number of steps.
# - R1 with the larger batch: eight of eight, and 71 to 75% good.
# - Averaged weights do not cure a collapse (first row). Where the players circle around all eight clouds, the average is
#   steadier than the newest weights: up to 29 percentage points more good samples.
#
# The cure here is a bound on the discriminator's slope: without cliffs, the generator has no reason to abandon seven
# clouds for a place where D happens to be fooled. Some samples lie between clouds in all pictures, since a continuous
# generator has to cross the gaps. And eight dots are not photographs: rates were not tuned for each recipe, and your data
# may need a different cure. For images the counts are recall and the shares of classes, on every card of the zoo.
#
# Real GANs (`kerasgen list --family gan`), their latents and more techniques: page 5.
#
# ## What the articles print
#
# You can skip this: here we run the code that circulates in articles about generative models, and repair it. References
# such as (001, line 86) are to an article and its line; `tutorials/README.md` lists the articles.
#
# ### The objective (001, lines 85-86)
#
# The article prints one line for each player:
#
# $$\min_G\ E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$$
#
# $$\max_D\ E_x[\log D(x)] + E_z[\log D(G(z))]$$
#
# G's line is right: its first term does not depend on G, and does no harm. Look at the last term of D's. A discriminator
# that follows it is rewarded for calling generated pictures real. In the world of four pictures:

# %%
printed = p * np.log(tried) + q * np.log(tried)
print(f"as printed   best D {tried[printed.argmax(axis=0), 0].round(3)}, value {printed.max(axis=0).sum():.4f}")

# %% [markdown]
# The best D is 1 for everything, whatever the generator does: the value is 0, the largest possible, and the players have
# nothing to disagree about. With `log(1 - D(G(z)))` in D's line, too, it is the game at the top of this page.
#
# ### The first article's GAN (001, lines 143-181)
#
# The end of page 2 shows that its networks, as printed, do not build, and repairs their shapes: `keras.Input` in place of
# `input_dim`, two strides of 2 in place of three, one channel in place of three. What remains is the function that
# joins them, here as printed. It compiles only the stack, never the discriminator by itself; so training it trains
# *both* networks, with noise as input and "real" as the target. To show that the choice of networks is not to blame, we
# give it two perceptrons that learn well further down.


# %%
def build_gan(generator, discriminator):  # 001, lines 175-181
    model = tf.keras.Sequential([generator, discriminator])
    model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(0.0002, 0.5))
    return model


networks = {"widths": (128, 256, 512), "discriminator_widths": (512, 256, 128)}
unplayed = MLPGAN(**networks, seed=0)
probability = keras.Sequential([unplayed.discriminator, layers.Activation("sigmoid")])
stack = build_gan(unplayed.generator, probability)
learning = len(probability.trainable_variables), len(stack.trainable_variables)
print(f"{learning[0]} of the {learning[1]} arrays that the stack trains are the discriminator's")
static = np.random.default_rng(0).uniform(-1, 1, (500, 28, 28, 1)).astype("float32")
held_out = kerasgen.data.to_float_images(digits["test"]["image"][:500])


def verdicts(judge):
    """How likely a discriminator of probabilities finds digits and static to be real."""
    return "  ".join(f"{name} {float(np.mean(judge(x))):.2f}" for name, x in (("digits", held_out), ("static", static)))


steps = 10 if fast else 300
print("probability of being real, before:", verdicts(probability))
for step in range(steps):
    loss = stack.train_on_batch(latents.draw(64, 64, seed=1, start=64 * step), np.ones((64, 1)))
print(f"after {steps} steps:", verdicts(probability), f" loss {float(loss):.5f}")
pictures = {"one stack (001)": unplayed.generator(noise[:16], training=False)}

# %% [markdown]
# The loss falls to 0.00001. All that was learned is to raise the verdict, on digits from 0.42 to 0.87 and on static,
# too, from 0.51 to 0.79; the discriminator has never been shown a digit, and was never asked to call anything fake.
#
# ### The second article's GAN (002, lines 117-141)
#
# Its networks call `tf.layers`, which is gone (page 2). We build the same widths from Keras layers, with the `Flatten`
# that the discriminator lacks, and keep the rest: a sigmoid at the end (line 129), and the training step, word for
# word.


# %%
def train_step(images, labels, generator, discriminator, generator_optimizer, discriminator_optimizer):  # lines 133-141
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(images)
        logits = discriminator(generated_images)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=labels))
        gradients_of_generator = gen_tape.gradient(loss, generator.trainable_variables)
        gradients_of_discriminator = disc_tape.gradient(loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))  # noqa: B905
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))  # noqa: B905
    return loss  # ours, to look at


def perceptron(inputs, widths, *last):
    return keras.Sequential([keras.Input(inputs), layers.Flatten(), *(layers.Dense(n, "leaky_relu") for n in widths), *last])


attempt("002, line 118", lambda: tf.layers.dense(tf.zeros((4, 64)), 128, activation=tf.nn.leaky_relu))
first = perceptron((784,), (128, 256, 512), layers.Dense(784), layers.Reshape((28, 28)))  # lines 117-122
second = perceptron((28, 28), (512, 256, 128), layers.Dense(1, activation="sigmoid"))  # lines 125-130
optimizers = [keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)]
print("probability of being real, before:", verdicts(second))
for step in range(steps):
    batch = images[64 * step % len(images) :][:64]
    loss = train_step(batch.reshape(-1, 784), tf.ones((len(batch), 1)), first, second, *optimizers)
print(f"after {steps} steps:", verdicts(second), f" loss {float(loss):.5f}")
pictures["one loss (002)"] = first(images[:16].reshape(-1, 784))[..., None]

# %% [markdown]
# Three mistakes at once. The generator gets real images as its *input*, where noise belongs. The discriminator never sees
# a real one. And there is one loss with one set of labels, which both networks descend: with labels of 1 both say
# "real", with labels of 0 both would say "fake". They are partners, not opponents, and agree after 300 steps. The loss
# stays at 0.31326, below which it cannot fall. (The generator also ends without `tanh`, so its pixels have no bounds.)
#
# That floor is a mistake of its own. `sigmoid_cross_entropy_with_logits` takes logits but gets probabilities, which a
# second sigmoid then squeezes. For a real picture:

# %%
certain = tf.constant([0.01, 0.5, 0.99, 1.0])
twice = tf.nn.sigmoid_cross_entropy_with_logits(logits=certain, labels=tf.ones(4))
once = keras.losses.BinaryCrossentropy(reduction=None)(tf.ones((4, 1)), certain[:, None])
for row in zip(certain.numpy(), twice.numpy(), once.numpy(), strict=True):
    print("D = {:.2f}: loss as printed {:.3f}, right {:.3f}".format(*row))

# %% [markdown]
# A verdict that is wrong by 99% costs little more than one that is right, and no verdict costs less than 0.313. Either
# the last layer has no activation and the loss takes logits (as all GANs of `kerasgen` do), or the loss takes
# probabilities.
#
# ### Repaired: two steps, two losses
#
# The same widths in `MLPGAN`. Its step, without the bookkeeping, is
#
# ```python
# fakes = generator(random_normal)                                      # from noise, not from images
# minimise E[softplus(-D(images))] + E[softplus(D(fakes))]              # moves the discriminator alone
# minimise E[softplus(-D(generator(random_normal)))]                    # moves the generator alone
# ```

# %%
players = MLPGAN(**networks, penalty_weight=2.0, average_decay=0.99, seed=0)
players.compile(adam(3e-4, 3e-4))
players.fit(images, batch_size=64, epochs=1 if fast else 5, verbose=2)
print("probability of being real:", verdicts(lambda x: tf.sigmoid(players.discriminator(x))))
pictures["two players"] = players.decode(noise[:16])
show_rows(pictures, "articles.png")

# %% [markdown]
# After training, the first two still draw what an untrained network draws. The third learns digits, though ragged ones after
# a few passes; `gan-mnist` took 31,200 steps. Its losses say whether a player is far ahead: log 4 = 1.39 is a draw for the
# discriminator.
