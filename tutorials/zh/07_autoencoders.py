# %% [markdown]
# # 7. 自编码器：从编码到分布
#
# 自编码器把一张图像压成几个数（编码），再从这几个数把图像画回来。这样能压缩，也能去噪，但不能生成：
# 没有任何东西说明哪些编码对应图像。这一页从这里走到变分自编码器，它把这一点说清楚：
#
# - 普通自编码器与主成分分析并排，为什么要采样还得事后再拟合一个密度；以及去噪；
# - 变分自编码器：编码是一团云，似然有两个下界，二维隐空间可以画成地图；
# - 散度的权重 beta 换来什么，代价是什么；
# - 把类别告诉模型，编码就只需记住风格；
# - 多个随机层组成的梯子，其中一层怎样被放弃，怎样防止；
# - 对于不是数字的图像，下界说明了什么，又没有说明什么。
#
# 末尾运行两篇文章里印出的“VAE”，并把它们改正。
#
# 用真实数据，两个 CPU 核心上大约五分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的少量图像，训练几步，
# 代码全部运行，但学不到多少。文中的数字来自真实数据上的运行。

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
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # 合成一行，去掉终端颜色
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
# ## 编码
#
# `autoencoder-mnist` 用 16 个数代表一张图像的 784 个像素。第一行是测试图像，第二行是从编码画回来的，
# 第三行是前 16 个主成分能留下的，也就是*线性*网络所能做到的最好结果。

# %%
autoencoder = kerasgen.load("autoencoder-mnist")
drawn_again = autoencoder.reconstruct(test)
flat, mean = train.reshape(len(train), -1), train.reshape(len(train), -1).mean(axis=0)
components = np.linalg.svd(flat - mean, full_matrices=False)[2][: autoencoder.latent_dim]
projected = ((test.reshape(len(test), -1) - mean) @ components.T @ components + mean).reshape(test.shape)
show_rows("reconstructions.png", test[:12], drawn_again[:12], np.clip(projected[:12], -1, 1))
for what, images in (("自编码器", drawn_again), ("主成分", projected)):
    print(f"[-1, 1] 上每个像素的均方误差，{what}：{np.mean(np.square(images - test)):.4f}")

# %% [markdown]
# 用的数一样多，误差只有三分之一：数字图像并不在一个平面上。
#
# 要生成，就需要编码。编码在哪里？训练只要求画得像，别的什么也没要求。按各自的均值和方差，把编码里的每个数单独抽取（第一行），
# 大多落在没有图像的地方。`fit_prior` 在训练图像的编码上拟合一个密度，此后 `sample` 就从它抽取。单个高斯分布知道哪些数会一起变化
# （第二行）；混合高斯还知道数字有好几种（第三行），库里的模型自带五十个高斯分量。但它们都只是对训练结果的事后近似。

# %%
mixture = autoencoder.sample(12, seed=0)
codes = autoencoder.encode(train)
naive = codes.mean(axis=0) + codes.std(axis=0) * np.random.default_rng(0).standard_normal((12, autoencoder.latent_dim))
autoencoder.fit_prior("gaussian", train)
show_rows("samples.png", autoencoder.decode(naive.astype("float32")), autoencoder.sample(12, seed=0), mixture)

# %% [markdown]
# ## 去噪
#
# 去噪自编码器拿到损坏的图像，要给出损坏之前的图像。`denoiser-mnist` 就是这样训练的，噪声的强度在 0 到 0.7 之间不等
# （像素在 [0, 1] 上）；它没有编码，细节经由跳跃连接直接传过去。下面依次是标准差为 0.4 的噪声、去噪的结果和原图：

# %%
denoiser = kerasgen.load("denoiser-mnist")
noisy = test + 2 * 0.4 * np.random.default_rng(1).standard_normal(test.shape).astype("float32")
cleaned = denoiser.denoise(noisy)
show_rows("noise.png", np.clip(noisy[:12], -1, 1), cleaned[:12], test[:12])


def decibels(images):
    """Peak signal-to-noise ratio, the mean over images of -10 log10 of the squared error of pixels in [0, 1]."""
    return np.mean(-10 * np.log10(np.mean(np.square((images - test) / 2), axis=(1, 2, 3))))


print(f"带噪并截断：{decibels(np.clip(noisy, -1, 1)):.1f} dB；去噪后：{decibels(cleaned):.1f} dB")

