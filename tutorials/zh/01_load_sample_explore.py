# %% [markdown]
# # 1. 加载、采样与探索
#
# 三个预训练模型，三类问题：
#
# - `dcgan-mnist`，生成对抗网络，画数字；
# - `vae-mnist`，变分自编码器，还能从图像回到它背后的隐变量，并估计这张图像的似然；
# - `lstm-shakespeare`，语言模型，会写，也能给任何一段文本算出精确的概率。
#
# 途中我们会读一张模型卡，亲手重算其中的一个数字。末尾运行文章里称为“VAE”的两段代码，并加以修正。
#
# 只需要会一点 Python 和 Keras。两个 CPU 核心上，整页只需一两分钟。文中的数字来自真实数据集上的运行；
# 设 `KERASGEN_FAST=1` 时，只用软件包自带的少量样例。

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
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # 合成一行，去掉终端颜色
        print(f"{what}: {type(error).__name__}: {words[:200]}")


# %% [markdown]
# ## 库里有什么
#
# `list_models` 可以按家族、数据、大小和“动词”筛选。动词就是能让模型做的事：
# `sample`、`encode`、`log_prob` 等等。

# %%
print(kerasgen.list_models())
print(kerasgen.list_models(data="mnist", can="sample"))
print(kerasgen.list_models(can="log_prob"), kerasgen.list_models(max_params=1_000_000))

# %% [markdown]
# `info` 返回字典形式的模型卡：配置、数据与许可证、训练过程、局限，以及每个公布的数字和它的评测协议。
# 先看局限，往往能省下半天时间。

# %%
card = kerasgen.info("dcgan-mnist")
print(card["title"], "|", card["parameters"], "个参数 |", card["data"]["licence"])
print(card["notes"])
for name in ("frechet", "precision", "recall"):
    score = card["metrics"][name]
    print(f"{name:10} {score['value']:8.4g}   真实数据 {score['reference']:8.4g}   {score['protocol']}")

# %% [markdown]
# 每行的第二个数字，是真实图像在同一个评判网络下的得分。单看 Fréchet 距离 17 说明不了什么；
# 和真实测试数字的 1.2 放在一起，就知道它画的数字与真的仍有差别，也知道差多少。
#
# ## GAN 画数字
#
# 权重随软件包发布，打开之前先校验。第 *i* 张图只由 `(seed, i)` 决定：
# 无论要四张还是四千张，第 3 张都不变。

# %%
gan = kerasgen.load("dcgan-mnist")
images = gan.sample(64, seed=1)
print(images.dtype, images.shape, f"从 {images.min():.2f} 到 {images.max():.2f}")
print("单独画前四张，最大差别：", np.abs(gan.sample(4, seed=1) - images[:4]).max())
kerasgen.plots.save_grid(images, out / "gan.png", columns=16, scale=2)
show(out / "gan.png")

# %% [markdown]
# 要看全部，不要只挑最好的三张。有几张介于两个数字之间，模型卡已经提醒过。
#
# 两个隐向量之间有一条图像的路径。高维空间里，正态向量几乎都落在一个球面附近，所以路径沿大圆走；
# 走直线会穿过球心附近，而生成器从没在那里训练过。

# %%
rows = [gan.interpolate(steps=12, seed=seed) for seed in range(4)]
kerasgen.plots.save_grid(np.concatenate(rows), out / "gan-interpolation.png", columns=12, scale=2)
show(out / "gan-interpolation.png")

# %% [markdown]
# ### 像素的取值范围
#
# 以 `tanh` 结尾的生成器输出 [-1, 1]，显示之前要转换到 [0, 1]。更要紧的是另一半：*训练数据*也必须在 [-1, 1]，
# 否则判别器只看背景就能分出真假。下面让训练好的判别器把同一批真实数字看两遍。

# %%
digits = kerasgen.data.load("mnist", smoke=fast)["test"]
real = kerasgen.data.to_float_images(digits["image"][:500])  # uint8 变为 [-1, 1]
for words, batch in (("[-1, 1]", real), ("[0, 1]", (real + 1) / 2)):
    print(f"取值在 {words} 的真实数字：{np.mean(gan.score(batch) > 0):.0%} 被判为真")
attempt("用原始字节训练", lambda: gan.fit(digits["image"]))

