# %% [markdown]
# # 4. GAN：两个玩家，以及它们之间会出什么错
#
# 生成对抗网络由两部分组成：生成器把随机的隐向量变成图像，判别器分辨这些图像和真实图像。这一页
#
# - 算清双方各自优化什么；
# - 让一个小 GAN 在八个点上坍缩，逐一试验据说能治它的办法；
# - 末尾运行两篇文章里的 GAN 代码，看它失败，再改好。
#
# 库里的 GAN 和它们的用法见第 5 页。
#
# 用真实数据，两个 CPU 核心上大约四分钟；设 `KERASGEN_FAST=1` 时只训练几步，
# 一切照常运行，但什么也学不到。文中的数字来自真实数据上的运行。

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
tf.get_logger().setLevel("ERROR")  # 下面要编译 24 个小模型，TensorFlow 会为此告警


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
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # 合成一行，去掉终端颜色
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
# ## 目标函数
#
# D(x) 是判别器认为 x 为真的概率。双方争夺的是同一个数，方向相反：
#
# $$\min_G \max_D\ E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$$
#
# 判别器把真实图像判为真、把生成的图像判为假，就能得分；生成器只影响第二项。
#
# 设想一个只有四张图像的世界，数据里的概率是 p，生成器给出的概率是 q。
# 目标值是对图像求和，所以可以对每张图像单独寻找最好的 D。

# %%
p = np.array([0.4, 0.3, 0.2, 0.1])
q = p[::-1]
tried = np.linspace(1e-6, 1 - 1e-6, 10_001)[:, None]  # D 的取值
games = {
    "p 和 q": lambda d: p * np.log(d) + q * np.log(1 - d),
    "q = p": lambda d: p * np.log(d) + p * np.log(1 - d),
}
best = {name: tried[value(tried).argmax(axis=0), 0] for name, value in games.items()}
for name, value in games.items():
    print(f"{name:12} 最好的 D {np.round(best[name], 3)}，目标值 {value(best[name]).sum():.4f}")