# %% [markdown]
# ## 用云代替点
#
# 变分自编码器（Kingma 与 Welling，2014）把“编码在哪里”写进目标。编码器给出的是一团云，即高斯分布 q(z | x)，训练最大化
#
# $$\mathrm{ELBO}(x) = E_{q(z|x)}[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,N(0, I)) \le \log p(x)$$
#
# 第一项要求从云里每一点都画得好；第二项是价格：云偏离标准高斯分布多少，就要付多少奈特（nat）。
# 付了这个价，标准正态随机数就*是*编码。
# 两项之和（证据下界 ELBO）是对数似然的下界，因此可以用它比较模型。重要性加权下界（Burda 等，2016）
# 在对数里面对一张图像的多个隐变量求平均，取得越多，下界越紧。（`kerasgen info vae-mnist` 给出全部测试图像上的这两个下界。）

# %%
vae = kerasgen.load("vae-mnist")
bits = kerasgen.data.binarise(splits["test"]["image"][:200], seed=0)
means, log_variances = vae.encode(bits)
divergence = 0.5 * np.sum(np.square(means) + np.exp(log_variances) - 1 - log_variances, axis=1)
print(f"每张图像 ELBO 为 {vae.elbo(bits).mean():.1f} 奈特，其中散度占 {divergence.mean():.1f}")
for samples in (1, 10, 100):
    print(f"取 {samples:3} 个样本的重要性加权下界：{vae.iw_bound(bits, samples=samples).mean():.1f}")
show_rows("clouds.png", test[:12], vae.reconstruct(test[:12]), vae.sample(12, seed=0))

# %% [markdown]
# ## 地图
#
# 编码只有两个数时，整个隐空间可以画在纸上。左图：测试图像落在哪里，每个数字一种颜色；
# 右图：网格各点画出的图像（网格取标准高斯分布的分位数，所以每张小图代表同样多的样本）。

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
# ## beta 的作用
#
# 给散度乘上 beta（Higgins 等，2017）。小于 1 时，画得更像，样本更差：编码不再位于抽样的地方。
# 大于 1 时，付不起价的编码被放弃：它们的云退化成标准高斯分布，不再说明图像的任何信息。均值随图像变化的隐变量称为活跃的。

# %%
print("beta   重建项           散度         ELBO     10 个隐变量中活跃的")
for beta in (0.1, 1.0, 8.0):
    model = trained(VAE(latent_dim=10, blocks=0, beta=beta, **small))
    means, log_variances = model.encode(bits)
    divergence = 0.5 * np.sum(np.square(means) + np.exp(log_variances) - 1 - log_variances, axis=1).mean()
    bound = model.elbo(bits).mean()
    active = np.sum(means.var(axis=0) > 0.01)
    print(f"{beta:4}   {bound + divergence:14.1f}   {divergence:10.1f}   {bound:6.1f}   {active}")

# %% [markdown]
# 下界（ELBO，对所有模型都按权重 1 计算）在把它当作目标的模型上最好。
#
# ## 告诉模型类别
#
# 条件 VAE 把数字告诉两个网络。这样编码不必再说是哪个数字，只说剩下的：倾斜、宽窄、笔画粗细。
# 一行一种风格，一列一个数字；再下面，把测试图像按各自的风格重画成 7。
# 而且每个类别都有一个下界，十个里最高的那个就说明是哪个数字：一个没有人训练过的分类器。

# %%
cvae = kerasgen.load("cvae-mnist")
kerasgen.plots.save_grid(cvae.sweep_labels(4), out / "styles.png", columns=10, scale=3)
show(out / "styles.png")
show_rows("sevens.png", test[:12], cvae.reconstruct(test[:12], label=7, own_label=test_labels[:12]))
named = cvae.classify(bits).argmax(axis=1)
print(f"下界最高的类别就是正确类别的比例：{np.mean(named == test_labels[: len(bits)]):.1%}")

# %% [markdown]
# ## 梯子
#
# 普通 VAE 的一个向量要同时说明一切。`hvae-mnist` 分六层抽取隐变量，每一层都以上面各层为条件：
# 先是两个描述整个数字的向量，然后是 7x7 和 14x14 的特征图。一层占多少奈特的散度，就说明了多少信息。
# 图中第一行是测试图像，下面依次只用它们的两个向量、用到 7x7 为止的各层、用全部各层来画；没用到的层取上面各层所预期的值。

# %%
hvae = kerasgen.load("hvae-mnist")
for layer, nats in enumerate(hvae.layer_divergences(bits[:100]).mean(axis=0), 1):
    print(f"第 {layer} 层，{hvae.scales[layer - 1]:7} {nats:5.1f} 奈特")
print(f"ELBO {hvae.elbo(bits[:100]).mean():.1f}，同样的图像由 vae-mnist 给出 {vae.elbo(bits[:100]).mean():.1f}")
latents = hvae.encode(test[:12])[0]
ends = np.cumsum([part[0].size for part in hvae.layers_of(latents)])
rows = [hvae.decode(np.where(np.arange(ends[-1]) < end, latents, 0)) for end in (ends[1], ends[4], ends[5])]
show_rows("ladder.png", test[:12], *rows)

