# %% [markdown]
# # 8. Diffusion: noise and back
#
# A diffusion model learns to take noise out of images. Done step by step, beginning with nothing but noise, that draws
# images. Three things are separate here, and the page takes them one by one: how noise is added (the schedule), what is
# learned (the network), and how steps are taken back (the sampler).
#
# - noise, what the network sees of it, and a case where the best answer is known exactly;
# - a small model that you train;
# - `ddpm-mnist`: how many steps with which sampler, and what guidance buys and costs;
# - the same steps used on images that are given: parts drawn anew, variations, noise removed, an image's own noise;
# - a bound on the likelihood.
#
# At the end stands what an article says of diffusion, which is backwards.
#
# With the real data the page takes several minutes on two CPU cores; with `KERASGEN_FAST=1` it uses the few images
# inside the package, few steps and few samples, so that everything runs and numbers say little.

# %%
import os
import pathlib
import sys

import keras
import numpy as np
from matplotlib.figure import Figure

import kerasgen
from kerasgen import latents
from kerasgen.models.diffusion.diffusion import Diffusion
from kerasgen.samplers import diffusion as samplers
from kerasgen.schedules.noise import alpha_sigma, log_snr

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/08")
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
    images = np.clip(np.concatenate(rows), -1, 1)
    kerasgen.plots.save_grid(images, out / name, columns=len(rows[0]), scale=3)
    show(out / name)


splits = kerasgen.data.load("mnist", smoke=fast)
train, train_labels = kerasgen.data.to_float_images(splits["train"]["image"]), splits["train"]["label"]
test, test_labels = kerasgen.data.to_float_images(splits["test"]["image"][:1000]), splits["test"]["label"][:1000]
model, judge = kerasgen.load("ddpm-mnist"), kerasgen.load("judge-mnist")
steps = 3 if fast else 25  # that the verbs take below

# %% [markdown]
# ## Noise
#
# At time t in [0, 1] an image x has become
#
# $$x_t = \alpha x + \sigma n, \qquad n \sim N(0, I), \qquad \alpha = \cos(\pi t / 2), \quad \sigma = \sin(\pi t / 2)$$
#
# so that it is the image at 0 and noise at 1, and alpha² + sigma² = 1 all the way (this is the cosine schedule; Nichol &
# Dhariwal, 2021). No network is needed for that, and nothing is learned by it: x_t comes in one line from x, without the
# times between. What a schedule decides is how long an image stays at which signal-to-noise ratio alpha² / sigma². The linear
# schedule of the first paper (Ho et al., 2020) spends much of its time where hardly anything is left of the image:

# %%
times = np.array([0.1, 0.25, 0.4, 0.55, 0.7, 0.85])
print("time                              ", "".join(f"{t:8.2f}" for t in times))
for schedule in ("cosine", "linear"):
    ratios = np.exp(log_snr(schedule, times, np))
    print(f"signal-to-noise ratio, {schedule:11}", "".join(f"{ratio:8.3f}" for ratio in ratios))

# %% [markdown]
# The network is given x_t and the ratio, and is trained to say what was mixed. Nobody can know that; what minimises the
# squared error is the *mean* of all images that may lie behind x_t. Here are three test digits with more and more noise, and
# below each the mean image that `ddpm-mnist` sees. At little noise it is the digit, at much noise a blur of many digits. It
# is no sample, and this is why one step does not suffice.

# %%
digits, noise = test[:3], np.random.default_rng(0).standard_normal((3, *test.shape[1:]))
seen, means = [], []
for alpha, sigma in zip(*alpha_sigma("cosine", log_snr("cosine", times, np), np), strict=True):
    seen.append(alpha * digits + sigma * noise)
    means.append(model.denoise(seen[-1] / alpha, sigma=sigma / alpha / 2))  # sigma is told for pixels in [0, 1]
show_rows("noise.png", *[[column[i] for column in columns] for i in range(3) for columns in (seen, means)])

