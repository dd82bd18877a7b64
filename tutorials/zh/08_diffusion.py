# %% [markdown]
# # 8. 扩散模型：加噪与去噪
#
# 扩散模型学的是从图像里去掉噪声。从纯噪声开始一步一步地去，就画出了图像。这里有三件互相独立的事，本页逐一来看：
# 怎样加噪声（噪声日程）、学的是什么（网络）、怎样一步步走回来（采样器）。
#
# - 噪声，网络从中看到什么，以及一个能精确算出最佳答案的例子；
# - 自己训练一个小模型；
# - `ddpm-mnist`：用哪种采样器，要走多少步；引导换来什么，代价是什么；
# - 把同样的步骤用在给定的图像上：补全、变体、去噪、图像自己的噪声；
# - 似然的下界。
#
# 末尾是一篇文章对扩散模型的说明，它把方向说反了。
#
# 用真实数据，两个 CPU 核心上需要几分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的少量图像，步数和样本都很少，
# 代码全部运行，但数字说明不了什么。

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
steps = 3 if fast else 25  # 下面各方法所走的步数

# %% [markdown]
# ## 噪声
#
# 在 [0, 1] 上的时间 t，图像 x 变成了
#
# $$x_t = \alpha x + \sigma n, \qquad n \sim N(0, I), \qquad \alpha = \cos(\pi t / 2), \quad \sigma = \sin(\pi t / 2)$$
#
# 0 时是图像，1 时是噪声，一路上 alpha² + sigma² = 1（这是余弦日程；Nichol 与 Dhariwal，2021）。这一步不需要网络，
# 也什么都没有学：从 x 一行代码就得到 x_t，不必经过中间的时间。日程决定的，是图像在各个信噪比 alpha² / sigma² 上停留多久。
# 第一篇论文（Ho 等，2020）的线性日程，大部分时间都花在几乎已看不到图像的地方：

# %%
times = np.array([0.1, 0.25, 0.4, 0.55, 0.7, 0.85])
print("时间                     ", "".join(f"{t:8.2f}" for t in times))
for schedule in ("cosine", "linear"):
    ratios = np.exp(log_snr(schedule, times, np))
    print(f"信噪比，{schedule:11}     ", "".join(f"{ratio:8.3f}" for ratio in ratios))

# %% [markdown]
# 网络拿到 x_t 和信噪比，训练它说出混进了什么。没有谁能确切知道；使平方误差最小的，是 x_t 背后所有可能图像的*均值*。
# 下面是三个噪声越来越大的测试数字，每个下面是 `ddpm-mnist` 看到的均值图像。噪声小时就是那个数字，
# 噪声大时是许多数字叠成的一片模糊。它不是样本，所以只走一步不够。

# %%
digits, noise = test[:3], np.random.default_rng(0).standard_normal((3, *test.shape[1:]))
seen, means = [], []
for alpha, sigma in zip(*alpha_sigma("cosine", log_snr("cosine", times, np), np), strict=True):
    seen.append(alpha * digits + sigma * noise)
    means.append(model.denoise(seen[-1] / alpha, sigma=sigma / alpha / 2))  # sigma 按 [0, 1] 上的像素给出
show_rows("noise.png", *[[column[i] for column in columns] for i in range(3) for columns in (seen, means)])

# %% [markdown]
# ## 答案已知的情形
#
# 设数据是服从 N(0.7, 0.3²) 的数 x。这时 x_t 背后的均值有公式，沿着不加新噪声的路，每个 x_1 走到哪个数也有公式。
# 因此不用任何网络就能检验采样器。“ddim”（Song 等，2021）分段走直线；“heun”（Karras 等，2022）在每段的末端再看一眼来修正；
# “dpm++”（Lu 等，2022）改用上一步的结果来修正。“ddpm”（Ho 等，2020）每一步之后都加新噪声，所以只能比较分布。

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
    print(f"{sampler:5} 走 40、80、160、320 步的误差：", " ".join(f"{error:.5f}" for error in errors))
for number in (20, 80, 320):
    rng = np.random.default_rng(2)
    levels = samplers.step_levels("cosine", number)
    drawn = samplers.run("ddpm", exact, start, levels, "cosine", normal=lambda step: rng.standard_normal(4000))  # noqa: B023
    print(f"ddpm，{number:3} 步：均值 {drawn.mean():.2f}，标准差 {drawn.std():.2f}")

# %% [markdown]
# 步数加倍，“ddim”的误差减半：它是一阶的。另外两种是二阶的，步数多了以后，误差降到三分之一或四分之一。
# “ddpm”要几百步才达到正确的标准差 0.30；步数少时，样本彼此太相像。
#
# ## 自己的模型
#
# 三个类别，一个小 U-Net，在几千张图像上训练几遍。损失是 v = alpha n - sigma x 的平方误差；它与噪声或图像等价，
# 而且在各个时间大小相当（Salimans 与 Ho，2022）。什么也不知道的模型，损失约为 1。
# 采样时用的是训练最后若干步的权重平均。各行依次为 0、1、2。