print("p / (p + q):       ", np.round(p / (p + q), 3))
middle = (p + q) / 2
divergence = (np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2
print(f"-log 4 = {-np.log(4):.4f}；Jensen-Shannon 散度的两倍 - log 4 = {2 * divergence - np.log(4):.4f}")

# %% [markdown]
# 最好的 D 是 p / (p + q)，目标值等于 p 与 q 的 Jensen-Shannon 散度的两倍减去 log 4。
# 生成器要把它压低，到 q = p 时只剩下 -log 4 = -1.386，D 处处是二分之一。
#
# ### 落后的生成器
#
# 训练初期图像很差，D 很有把握，而生成器所在之处 `log(1 - D(G(z)))` 恰好是平的。
# 所以 Goodfellow 等人（2014）让生成器去最大化 `log D(G(z))`，即*非饱和*损失：目标相同，但在需要的地方有斜率。
# 下面是两种损失在几个 logit 处的斜率，以及一个新生成器在判别器先走若干步之后得到的梯度。

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
    slopes = 4 * gradients(name, lambda: logits, logits).numpy()  # 损失是四个数的平均
    print(f"{name:14} 在 logit 为 -8、-4、0、4 处的斜率：", "  ".join(f"{slope:7.4f}" for slope in slopes))
rounds = 2 if fast else 10
for start in range(rounds):
    for name, found in pulls.items():
        found.append(float(tf.linalg.global_norm(gradients(name, generated, ahead.generator.trainable_variables))))
    for i in range(20):
        batch = tf.constant(images[(20 * start + i) * 64 :][:64])
        ahead.minimize(lambda batch=batch: ahead.discriminator_loss(batch, training=True), "discriminator")
for name, found in pulls.items():
    print(f"{name:14} 生成器梯度的长度：", "  ".join(f"{length:.2g}" for length in found))

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
# 判别器走二十步，极小极大损失（minimax）的梯度就从 2.2 缩到 0.2，180 步之后是 0.006。
# 非饱和损失的梯度则增大到 10，生成器能得到足够的信号。
#
# ## 模式坍缩：八个点
#
# 生成器只要画出能骗过判别器的图像就行，不必画全所有种类。只会画完美的 7，也能过关。
# 数据若是环上八个很窄的点团（Metz 等人，2017），这件事就可以数：
# 样本离某个中心不超过三个标准差，算*好*；落进某个点团的好样本达到其应有份额的十分之一，这个点团就算*找到*。
# 一个点就是一张只有一个像素、两个通道的图像，所以 `MLPGAN` 可以直接使用。

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
print("找到的点团数与好样本的份额，三次训练：最新的权重 | 平均的权重")
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
# 普通配方用一根线串起三四个点团，忘掉其余的，三次训练都是如此。
# 单看好样本的份额，它会是全表最好的：*两个数都要看*。各种办法效果如何？
#
# - 放慢：同样的步数还不够。（步数增加到三倍时，找到五个点团，41% 是好样本。）
# - 两种时间尺度、标签平滑：三到五个点团，在这里不起作用。
# - 批大小增加到四倍，一次能看见更多点团：四到六个，有改善。
# - R1 惩罚判别器在数据处的斜率：每次都是八个。但会变模糊，好样本只有一半左右。
# - WGAN-GP：八个都找到，61% 到 65% 是好样本。惩罚的权重要适合数据：
#   用 1 而不是 0.1（图像上常用 10），同样的步数什么也没找到。
# - R1 加大批：八个都找到，71% 到 75% 是好样本。
# - 权重平均治不了坍缩（第一行）。当双方绕着全部八个点团打转时，平均值比最新的权重更稳：好样本最多增加 29 个百分点。
#
# 在这里真正有效的，是限制判别器的斜率：没有悬崖，生成器就没有理由丢下七个点团，跑到 D 此刻容易受骗的地方去。
# 所有图里都有样本落在点团之间，因为生成器是连续函数，必须跨过空隙。八个点毕竟不是照片：
# 学习率没有为每个配方分别调过，你的数据也许需要别的办法。对图像，要数的是召回率和各类的份额，库里每张卡上都有。
#
# 真正的 GAN（`kerasgen list --family gan`）、它们的隐向量和更多技术，见第 5 页。
#
# ## 文章里的代码
#
# 这一节可以跳过：这里运行生成模型文章里流传的代码，并加以修正。形如（001，第 86 行）的标注指的是文章编号和行号，
# 文章列表见 `tutorials/README.md`。
#
# ### 目标函数（001，第 85-86 行）
#
# 文章给两个玩家各写了一行公式：
#
# $$\min_G\ E_x[\log D(x)] + E_z[\log(1 - D(G(z)))]$$
#
# $$\max_D\ E_x[\log D(x)] + E_z[\log D(G(z))]$$
#
# G 的那一行没有错：第一项与 G 无关，没有影响。请看 D 那一行的最后一项。
# 判别器若照它去做，把生成的图像说成真的反而得分。还是那个只有四张图像的世界：

# %%
printed = p * np.log(tried) + q * np.log(tried)
print(f"文章的式子：最好的 D {tried[printed.argmax(axis=0), 0].round(3)}，目标值 {printed.max(axis=0).sum():.4f}")

# %% [markdown]
# 不管生成器做什么，最好的 D 处处都是 1：目标值为 0，已是最大，双方没有任何对抗。
# D 的那一行也写成 `log(1 - D(G(z)))`，就是本页开头的博弈。
#
# ### 第一篇文章的 GAN（001，第 143-181 行）
#
# 第 2 页末尾照原样运行过它的两个网络（建不起来），并改好了形状：用 `keras.Input` 代替 `input_dim`，
# 步幅为 2 的层从三个减到两个，通道从三个减到一个。剩下的是把两者接起来的函数，下面照录原文。
# 它只编译了这个整体，没有单独编译判别器；于是以噪声为输入、以“真”为目标去训练它，
# *两个*网络都会被训练。为了说明问题不在网络的选择，我们给它两个感知机，同样的网络在后面会学得很好。


# %%
def build_gan(generator, discriminator):  # 001，第 175-181 行
    model = tf.keras.Sequential([generator, discriminator])
    model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(0.0002, 0.5))
    return model


networks = {"widths": (128, 256, 512), "discriminator_widths": (512, 256, 128)}
unplayed = MLPGAN(**networks, seed=0)
probability = keras.Sequential([unplayed.discriminator, layers.Activation("sigmoid")])
stack = build_gan(unplayed.generator, probability)
learning = len(probability.trainable_variables), len(stack.trainable_variables)
print(f"判别器占 {learning[0]} 个，整体共训练 {learning[1]} 个权重数组")
static = np.random.default_rng(0).uniform(-1, 1, (500, 28, 28, 1)).astype("float32")
held_out = kerasgen.data.to_float_images(digits["test"]["image"][:500])


def verdicts(judge):
    """How likely a discriminator of probabilities finds digits and static to be real."""
    return "  ".join(f"{name} {float(np.mean(judge(x))):.2f}" for name, x in (("数字", held_out), ("噪点", static)))