# %% [markdown]
# ## Where the answer is known
#
# Say the data are numbers x ~ N(0.7, 0.3²). Then the mean behind x_t is a formula, and so is the number into which the
# noise-free way leads each x_1. So the samplers can be checked without any network. "ddim" (Song et al., 2021) follows the way
# in straight pieces; "heun" (Karras et al., 2022) corrects each piece by a second look at its end; "dpm++" (Lu et al., 2022)
# uses the step before instead. "ddpm" (Ho et al., 2020) adds fresh noise after each step, so that only its distribution can
# be compared.

# %%
mean, deviation = 0.7, 0.3


def exact(x, level):
    """E[x | x_t]"""
    alpha, sigma = alpha_sigma("cosine", level, np)
    return mean + alpha * deviation**2 / (alpha**2 * deviation**2 + sigma**2) * (x - alpha * mean)


start = np.random.default_rng(1).standard_normal(4000)
alpha, sigma = alpha_sigma("cosine", log_snr("cosine", 1.0, np), np)
goal = mean + deviation * (start - alpha * mean) / np.hypot(alpha * deviation, sigma)
for sampler in ("ddim", "heun", "dpm++"):
    errors = []
    for number in (40, 80, 160, 320):
        drawn = samplers.run(sampler, exact, start, samplers.step_levels("cosine", number), "cosine")
        errors.append(np.sqrt(np.mean(np.square(drawn - goal))))
    print(f"{sampler:5} error after 40, 80, 160, 320 steps:", " ".join(f"{error:.5f}" for error in errors))
for number in (20, 80, 320):
    rng = np.random.default_rng(2)
    levels = samplers.step_levels("cosine", number)
    drawn = samplers.run("ddpm", exact, start, levels, "cosine", normal=lambda step: rng.standard_normal(4000))  # noqa: B023
    print(f"ddpm, {number:3} steps: mean {drawn.mean():.2f}, deviation {drawn.std():.2f}")

# %% [markdown]
# Twice the steps halve the error of "ddim", which is of first order. Those of the other two, of second order, fall to a third
# or a quarter once there are many. "ddpm" reaches the right deviation, 0.30, only with hundreds of steps; with few, its
# samples are too much alike.
#
# ## A model of your own
#
# Three classes, a small U-Net, some passes over a few thousand images. The loss is the squared error of v = alpha n - sigma x,
# which says as much as the noise or the image, and is of equal size at all times (Salimans & Ho, 2022). A model that knows
# nothing has a loss of about 1. Drawing uses an average of the weights over the last steps of training. Rows: 0, 1, 2.

# %%
chosen = np.flatnonzero(train_labels < 3)[: 64 if fast else 4000]
small = Diffusion(num_classes=3, widths=(8, 16) if fast else (16, 32), average_decay=0.9 if fast else 0.98, seed=0)
small.compile(keras.optimizers.Adam(2e-3))
losses = small.fit(
    train[chosen], train_labels[chosen], batch_size=min(64, len(chosen)), epochs=1 if fast else 6, verbose=0
).history["loss"]
print(f"loss in the first pass {losses[0]:.3f}, in the last {losses[-1]:.3f}")
show_rows("small.png", *small.sample(label=np.repeat([0, 1, 2], 10), steps=steps).reshape(3, 10, *test.shape[1:]))

# %% [markdown]
# ## Steps and samplers
#
# `ddpm-mnist` is the same class with a larger network and ten digits. A seed is a noise, and without fresh noise on the way a
# noise is an image: the digits below are drawn from the same ten noises in 1, 2, 4, 8 and 16 steps of "dpm++".

# %%
rows = [model.sample(label=range(10), steps=number, seed=1) for number in ((1, 2, 4) if fast else (1, 2, 4, 8, 16))]
show_rows("steps.png", *rows)

# %% [markdown]
# How many steps are enough? You draw the curve: the share of samples in which a classifier, `judge-mnist`, sees the digit
# that was asked for, against predictions of the network (which take the time; "heun" makes two a step). The judge names
# 99.5% of real test digits as they are labelled.

# %%
labels = np.arange(20 if fast else 200) % 10


def agreement(images):
    return np.mean(judge.classify(images).argmax(axis=1) == labels)