# %% [markdown]
# ## 后验坍缩
#
# 什么也不说的层不需要付价。训练初期，解码器还读不懂某一层，这时放弃它最省事；而一旦这一层的 q 等于先验，
# 就再没有梯度把它拉回来：这叫后验坍缩，很容易引发。下面的图像是代码画的圆盘；梯子有一个向量，下面是一张 4x4 的特征图。
#
# 有两种对策。*预热*（warm-up）让散度的权重从零升起，各层在要付价之前就已经用上了（Bowman 等，2016；Sonderby 等，2016）。
# *自由比特*（free bits）给每层若干奈特的免费额度，只对超出的部分收费，放弃这一层也就省不下什么（Kingma 等，2016）。


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
cures = {"无": {}, "预热 500 步": {"warmup_steps": 500}, "每层 2 奈特免费": {"free_bits": 2.0}}
print("对策                   向量     特征图 ELBO")
for name, cure in cures.items():
    ladder = trained(HVAE((16, 16, 1), **layout, average_decay=0.99, seed=0, **cure), shapes, epochs=6, batch_size=64)
    upper, lower = ladder.layer_divergences(held_out).mean(axis=0)
    print(f"{name:20}   {upper:6.2f}   {lower:4.2f}   {ladder.elbo(held_out).mean():.1f}")

# %% [markdown]
# 不加对策时，下层的图是死的。预热救活了它，却换成向量死去：散度便宜时两层都能说出圆盘在哪里，而图学得更快。自由比特让两层
# 都在用。下界最好的恰是图已死的那个：对一个圆盘来说向量就够了。坍缩的害处在于，失去的那一层本有别的层说不出的话：圆盘背后
# 若有适合图来描述的方格，不加对策的模型最多差 11 奈特，而预热加自由比特在三个种子下都让两层在用
# （[表](../../benchmarks/results/posterior-collapse.md)，由 `benchmarks/posterior_collapse.py` 得到）。
#
# ## 不是数字的图像
#
# 似然应当能发现别种图像：它们的下界低。下面的数是别种图像的得分高于数字图像的概率，
# 即 ROC 曲线下的面积：1 为完美，0.5 等于抛硬币，低于 0.5 连抛硬币都不如。衣服能被发现。缩小一半的数字却不能：
# 它们的下界比正常数字*更高*，全黑的图像也一样。下界为每个难以预料的像素付出代价，而这些图像里这样的像素更少。
#
# 对策（Serra 等，2020）：减去通用压缩程序（这里用 `zlib`）表示这张图像所需的长度。剩下的就是模型比一般常识差多少；
# 简单的图像对两者都便宜。


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
kinds = {"数字": digits, "衣服": clothes, "缩小一半的数字": halved, "全黑的图像": np.zeros_like(digits[:20])}
print("                       ELBO   zlib   面积：-ELBO   -ELBO - zlib")
for name, images in kinds.items():
    drawn = kerasgen.data.binarise(images, seed=1)
    nats, length = -vae.elbo(drawn), compressed(drawn)
    if name == "数字":
        usual, mended = nats, nats - length
    numbers = area(usual, nats), area(mended, nats - length)
    print(f"{name:20} {-nats.mean():6.0f} {length.mean():6.0f}   {numbers[0]:11.3f}   {numbers[1]:12.3f}")

# %% [markdown]
# `benchmarks/anomaly.py` 里有更多种图像（包括字母）和别的得分。
#
# ## 两篇文章里的代码
#
# 形如（001，第 108 行）的标注指的是文章编号和行号，文章列表见 `tutorials/README.md`。
#
# ### 符号（001，第 108 行）
#
# 第一篇文章最小化 `-log p - KL`：编码离先验越远，反而*越受奖励*。散度没有最大值，损失也就没有最小值。
# （它还对两个均值求散度，而散度应当在两个分布之间；先验还依赖于 x；似然也没有对编码求期望。）
#
# ### 散度（002，第 176 行）
#
# 第二篇文章的符号是加号，但公式里的 softplus 会相互抵消：softplus(-s) - softplus(s) = -s，
# 剩下 0.5（对数方差 + 均值² - 1），方差越小它越小，没有底；两个分布相同时它也不等于 0。

# %%
log_variance = np.array([-20.0, -5.0, 0.0, 5.0])


def softplus(s):
    return np.log1p(np.exp(s))


printed = -0.5 * (1 + softplus(-log_variance) - 0**2 - softplus(log_variance))
right_one = -0.5 * (1 + log_variance - 0**2 - np.exp(log_variance))
print("对数方差：    ", log_variance)
print("按印出的公式：", np.round(printed, 2))
print("真正的散度：  ", np.round(right_one, 2))
print("001，取负号： ", np.round(-right_one, 2))