# %% [markdown]
# [0, 1] 的数据也落在 [-1, 1] 之内，没有检查能替你发现这种错误。原始字节则会被拒绝，报错里写着该怎么办。
# 要显示图像就反过来：`(x + 1) / 2`，或 `kerasgen.data.to_uint8_images(x)`。
#
# ## VAE 可以双向转换
#
# `vae-mnist` 有编码器和解码器，中间是 40 个隐变量。它的对象是*二值像素*：
# 灰度就是该像素为白的概率，所以先用指定的种子把每个像素抽成黑或白。

# %%
vae = kerasgen.load("vae-mnist")
bits = kerasgen.data.binarise(digits["image"][:1000], seed=0)
mean, log_variance = vae.encode(bits)
print("后验均值", mean.shape, "对数方差", log_variance.shape)
pairs = np.concatenate([bits[:12], vae.reconstruct(bits[:12]), vae.sample(12, seed=3)])
kerasgen.plots.save_grid(pairs, out / "vae.png", columns=12, scale=2)
show(out / "vae.png")

# %% [markdown]
# 上：真实数字的二值图。中：由后验均值解码的结果。下：由随机隐变量画出的新数字。
# 它们比 GAN 的柔和，因为每一张都是许多可能图像的*均值*；`sample(bits=True)` 会从中抽出一张。
#
# 现在可以在两张真实图像之间插值了，因为编码器能找到它们的位置。

# %%
rows = [vae.interpolate(bits[i], bits[i + 1], steps=12) for i in range(4)]
kerasgen.plots.save_grid(np.concatenate(rows), out / "vae-interpolation.png", columns=12, scale=2)
show(out / "vae-interpolation.png")

# %% [markdown]
# ### 隐空间的地图
#
# 并非所有隐变量都派上了用场。每个隐变量与先验的散度，就是它携带的信息量，单位是奈特；
# 接近零的，解码器根本不用。我们把测试数字画出来：一张用信息量最大的两个隐变量，
# 一张用 PCA 的前两个主成分。模型从没见过标签，颜色是画图时按标签加上的。

# %%
nats = kerasgen.losses.standard_normal_divergence(mean, log_variance).numpy().mean(axis=0)
busiest = np.argsort(-nats)
print("各隐变量的奈特数：", np.round(nats[busiest], 2))
print(f"{np.sum(np.var(mean, axis=0) > 0.01)} 个活跃，共 {mean.shape[1]} 个")
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
# 0 和 1 离得很远，4 和 9 叠在一起。40 个数里取两个，看到的只是影子：
# 大约有十八个隐变量携带四分之一奈特以上的信息，在这里重叠的数字，由其余的隐变量区分开。
# 通常所说的“活跃”（均值的方差大于 0.01）门槛很低，有 33 个达标。
#
# ### 一个可靠的数字
#
# 这里的数字是证据下界（ELBO）取负：模型描述一张图像最多需要多少奈特，越低越好。
# 从样本得来的数字要有置信区间，公布的数字要能重新算出来。

# %%
losses = -vae.elbo(bits).astype("float64")
low, high = kerasgen.metrics.bootstrap_interval(np.mean, losses)
published = kerasgen.info("vae-mnist")["metrics"]["elbo_nats"]
print(f"这里：{losses.mean():.2f} 奈特，95% 区间 {low:.2f} 到 {high:.2f}，{len(losses)} 张图像")
value, least, most, count = (published[key] for key in ("value", "low", "high", "count"))
print(f"卡上：{value:.2f} 奈特，95% 区间 {least:.2f} 到 {most:.2f}，{count} 张图像")
tighter = -vae.iw_bound(bits[:50], samples=100)
print(f"前 50 张图像：ELBO {losses[:50].mean():.2f}，重要性加权 {tighter.mean():.2f} 奈特")

# %% [markdown]
# 图像少到十分之一，区间宽到三倍，正是十的平方根；两个结果相符。最后一行说明 ELBO 只是一个界：
# 每张图用 100 个样本，同一个模型的数字就更好看，因为界更紧了。
# 千万不要拿一个模型的 ELBO 去比另一个模型的重要性加权下界。
# 模型卡上的数字用 `kerasgen evaluate vae-mnist` 重算。
#
# ## 语言模型知道概率
#
# `generate` 续写一段提示。温度是 logits 的除数：低则稳妥而重复，1 是模型本来的分布，高则天马行空。