# %%
chosen = np.flatnonzero(train_labels < 3)[: 64 if fast else 4000]
small = Diffusion(num_classes=3, widths=(8, 16) if fast else (16, 32), average_decay=0.9 if fast else 0.98, seed=0)
small.compile(keras.optimizers.Adam(2e-3))
losses = small.fit(
    train[chosen], train_labels[chosen], batch_size=min(64, len(chosen)), epochs=1 if fast else 6, verbose=0
).history["loss"]
print(f"第一遍的损失 {losses[0]:.3f}，最后一遍 {losses[-1]:.3f}")
show_rows("small.png", *small.sample(label=np.repeat([0, 1, 2], 10), steps=steps).reshape(3, 10, *test.shape[1:]))

# %% [markdown]
# ## 步数与采样器
#
# `ddpm-mnist` 是同一个类，网络更大，有十个数字。一个种子就是一份噪声；路上不加新噪声时，一份噪声就对应一张图像：
# 下面的数字都从同样的十份噪声画出，“dpm++”分别走 1、2、4、8、16 步。

# %%
rows = [model.sample(label=range(10), steps=number, seed=1) for number in ((1, 2, 4) if fast else (1, 2, 4, 8, 16))]
show_rows("steps.png", *rows)

# %% [markdown]
# 多少步才够？曲线由你来画：纵轴是分类器 `judge-mnist` 认出所要求数字的样本所占的比例，横轴是网络预测的次数
# （时间都花在这上面；“heun”每步预测两次）。对真实的测试数字，`judge-mnist` 的判断有 99.5% 与标签一致。

# %%
labels = np.arange(20 if fast else 200) % 10


def agreement(images):
    return np.mean(judge.classify(images).argmax(axis=1) == labels)


figure = Figure(figsize=(7, 4.5), layout="constrained")
axes = figure.subplots()
numbers = (2, 4) if fast else (2, 4, 8, 16, 32)
print("步数  ", "".join(f"{number:7}" for number in numbers))
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
# 曲线没有上升？走 2、4、8 步的 100 个样本里，`judge-mnist` 认为符合要求的占 98%、96%、96%，“ddim”和“dpm++”一样。
# 步数少时，样本靠近本类的均值，模糊，但容易认：符合要求还不是质量的全部，它不说明样本是否清晰、是否多样。
# 也要看看前面那张图。`kerasgen info ddpm-mnist` 还给出 Fréchet 距离、精确率和召回率。
#
# ## 引导
#
# 训练时有十分之一的标签不告诉网络，所以不给标签也可以问它。引导（Ho 与 Salimans，2022）沿着标签使答案改变的方向继续走：
# 均值(无标签) + g (均值(有标签) - 均值(无标签))。g 为 0 时不理会标签，为 1 时就是训练出来的模型，
# 更大时样本更典型，也更相像：下面的离散程度是同一类里各像素标准差的平均。一行一个引导强度，噪声相同。

# %%
rows = []
for guidance in (0, 1, 2, 4):
    drawn = model.sample(label=labels, steps=steps, guidance=guidance, seed=3)
    spread = np.mean([drawn[labels == label].std(axis=0).mean() for label in range(10)])
    print(f"引导强度 {guidance}：{agreement(drawn):6.1%} 符合要求，离散程度 {spread:.3f}")
    rows.append(drawn[:10])
show_rows("guidance.png", *rows)

# %% [markdown]
# ## 给定的图像
#
# *补全*：一部分像素已知，其余的要画得与之相配。每一步都把已知的像素放进去，并加上这一步该有的噪声（Lugmayr 等，2022）。
# 第一行是遮住下半部分的测试数字，下面是三个种子的三种补法。已知的部分保持原样。

# %%
given, own = test[:10], test_labels[:10]
mask = np.zeros(given.shape, bool)
mask[:, 14:] = True
filled = [model.inpaint(given, mask, steps=steps, seed=seed) for seed in range(1 if fast else 3)]
show_rows("inpaint.png", np.where(mask, 0, given), *filled)
print(f"已知像素保持原样： {all(np.array_equal(each[~mask], given[~mask]) for each in filled)}")

# %% [markdown]
# *变体*：加噪声直到某个时间，再去掉（Meng 等，2022）。加得越久，留下的越少。第一行是原图，下面依次是强度 0.5、0.7、0.9，
# 都告诉标签。

# %%
rows = [model.vary(given, strength=strength, label=own, steps=steps, seed=4) for strength in (0.5, 0.7, 0.9)]
show_rows("vary.png", given, *rows)

# %% [markdown]
# *去噪*：只预测一次，得到均值图像。这就是第 7 页的去噪器所做的事，而且适用于任何强度的噪声。
# 均值的平方误差最小，在图像拿不准的地方会略显模糊。