figure = Figure(figsize=(7, 4.5), layout="constrained")
axes = figure.subplots()
numbers = (2, 4) if fast else (2, 4, 8, 16, 32)
print("steps ", "".join(f"{number:7}" for number in numbers))
for sampler in samplers.SAMPLERS:
    shares = [agreement(model.sample(label=labels, steps=number, sampler=sampler, seed=2)) for number in numbers]
    print(f"{sampler:6}", "".join(f"{share:7.1%}" for share in shares))
    predictions = [2 * number - 1 if sampler == "heun" else number for number in numbers]
    axes.plot(predictions, shares, "o-", label=sampler)
axes.set_xscale("log", base=2)
axes.xaxis.set_major_formatter("{x:.0f}")
axes.set(xlabel="predictions", ylabel="judge-mnist", ylim=(None, 1.01))
axes.grid(alpha=0.3)
axes.legend()
figure.savefig(out / "curve.png", dpi=100)
show(out / "curve.png")

# %% [markdown]
# Does your curve not climb? Of 100 samples the judge took 98%, 96% and 96% for what was asked at 2, 4 and 8 steps, with "ddim"
# and with "dpm++" alike. In few steps, samples stay near the mean of their class, which is blurred, but easily read: agreement
# is not all of quality, and says nothing of sharpness and variety. Look at the picture before, too. `kerasgen info ddpm-mnist`
# has the Fréchet distance, precision and recall as well.
#
# ## Guidance
#
# Training left out a tenth of the labels, so that the network can be asked without one, too. Guidance g (Ho & Salimans,
# 2022) goes on in the direction in which the label changes the answer: mean(none) + g (mean(label) - mean(none)). 0 takes no
# notice of the label, 1 is the model as it was trained, more makes samples typical, and alike: the spread below is the
# mean deviation of the pixels within a class. One row for each guidance; the noises are the same.

# %%
rows = []
for guidance in (0, 1, 2, 4):
    drawn = model.sample(label=labels, steps=steps, guidance=guidance, seed=3)
    spread = np.mean([drawn[labels == label].std(axis=0).mean() for label in range(10)])
    print(f"guidance {guidance}: {agreement(drawn):6.1%} as asked, spread {spread:.3f}")
    rows.append(drawn[:10])
show_rows("guidance.png", *rows)

# %% [markdown]
# ## Images that are given
#
# *Inpainting*: some pixels are known, the others are drawn so that they fit. At each step the known ones are put in, with as
# much noise as belongs there (Lugmayr et al., 2022). First row: test digits whose lower half is hidden; then three fillings, by
# three seeds. What is known comes back as it was.

# %%
given, own = test[:10], test_labels[:10]
mask = np.zeros(given.shape, bool)
mask[:, 14:] = True
filled = [model.inpaint(given, mask, steps=steps, seed=seed) for seed in range(1 if fast else 3)]
show_rows("inpaint.png", np.where(mask, 0, given), *filled)
print(f"known pixels are as they were: {all(np.array_equal(each[~mask], given[~mask]) for each in filled)}")

# %% [markdown]
# *Variations*: add noise up to some time, and take it out again (Meng et al., 2022). The longer, the less remains. Rows: the
# digits, and strengths 0.5, 0.7 and 0.9, with the label told.

# %%
rows = [model.vary(given, strength=strength, label=own, steps=steps, seed=4) for strength in (0.5, 0.7, 0.9)]
show_rows("vary.png", given, *rows)

# %% [markdown]
# *Noise removed*: a single prediction, the mean image. It is what a denoiser of page 7 does, for any strength of noise. The
# mean has the least squared error and is a little blurred where the image is in doubt.

# %%
noisy = given + 2 * 0.4 * np.random.default_rng(5).standard_normal(given.shape)
cleaned = model.denoise(noisy, sigma=0.4)
show_rows("denoise.png", noisy, cleaned, given)
for what, images in (("noisy, clipped", np.clip(noisy, -1, 1)), ("cleaned", cleaned)):
    print(f"{what}: mean squared error of a pixel in [0, 1] {np.mean(np.square(images - given)) / 4:.4f}")

# %% [markdown]
# *An image's own noise*: "ddim" without fresh noise can be walked backwards, from the image to the noise that it would be
# drawn from. There and back is not quite the image, but nearer the more steps there are. What is
# found is weaker than noise that was drawn, whose deviation is 1: the ground of these images is perfectly black, and shows no
# noise that could be followed back.