# %% [markdown]
# 用这样的损失训练会怎样？看一个最小的 VAE：只有一个数 x = 1，编码 z 服从 N(0, 1)，x 服从 N(z, 1)，
# q(z | x) 的均值 m 和对数方差 s 由梯度下降来调整。一切都有闭式解：x 服从 N(0, 2)，
# 所以正确的损失都不会低于 -log p(x) = 1.516，而最好的 q 是 N(0.5, 0.5)。

# %%
x, pi = 1.0, np.pi


def divergence_of(m, s):
    return -0.5 * (1 + s - m**2 - tf.exp(s))


losses = {
    "001，第 108 行": lambda m, s: 0.5 * ((x - m) ** 2 + tf.exp(s) + np.log(2 * pi)) - divergence_of(m, s),
    "002，第 172-178 行": lambda m, s: (
        (x - m) ** 2 + tf.nn.softplus(s) ** 2 - 0.5 * (1 + tf.nn.softplus(-s) - m**2 - tf.nn.softplus(s))
    ),
    "改正后": lambda m, s: 0.5 * ((x - m) ** 2 + tf.exp(s) + np.log(2 * pi)) + divergence_of(m, s),
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
    print(f"{name:18} 0、200、400 步之后的损失：{''.join(found)}；均值 {float(m):6.2f}，对数方差 {float(s):6.2f}")

# %% [markdown]
# 第一个损失带着均值和方差一起跑向无穷，第二个只带着方差：云缩成一个点，模型变成普通的自编码器，
# 损失不断下降，却什么也没有变好。第三个停在该停的地方。
#
# ### 大小不对的噪声（002，第 168-176 行）
#
# 噪声是按图像的长度抽的，却要加到编码上：形状对不上。即使长度对了，两个 `expand_dims` 也会把每张图像的噪声加到每个编码上。
# 变量名说的是对数方差，标准差应当是 exp(0.5 × 对数方差)，文章却用了 `softplus`。
# 而 `reduction_indices` 从 TensorFlow 2 起就没有了。

# %%
batch_size, x_dim, z_dim = 8, 784, 4
z_mean, z_log_var = ops.zeros((batch_size, z_dim)), ops.zeros((batch_size, z_dim))


def printed_codes(epsilon):
    """Line 172."""
    return z_mean + ops.expand_dims(epsilon, 1) * ops.expand_dims(ops.softplus(z_log_var), 1)


attempt("第 170-171 行", lambda: printed_codes(keras.random.normal((batch_size, x_dim))).shape)
attempt("噪声与编码一样长", lambda: printed_codes(keras.random.normal((batch_size, z_dim))).shape)
attempt("第 174 行", lambda: tf.reduce_sum(tf.zeros((8, 784)), reduction_indices=[1]))
attempt("改正后", lambda: (z_mean + keras.random.normal(z_mean.shape) * ops.exp(0.5 * z_log_var)).shape)

# %% [markdown]
# ### 没有方差的“VAE”（001，第 357-383 行）
#
# 编码由一个 Dense 层给出：没有方差，没有采样，没有散度。这是普通的自编码器，而且是由两个函数、而不是两个模型拼起来的。
# `input_dim` 必须是一个数；似然从未写出，也没有编译。照印出的样子运行：


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


attempt("第 370 行", lambda: decoder(None, 10))
attempt("第 378-381 行", lambda: build_vae(encoder, decoder))

# %% [markdown]
# 分两步改正。先改形状：用 `keras.Input` 代替 `input_dim`。按重建误差训练，就是本页开头的自编码器，
# 标准正态随机数不是它的编码（图中第一行）。然后补上使它成为 VAE 的东西：编码器的输出加倍，给出均值和对数方差；
# 编码在其间抽取；似然（像素是比特，由 logit 给出）；以及带加号的散度。

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
        print("改正后，训练之前：似然 {:.1f}，散度 {:.1f}".format(*map(float, parts((bits + 1) / 2))))
    for batch in tf.data.Dataset.from_tensor_slices(grey).shuffle(len(grey), seed=epoch).batch(80 if fast else 128):
        train_step(batch)
print("改正后，训练之后：似然 {:.1f}，散度 {:.1f}".format(*map(float, parts((bits + 1) / 2))))
z = np.random.default_rng(0).standard_normal((12, code)).astype("float32")
show_rows("articles.png", 2 * plain.layers[1](z).numpy() - 1, np.tanh(writer(z) / 2))

# %% [markdown]
# 同样的十二个标准正态编码，由文章的网络画出：上面是普通自编码器，下面是 VAE。`kerasgen/models/vae/` 用两个不长的文件写了后者，
# 还有平均权重、别的似然，以及本页用来评判的下界。