# %%
noisy = given + 2 * 0.4 * np.random.default_rng(5).standard_normal(given.shape)
cleaned = model.denoise(noisy, sigma=0.4)
show_rows("denoise.png", noisy, cleaned, given)
for what, images in (("带噪并截断", np.clip(noisy, -1, 1)), ("去噪后", cleaned)):
    print(f"{what}：[0, 1] 上每个像素的均方误差 {np.mean(np.square(images - given)) / 4:.4f}")

# %% [markdown]
# *图像自己的噪声*：不加新噪声的“ddim”可以倒着走，从图像走到会画出它的那份噪声。一去一回并不完全是原图，但步数越多越接近。
# 找到的噪声比抽取的噪声弱（后者的标准差为 1）：这些图像的背景是纯黑的，看不出可以倒推的噪声。

# %%
for number in (5, 10) if fast else (10, 25, 100):
    codes = model.encode(given, label=own, steps=number)
    again = model.decode(codes, label=own, steps=number)
    error = np.sqrt(np.mean(np.square(again - given)))
    print(f"{number:3} 步：均方根误差 {error:.3f}；噪声的标准差 {codes.std():.3f}")

# %% [markdown]
# 噪声就是隐空间，与图像一样长。在两份等长的噪声之间的大圆上，每一点都同样长（见第 5 页）。
# 第一行：从一张画出的图像到另一张；第二行：从一张测试图像到另一张，经过它们自己的噪声，不给标签。

# %%
codes = model.encode(given[:2], steps=steps).reshape(2, -1)
path = latents.great_circle(*codes, 10).reshape(10, *test.shape[1:]).astype("float32")
show_rows("interpolation.png", model.interpolate(10, seed=6), model.decode(path, steps=steps))

# %% [markdown]
# ## 似然的下界
#
# 各个噪声水平上的预测误差加权求和，就给出对数似然的下界（Kingma 等，2021），与 VAE 的 ELBO 一样。换算成每维的比特数，
# 图像有 256 级灰度；什么也不知道的模型需要 8 比特。`kerasgen info ddpm-mnist` 在 1000 张告诉了类别的测试图像上给出
# 1.20（1.18 到 1.22）。告诉错的类别要付出代价：

# %%
few = 10 if fast else 100
for what, label in (("告诉", test_labels), ("不告诉", None), ("告诉错的", (test_labels + 1) % 10)):
    bound = model.elbo(test[:few], label=None if label is None else label[:few], samples=4 if fast else 20)
    print(f"类别，{what:12}：每维最多 {-bound.mean() / np.log(2) / test[0].size:.2f} 比特")

# %% [markdown]
# ## 文章里的说法
#
# 这一节可以跳过。一篇文章（004；文章列表见 `tutorials/README.md`）开头说得对（第 109 行：向数据加噪声，再学习逆过程），
# 接着却反了过来（第 111 行，略去一句）：
#
# > 在扩散模型中,模型首先定义一个简单的数据分布,如高斯分布。然后,模型通过逐步向数据中添加噪声,
# > 将数据从原始分布扩散到一个复杂的分布。[...] 在扩散过程中,模型记录了从原始分布到复杂分布的路径。
#
# 它还说，新数据是从复杂分布出发，沿着记录下来的路径走回简单分布而得到的（第 113 行）。
# 照它说的做：从高斯分布开始加噪声；旁边是数字图像的像素。峰度是标准化之后四次方的均值，高斯分布的峰度为 3。

# %%
rng = np.random.default_rng(7)
for what, x in (("高斯分布", rng.standard_normal(50_000)), ("数字的像素", rng.choice(test.ravel(), 50_000))):
    kurtosis = []
    for level in log_snr("cosine", np.array([0.0, 0.5, 0.8, 1.0]), np):
        alpha, sigma = alpha_sigma("cosine", level, np)
        x_t = alpha * x + sigma * rng.standard_normal(len(x))
        kurtosis.append(np.mean((x_t - x_t.mean()) ** 4) / x_t.var() ** 2)
    print(f"{what:16} 在时间 0、0.5、0.8、1 的峰度：", " ".join(f"{value:5.2f}" for value in kurtosis))

# %% [markdown]
# 噪声不会让任何东西变复杂。高斯分布仍是高斯分布，其他分布则变成高斯分布。实际情况正相反：
#
# - 复杂的分布是*数据*，噪声*从数据通向高斯分布*；
# - 路上什么也没有记录。图像走哪条路，训练的每一步都重新抽取，用过就忘；留下来的是一个网络，它知道任何带噪图像背后的均值图像；
# - 采样从高斯分布开始，因为它很容易抽取，再由网络的预测一步步走回来。
#
# 文章接着说，样本多样是因为逆过程里有随机性（第 115 行）。前面已经看到，“ddim”、“heun”和“dpm++”的逆过程没有随机性；
# 起点是随机的，这就够了。