# %%
for number in (5, 10) if fast else (10, 25, 100):
    codes = model.encode(given, label=own, steps=number)
    again = model.decode(codes, label=own, steps=number)
    error = np.sqrt(np.mean(np.square(again - given)))
    print(f"{number:3} steps: root mean squared error {error:.3f}; noise of deviation {codes.std():.3f}")

# %% [markdown]
# Noises are a latent space, as long as the image. On the great circle between two noises of one length all points have that
# length (page 5). First row: from one drawn image to another; second: from one test image to another, through their own
# noises, without a label.

# %%
codes = model.encode(given[:2], steps=steps).reshape(2, -1)
path = latents.great_circle(*codes, 10).reshape(10, *test.shape[1:]).astype("float32")
show_rows("interpolation.png", model.interpolate(10, seed=6), model.decode(path, steps=steps))

# %% [markdown]
# ## A bound on the likelihood
#
# The errors of the predictions, weighted and summed over all noise levels, bound the log-likelihood from below (Kingma et
# al., 2021), as the ELBO of a VAE does. In bits a dimension, for images of 256 grey levels; a model that knows nothing needs 8.
# `kerasgen info ddpm-mnist` says 1.20 (1.18 to 1.22) for 1000 test images whose class is told. Told wrongly, a class costs:

# %%
few = 10 if fast else 100
for what, label in (("told", test_labels), ("not told", None), ("told wrongly", (test_labels + 1) % 10)):
    bound = model.elbo(test[:few], label=None if label is None else label[:few], samples=4 if fast else 20)
    print(f"class {what:12}: at most {-bound.mean() / np.log(2) / test[0].size:.2f} bits a dimension")

# %% [markdown]
# ## What the article says
#
# You can skip this. An article that circulates (004; `tutorials/README.md` lists the articles) begins well (line 109: noise is
# added to data, and the way back is learned) and then turns it round (line 111, without one sentence):
#
# > 在扩散模型中,模型首先定义一个简单的数据分布,如高斯分布。然后,模型通过逐步向数据中添加噪声,
# > 将数据从原始分布扩散到一个复杂的分布。[...] 在扩散过程中,模型记录了从原始分布到复杂分布的路径。
#
# "The model first defines a simple distribution of the data, such as a Gaussian. Then it adds noise to the data step by step,
# which diffuses them from the original distribution to a complex one. [...] On the way it records the path from one to the
# other." New data, it says, come from the complex distribution by going the recorded path back to the simple one (line 113).
# Let us do as it says: begin with a Gaussian and add noise. Beside it, pixels of digits. The kurtosis, the mean fourth power
# of standardised numbers, is 3 for a Gaussian.

# %%
rng = np.random.default_rng(7)
for what, x in (("Gaussian", rng.standard_normal(50_000)), ("pixels of digits", rng.choice(test.ravel(), 50_000))):
    kurtosis = []
    for level in log_snr("cosine", np.array([0.0, 0.5, 0.8, 1.0]), np):
        alpha, sigma = alpha_sigma("cosine", level, np)
        x_t = alpha * x + sigma * rng.standard_normal(len(x))
        kurtosis.append(np.mean((x_t - x_t.mean()) ** 4) / x_t.var() ** 2)
    print(f"{what:16} kurtosis at times 0, 0.5, 0.8, 1:", " ".join(f"{value:5.2f}" for value in kurtosis))

# %% [markdown]
# Noise makes nothing complex. A Gaussian stays what it is, and everything else becomes one. It is the other way round:
#
# - the *data* are the complex distribution, and noise leads *from them to a Gaussian*;
# - nothing is recorded on the way. Which path an image took is drawn anew in each step of training and forgotten; what
#   remains is a network that knows the mean image behind any noisy one;
# - samples begin with the Gaussian, which is simple to draw from, and the network's predictions lead back.
#
# The article goes on that samples are various since the way back is random (line 115). With "ddim", "heun" and "dpm++" it is
# not, as you have seen; the start is, and that suffices.
