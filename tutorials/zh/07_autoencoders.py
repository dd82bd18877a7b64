# %% [markdown]
# # 7. 自编码器：从编码到分布
#
# 自编码器把一张图像压成几个数（编码），再从这几个数把图像画回来。这样能压缩，也能去噪，但不能生成：
# 没有任何东西说明哪些编码对应图像。这一页从这里走到变分自编码器，它把这一点说清楚：
#
# - 普通自编码器与主成分分析并排，以及为什么要采样还得事后再拟合一个密度；
# - 变分自编码器：编码是一团云，似然有一个下界，二维隐空间可以画成地图；
# - 散度的权重 beta 换来什么，代价是什么；
# - 把类别告诉模型，编码就只需记住风格；最后是去噪。
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
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # 合成一行，去掉终端颜色
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
# ## 编码
#
# 我们训练一个小自编码器，它用 16 个数代表一张图像的 784 个像素。第一行是测试图像，第二行是从编码画回来的，
# 第三行是前 16 个主成分能留下的，也就是*线性*网络所能做到的最好结果。

# %%
autoencoder = trained(Autoencoder(latent_dim=16, **small))
drawn_again = autoencoder.reconstruct(test)
flat, mean = train.reshape(len(train), -1), train.reshape(len(train), -1).mean(axis=0)
components = np.linalg.svd(flat - mean, full_matrices=False)[2][: autoencoder.latent_dim]
projected = ((test.reshape(len(test), -1) - mean) @ components.T @ components + mean).reshape(test.shape)
show_rows("reconstructions.png", test[:12], drawn_again[:12], np.clip(projected[:12], -1, 1))
for what, images in (("自编码器", drawn_again), ("主成分", projected)):
    print(f"[-1, 1] 上每个像素的均方误差，{what}：{np.mean(np.square(images - test)):.4f}")

# %% [markdown]
# 要生成，就需要编码。编码在哪里？训练只要求画得像，别的什么也没要求。按编码每个数的均值和方差从高斯分布里抽（第一行），
# 大多落在没有图像的地方。`fit_prior` 在训练图像的编码上拟合一个混合高斯，样本从它抽取（第二行）：
# 仍然是近似，但它知道数字有好几种，也知道哪些数会一起变化。

# %%
codes = autoencoder.encode(train)
naive = codes.mean(axis=0) + codes.std(axis=0) * np.random.default_rng(0).standard_normal((12, autoencoder.latent_dim))
autoencoder.fit_prior("gaussian_mixture", train, components=5 if fast else 20)
show_rows("samples.png", autoencoder.decode(naive.astype("float32")), autoencoder.sample(12, seed=0))

# %% [markdown]
# ## 用云代替点
#
# 变分自编码器（Kingma 与 Welling，2014）把“编码在哪里”写进目标。编码器给出的是一团云，即高斯分布 q(z | x)，训练最大化
#
# $$\mathrm{ELBO}(x) = E_{q(z|x)}[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,N(0, I)) \le \log p(x)$$
#
# 第一项要求从云里每一点都画得好；第二项是价格：云偏离标准高斯分布多少，就要付多少奈特（nat）。
# 付了这个价，标准正态随机数就*是*编码。
# 两项之和是对数似然的下界，因此可以用它比较模型：每张图像取的隐变量越多，下界越紧。
# （`kerasgen info vae-mnist` 给出全部测试图像上的下界。）

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

# %%
cvae = trained(CVAE(latent_dim=10, blocks=0, **small), train_labels)
kerasgen.plots.save_grid(cvae.sweep_labels(4), out / "styles.png", columns=10, scale=3)
show(out / "styles.png")
show_rows("sevens.png", test[:12], cvae.reconstruct(test[:12], label=7, own_label=test_labels[:12]))

# %% [markdown]
# ## 去噪
#
# 去噪自编码器拿到损坏的图像，要给出损坏之前的图像。像素在 [0, 1] 上、标准差为 0.4 的噪声：

# %%
denoiser = trained(Denoiser(widths=(8, 16, 32), seed=0))
noisy = test + 2 * 0.4 * np.random.default_rng(1).standard_normal(test.shape).astype("float32")
cleaned = denoiser.denoise(noisy)
show_rows("noise.png", np.clip(noisy[:12], -1, 1), cleaned[:12], test[:12])


def decibels(images):
    """Peak signal-to-noise ratio, the mean over images of -10 log10 of the squared error of pixels in [0, 1]."""
    return np.mean(-10 * np.log10(np.mean(np.square((images - test) / 2), axis=(1, 2, 3))))


print(f"带噪并截断：{decibels(np.clip(noisy, -1, 1)):.1f} dB；去噪后：{decibels(cleaned):.1f} dB")

# %% [markdown]
# ## 两篇文章里的代码
#
# 形如（001，第 108 行）的标注指的是文章编号和行号，文章列表见 `tutorials/README.md`。
#
# ### 符号（001，第 108 行；002，第 176 行）
#
# 第一篇文章最小化 `-log p - KL`：编码离先验越远，反而*越受奖励*。散度没有最大值，损失也就没有最小值。
# （它还对两个均值求散度，而散度应当在两个分布之间；先验还依赖于 x。）第二篇文章的符号是加号，但公式里的 softplus 会相互抵消：
# softplus(-s) - softplus(s) = -s，剩下 0.5（对数方差 + 均值² - 1），方差越小它越小，没有底；两个分布相同时它也不等于 0。

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
# ### 大小不对的噪声（002，第 168-176 行）
#
# 噪声是按图像的长度抽的，却要加到编码上：形状对不上。即使长度对了，两个 `expand_dims` 也会把每张图像的噪声加到每个编码上。
# 而 `reduction_indices` 从 TensorFlow 2 起就没有了。

# %%
batch_size, x_dim, z_dim = 8, 784, 4
z_mean, z_log_var = ops.zeros((batch_size, z_dim)), ops.zeros((batch_size, z_dim))
epsilon = keras.random.normal((batch_size, x_dim))
attempt(
    "第 170-171 行",
    lambda: (z_mean + ops.expand_dims(epsilon, 1) * ops.expand_dims(ops.softplus(z_log_var), 1)).shape,
)
attempt("第 174 行", lambda: tf.reduce_sum(tf.zeros((8, 784)), reduction_indices=[1]))
epsilon = keras.random.normal(z_mean.shape)
attempt("改正后", lambda: (z_mean + epsilon * ops.exp(0.5 * z_log_var)).shape)

# %% [markdown]
# ### 没有方差的“VAE”（001，第 357-383 行）
#
# 编码由一个 Dense 层给出：没有方差，没有采样，没有散度。这是普通的自编码器，而且是由两个函数、而不是两个模型拼起来的。
# `input_dim` 必须是一个数；图像能回到 28 乘 28，只是因为 7 翻了两倍再翻两倍；似然从未写出，也没有编译。

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


attempt("第 370 行", lambda: decoder(2))
attempt("第 378-381 行", lambda: keras.Sequential([encoder, decoder]))

# %% [markdown]
# 改正之后，就是本页的小模型：编码器有两个输出，编码在其间抽取，再加上似然和散度。
# `kerasgen/models/vae/` 里用两个不长的文件写了它，连同上面用来评判的下界。