# %%
lstm = kerasgen.load("lstm-shakespeare")
for temperature in (0.2, 0.8, 1.5):
    text = lstm.generate("ROMEO:\n", length=60 if fast else 200, temperature=temperature, seed=0)
    print(f"--- 温度 {temperature}\n{text}\n")

# %% [markdown]
# 语言模型的似然是精确的，不是界，也不靠采样。`log_prob` 给出整段文本概率的自然对数，
# 所以相差 3 就是可能性相差 20 倍。

# %%
texts = ["To be, or not to be", "Or not to be, to be", "Tb oe ,ron tot eb o"]
for text, log_prob in zip(texts, lstm.log_prob(texts), strict=True):
    print(f"{text!r}：共 {log_prob:.1f}，每个字符 {-log_prob / len(text):.2f} 奈特")

# %% [markdown]
# 前两句只差十分之一奈特。模型学会了单词怎么拼，对那句名言却几乎一无所知。
#
# 模型卡上的数字又是怎么来的？是未见过的文本上平均每个字符的奈特数；
# 相邻字符不独立，所以区间由成块的字符重抽样得到。在 65 个字符里均匀乱猜，代价是 log 65 = 4.17 奈特。

# %%
unseen = kerasgen.data.to_text(kerasgen.data.load("tiny_shakespeare", smoke=fast)["last_tenth"]["text"])[:20_000]
losses = -lstm.token_log_probs(lstm.tokenizer.encode(unseen)[None])[0].astype("float64")
blocks = losses[: len(losses) // 500 * 500].reshape(-1, 500).mean(axis=1)
low, high = kerasgen.metrics.bootstrap_interval(np.mean, blocks)
published = kerasgen.info("lstm-shakespeare")["metrics"]["nats"]
print(f"这里：每个字符 {blocks.mean():.3f} 奈特，95% 区间 {low:.3f} 到 {high:.3f}，{len(blocks) * 500} 个字符")
value, least, most, count = (published[key] for key in ("value", "low", "high", "count"))
print(f"卡上：每个字符 {value:.3f} 奈特，95% 区间 {least:.3f} 到 {most:.3f}，{count} 个字符")
for temperature in (0.2, 0.8, 1.5):
    sample = lstm.sample(1, seed=0, length=200, temperature=temperature)
    print(f"它自己在温度 {temperature} 下写的文本：每个字符 {-lstm.log_prob(sample)[0] / 200:.2f} 奈特")

# %% [markdown]
# 最后几行说明一件事：概率*太高*的文本是乏味的。
# 温度 0.2 时，模型写的东西远比莎士比亚好猜（0.85 对 1.49 奈特）。
#
# 这些模型只是起点。下一页 `02_fine_tune.py` 教它们学别的。
#
# ## 文章里的代码
#
# 这一节可以跳过：这里运行生成模型文章里流传的代码，并加以修正。形如（001，第 188 行）的标注指的是文章编号和行号，
# 文章列表见 `tutorials/README.md`。
#
# ### 自编码器不是 VAE（001，第 357-383 行）
#
# 代码里有一个以 `Dense(latent_dim)` 结尾的编码器、一个解码器，再用 `Sequential` 把两者连起来。
# 先照原样运行：

# %%
attempt(
    "解码器，第 369 行",
    lambda: keras.Sequential([layers.Dense(16 * 7 * 7, activation="relu", input_dim=[16]), layers.Reshape((7, 7, 16))]),
)

# %% [markdown]
# `input_dim` 要的是一个数，不是列表；在 Keras 3 里应写 `keras.Input((latent_dim,))`。
# 改好这一处（再补上文章没写的损失）就能运行。但它只是普通的自编码器：没有对数方差，没有采样，没有散度，
# 没有任何东西让它的隐变量接近某个可以采样的分布。训练一下，试试看。

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
train = kerasgen.data.load("mnist", smoke=fast)["train"]["image"][:5000] / 255.0  # sigmoid 的范围是 [0, 1]
autoencoder.fit(train, train, batch_size=64, epochs=5, verbose=0)

latents = encoder.predict(train[:500], verbose=0)
draws = mean + np.exp(log_variance / 2) * np.random.default_rng(0).normal(size=mean.shape)
print(f"自编码器：各隐变量的标准差为 {latents.std(axis=0).min():.1f} 到 {latents.std(axis=0).max():.1f}")
print(f"VAE：各隐变量的标准差为 {draws.std(axis=0).min():.1f} 到 {draws.std(axis=0).max():.1f}")

normal = np.random.default_rng(0).normal(size=(500, latent_dim))
pictures = {"autoencoder": 2 * decoder.predict(normal, verbose=0) - 1, "VAE": vae.sample(500), "real": real}
judge = kerasgen.load("judge-mnist")
for name, batch in pictures.items():
    found = judge.classify(batch)
    shares = np.bincount(found.argmax(axis=1), minlength=10) / len(batch)
    print(f"{name:12} 最可能的数字的概率 {found.max(axis=1).mean():.3f}，最多的数字占 {shares.max():.0%}")
kerasgen.plots.save_grid(
    np.concatenate([pictures["autoencoder"][:16], pictures["VAE"][:16]]), out / "autoencoder.png", columns=16, scale=2
)
show(out / "autoencoder.png")

# %% [markdown]
# 上：给自编码器标准正态的隐变量，得到一片雾，因为它自己的隐变量要散开十倍。
# 下：VAE。它的隐变量合在一起确实接近标准正态分布，因为每偏离一点，损失里的散度项就会增大。
#
# 上面打印的结果还说明一点：评判网络*十分肯定*地认为所有的雾都是同一个数字，
# 因为分类器没有“都不是”这个选项。单看置信度，雾比真实数字还好。
# 一个数字不能说明一切，所以模型卡上有好几个，还有样本图。
#
# ### 写错的散度（002，第 169-177 行）
#
# 第二篇文章有散度这一项，但错了好几处。先看在 TensorFlow 2.21 里跑不通的：

# %%
z_mean, z_log_var = tf.zeros((4, 8)), tf.zeros((4, 8))
epsilon = tf.random.normal([4, 784])  # 第 171 行：每个像素一个数，本该每个隐变量一个
attempt("编码器，第 155 行", lambda: tf.layers.dense(tf.zeros((4, 784)), 128))
attempt("采样，第 172 行", lambda: z_mean + tf.expand_dims(epsilon, 1) * tf.expand_dims(tf.math.softplus(z_log_var), 1))
attempt("散度，第 176 行", lambda: tf.reduce_sum(z_mean, reduction_indices=[1]))

# %% [markdown]
# `tf.layers` 现在是 `keras.layers`，`reduction_indices` 现在是 `axis`。噪声的形状应与隐变量相同；
# *对数方差*要用 `exp(0.5 * log_variance)` 变成标准差，而不是 `softplus`。
#
# 最后一个错误不会报错：`softplus(-s) - softplus(s)` 其实就是 `-s`，所以原文那一行算的是
# `0.5 * sum(log_variance + mean**2 - 1)`。散度不可能为负，只在两个分布相同时为零。
# 下面把它和 kerasgen 的公式一起，与 `E_q[log q(z) - log p(z)]` 的蒙特卡罗估计对照。


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


print("  均值      对数方差        文章    kerasgen     蒙特卡罗")
for m, s in ((0.0, 0.0), (1.0, 0.0), (0.5, -2.0), (0.0, -10.0), (0.0, -100.0)):
    printed = article_divergence(tf.constant([[m]]), tf.constant([[s]]))[0]
    right = kerasgen.losses.standard_normal_divergence(np.array(m), np.array(s))
    print(f"{m:6} {s:13} {float(printed):11.3f} {float(right):11.3f} {estimated_divergence(m, s):12.3f}")

# %% [markdown]
# 当 `q = p` 时，原文的公式给出 -0.5 而不是 0；方差越小，它就越低，没有下限。
# 按它优化，方差会被压到零，VAE 就退化成上面的自编码器。正确的闭式是
# `0.5 * (mean**2 + exp(log_variance) - 1 - log_variance)`。
#
# 第一篇文章的目标函数（001，第 108 行）写成 `-log p - KL`，符号反了，效果相同：它奖励散度。
# 正确的损失是 `-log p + KL`。第二篇还先对批次求重构误差的均值，再加上每个样本各自的散度（第 177 行）；
# 这里两项都先在一张图内求和，再一起求平均。
#
# ### 只说了一半的转换（001，第 188 行）
#
# 文章说，以 `tanh` 结尾的生成器的输出“可以转换为 0 到 1 之间的像素值”，然后就没有下文了。
# 训练数据若不转换会怎样，见前面的“像素的取值范围”。