steps = 10 if fast else 300
print("判为真的概率，训练前：", verdicts(probability))
for step in range(steps):
    loss = stack.train_on_batch(latents.draw(64, 64, seed=1, start=64 * step), np.ones((64, 1)))
print(f"{steps} 步之后：", verdicts(probability), f" 损失 {float(loss):.5f}")
pictures = {"one stack (001)": unplayed.generator(noise[:16], training=False)}

# %% [markdown]
# 损失降到 0.00001。学到的只是把判为真的概率抬高：对数字从 0.42 抬到 0.87，对噪点也从 0.51 抬到 0.79。
# 判别器从没见过一个数字，训练也从没要求它把任何图像判为假。
#
# ### 第二篇文章的 GAN（002，第 117-141 行）
#
# 它的网络调用 `tf.layers`，这个模块已经不存在了（第 2 页）。我们用 Keras 层搭出同样的宽度，
# 补上判别器缺少的 `Flatten`，其余保留：末尾的 sigmoid（第 129 行），以及一字不改的训练步。


# %%
def train_step(images, labels, generator, discriminator, generator_optimizer, discriminator_optimizer):  # 第 133-141 行
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(images)
        logits = discriminator(generated_images)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=labels))
        gradients_of_generator = gen_tape.gradient(loss, generator.trainable_variables)
        gradients_of_discriminator = disc_tape.gradient(loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))  # noqa: B905
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))  # noqa: B905
    return loss  # 我们加的，便于观察


def perceptron(inputs, widths, *last):
    return keras.Sequential([keras.Input(inputs), layers.Flatten(), *(layers.Dense(n, "leaky_relu") for n in widths), *last])


attempt("002，第 118 行", lambda: tf.layers.dense(tf.zeros((4, 64)), 128, activation=tf.nn.leaky_relu))
first = perceptron((784,), (128, 256, 512), layers.Dense(784), layers.Reshape((28, 28)))  # 第 117-122 行
second = perceptron((28, 28), (512, 256, 128), layers.Dense(1, activation="sigmoid"))  # 第 125-130 行
optimizers = [keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)]
print("判为真的概率，训练前：", verdicts(second))
for step in range(steps):
    batch = images[64 * step % len(images) :][:64]
    loss = train_step(batch.reshape(-1, 784), tf.ones((len(batch), 1)), first, second, *optimizers)
print(f"{steps} 步之后：", verdicts(second), f" 损失 {float(loss):.5f}")
pictures["one loss (002)"] = first(images[:16].reshape(-1, 784))[..., None]

# %% [markdown]
# 这里有三个错误。生成器的*输入*是真实图像，而那里本该是噪声。判别器从来见不到真实图像。
# 损失只有一个，标签只有一套，两个网络都沿着它下降：标签为 1，两者都说“真”；标签为 0，两者都会说“假”。
# 它们不是对手，而是同伙，300 步之后意见一致。损失停在 0.31326，再也降不下去。
# （生成器末尾也没有 `tanh`，像素值没有界限。）
#
# 这个下限又是另一个错误。`sigmoid_cross_entropy_with_logits` 要的是 logit，拿到的却是概率，
# 于是又被 sigmoid 压了一次。对一张真实图像：

# %%
certain = tf.constant([0.01, 0.5, 0.99, 1.0])
twice = tf.nn.sigmoid_cross_entropy_with_logits(logits=certain, labels=tf.ones(4))
once = keras.losses.BinaryCrossentropy(reduction=None)(tf.ones((4, 1)), certain[:, None])
for row in zip(certain.numpy(), twice.numpy(), once.numpy(), strict=True):
    print("D = {:.2f}：文章的损失 {:.3f}，正确的 {:.3f}".format(*row))

# %% [markdown]
# 错到 99% 的判定，代价比正确的判定大不了多少，而且没有哪个判定的代价低于 0.313。
# 要么最后一层不加激活、损失接收 logit（`kerasgen` 的 GAN 都是这样），要么损失接收概率。
#
# ### 改好：两步，两个损失
#
# 同样的宽度，用 `MLPGAN`。略去记录，它的训练步是
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
print("判为真的概率：", verdicts(lambda x: tf.sigmoid(players.discriminator(x))))
pictures["two players"] = players.decode(noise[:16])
show_rows(pictures, "articles.png")

# %% [markdown]
# 前两个训练完之后，画出来的与没训练过的网络一样。第三个能学会数字，只是训练几轮后还粗糙；`gan-mnist` 训练了 31,200 步。
# 从损失看得出有没有哪一方遥遥领先：势均力敌时，判别器的损失是 log 4 = 1.39。
