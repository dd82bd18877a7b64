# %% [markdown]
# # 9. 精确似然：这张图像的概率有多大？
#
# 样本能看出模型画什么，看不出它漏掉什么，也看不出它是不是把数据背了下来。似然能：它是模型给没见过的数据的概率。
# 这一页讲能算出似然的模型，以及这个数说明什么：
#
# - 什么是似然：所有图像的概率加起来等于一；奈特、比特、每维比特数；
# - 高斯混合：EM 算法，该用几个分量，软标签，缺失的像素；
# - 自回归模型：一个像素接一个像素，每个像素看得见什么；
# - 标准化流：用变量替换得到密度，一维用手算，二维画出来，三十维用来找不合常规的行；
# - 下界与精确值并排，灰度级与连续图像并排，什么任务用什么模型。
#
# 末尾看看两篇文章是怎么说这些模型的。
#
# 用真实数据，两个 CPU 核心上大约计算一分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的少量图像。

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
# ## 什么是似然
#
# 图像模型是一个分布：它给每张图像一个概率，全部加起来等于 1。3x3 的二值图像一共 512 张，少到可以全部问一遍。
# 我们的数据是其中八张，每一行要么全黑要么全白，出现得一样多。模型是一个小的 MADE，下面再细说。
#
# 图像的概率极小，所以用对数来表示：以 e 为底，单位是*奈特*（nat）；以 2 为底，
# 单位是*比特*（1 奈特 = 1 / log 2 = 1.44 比特）。
# 如果模型是对的，-log2 p(x) 也就是 x 的最优编码长度：预测得好，压缩得就好。除以像素数，就是每维比特数，
# 大小不同的图像也能比较。

# %%
every = (2.0 * ((np.arange(512)[:, None] >> np.arange(9)) & 1) - 1).reshape(-1, 3, 3, 1).astype("float32")
striped = every[np.all(every == every[:, :, :1], axis=(1, 2, 3))]
toy = MADE((3, 3, 1), hidden_dims=(32,), average_decay=0.95, seed=0)
toy.compile(keras.optimizers.Adam(0.02))
for words, epochs in (("训练前", 0), ("训练后", 30)):
    toy.fit(np.tile(striped, (64, 1, 1, 1)), batch_size=64, epochs=epochs, verbose=0)
    nats = -toy.log_prob(striped).mean()
    total = np.exp(toy.log_prob(every)).sum()
    numbers = f"{nats:.3f} 奈特，{nats / np.log(2):.3f} 比特，每像素 {nats / np.log(2) / 9:.3f} 比特"
    print(f"{words:10} 全部 512 张之和 {total:.6f}；一张条纹图：{numbers}")

# %% [markdown]
# 训练之前，每张图像的概率都一样：9 比特，每个像素一比特。训练之后，另外 504 张的概率归到了这八张：
# 八样东西一样常见，说出是哪一样要 3 比特，即 log 8 = 2.079 奈特，平均起来没有模型能用得更少。下限是数据的熵，而不是 0。
# 而且所有概率加起来等于 1，没有哪个模型能靠“什么都很可能”取得好成绩。
#
# ## 高斯混合
#
# 平面上的点是连续的：这里 p(x) 是密度，积分等于 1，对数可以是正的。点成团时最简单的模型是：每个点来自 K 个高斯分布之一。
# *期望最大化*（EM）用来拟合它：E 步算出每个高斯分布在每个点里占多少份额，M 步把每个高斯分布移到它那些份额的均值和协方差。
# 对数似然从不下降；万一下降，`fit` 会拒绝继续。它可能停在不好的地方，所以起点很重要：各个中心要抽得彼此远离（k-means++）。
#
# 这些点是代码生成的两个带噪声的半月，所以真实密度已知，下限也就已知。
#
# 该用几个分量？分量越多，训练点总是拟合得越好。BIC（Schwarz，1978）给每个自由的数收费，价格是点数的对数的一半；
# 最小的最好。旁边是另外 10,000 个点上每点的奈特数。

# %%
points = kerasgen.data.load("moons")
some, others = points["train"]["point"][:2000], points["test"]["point"]
floor = -moons.log_density(others).mean()
mixtures, criteria = {}, {}
print("分量    第一遍后的奈特数    最后一遍     最大升幅        BIC     测试点")
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
print(f"BIC 选 {best} 个分量；点所来自的密度：{floor:.3f} 奈特")

# %% [markdown]
# BIC 数的不是月亮，而是值得付价的高斯分布，一个月亮要用好几个。一个点来自哪个分量是*软标签*，即 E 步里的份额：
# 图中每个点的颜色是最可能的那个分量，越没有把握颜色越淡；椭圆里是一个分量的 86%。左图是两个分量，
# 却不是一个月亮一个：没有哪个高斯分布像月亮。

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
print("两个分量交界处的点 (1, -0.5) 的软标签：", np.round(mixtures[2].posterior([[1.0, -0.5]])[0], 3))

# %% [markdown]
# ### 缺失的像素
#
# 知道了一部分数，混合模型就能精确地说出其余的可能是什么：那又是一个混合。`ImageMixture` 对整张图像这样做，
# 每个协方差只有几个方向（因子分析）。图中各行：测试图像；已知上半部分时下半部分的期望，它是所有可能的平均，所以模糊；
# 从这些可能里抽取的一种；随便去掉一半像素，它们的期望。对它来说，没有哪种像素顺序是特别的。

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
# ## 一个像素接一个像素
#
# 任何分布都是条件分布的乘积：p(x) = p(x1) p(x2 | x1) p(x3 | x1, x2) ……*自回归*模型用网络表示这些因子，似然是精确的。
# MADE（Germain 等，2015）是一个带掩码的网络：它对一个像素的判断只取决于前面的像素，所以算一遍就得到所有因子。
# 抽样则每个像素都要算一遍。
#
# 已知的像素都在前面时（比如上半部分），抽出其余部分就是从精确的条件分布抽取。这里的像素是比特。第一行是测试图像，
# 每张重复三次；
# 第二行把它们的下半部分补全。

# %%
made = kerasgen.load("made-mnist")
bits = kerasgen.data.binarise(splits["test"]["image"][:50], seed=0)
exact = -made.log_prob(bits)
print(f"made-mnist：每张图 {exact.mean():.1f} 奈特，每像素 {exact.mean() / np.log(2) / 784:.3f} 比特，共 {len(bits)} 张")
thrice = np.repeat(bits[:4], 3, axis=0)  # 每张重复三次
show_rows("completed.png", thrice, made.complete(thrice, lower, seed=0))

# %% [markdown]
# MADE 不知道哪些像素相邻。PixelCNN（van den Oord 等，2016）由只看得见前面的卷积组成：一路看上面各行，一路看本行左边。
# 我们在缩小一半的数字上训练一个很小的，再问它看得见什么：翻转一个像素，看另一个像素的 logit 变不变。
# 对三个像素（红点）分别画出其他每个像素引起的平均变化：

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
print(f"PixelCNN，{pixel_cnn.network.count_params():,} 个参数：{nats:.1f} 奈特，每像素 {nats / np.log(2) / 196:.3f} 比特")

flips = np.where(np.eye(196, dtype=bool).reshape(196, 14, 14, 1), np.float32(-1), np.float32(1))
changes = []
for image in halved["test"][:8]:
    logits = keras.ops.convert_to_numpy(pixel_cnn(np.concatenate([image[None], image * flips])))
    changes.append(np.abs(logits[1:] - logits[:1]).reshape(196, 196))  # [翻转的, 观察的]
changes = np.mean(changes, axis=0)
figure = Figure(figsize=(10, 3.6), layout="constrained")
for axes, (row, column) in zip(figure.subplots(1, 3), ((4, 4), (7, 7), (11, 9)), strict=True):
    seen = changes[:, 14 * row + column].reshape(14, 14)
    axes.imshow(np.log10(seen + 1e-5), cmap="Greys")
    axes.scatter([column], [row], color="red", s=20)
    axes.set(xticks=[], yticks=[])
    print(f"像素 ({row}, {column})：有发言权的 {np.sum(seen > 1e-5)} 个，它前面共有 {14 * row + column} 个")
figure.savefig(out / "seen.png", dpi=90)
show(out / "seen.png")
print(f"不在前面的像素引起的最大变化：{np.tril(changes).max():.1f}")

# %% [markdown]
# 每加一层，视野扩大一行，上方没有盲区；更远的像素没有发言权。没有像素看得见自己或后面的像素，否则乘积就不是分布了。
#
# ## 标准化流
#
# *流*是从数据到标准正态随机数的可逆函数 f。反着用就是抽样；正着用，由变量替换得到密度：
#
# $$\log p(x) = \log N(f(x); 0, I) + \log|\det df/dx|$$
#
# 最后一项容易忘。一维用手算：x = exp(z)，z 是标准正态的，于是 f(x) = log x，斜率是 1 / x。没有斜率，“密度”的积分不等于 1，
# 区间的份额也不对。

# %%
x = np.exp(np.linspace(-9, 9, 20_001))
without = np.exp(-0.5 * np.log(x) ** 2) / np.sqrt(2 * np.pi)
draws = np.exp(np.random.default_rng(0).standard_normal(100_000))
inside = (x >= 2) & (x <= 4)
for words, density in (("没有斜率", without), ("有斜率", without / x)):
    whole, part = np.trapezoid(density, x), np.trapezoid(density[inside], x[inside])
    share = np.mean((draws > 2) & (draws < 4))
    print(f"{words:18} 积分 {whole:.3f}，2 到 4 之间 {part:.3f}；样本落在那里的比例 {share:.3f}")

# %% [markdown]
# 二维：`realnvp-moons` 是一串耦合层（Dinh 等，2017），每一层用一个坐标的函数移动另一个坐标，所以逆和行列式都是已知的。
# 四幅图：数据点、真实密度、混合模型、流。流用 50,000 个点拟合，混合模型用 2,000 个。

# %%
flow = kerasgen.load("realnvp-moons")
steps, box = 241, (-2.0, 3.0, -1.5, 2.0)
grid = np.stack(np.meshgrid(np.linspace(*box[:2], steps), np.linspace(*box[2:], steps)), axis=-1).reshape(-1, 2)
cell = (box[1] - box[0]) * (box[3] - box[2]) / (steps - 1) ** 2  # 在方框边上，密度都几乎是 0
densities = {"真实密度": moons.log_density, "混合": mixtures[best].log_prob, "流": flow.log_prob}
pictures = [np.histogram2d(*points["train"]["point"].T[::-1], steps, (box[2:], box[:2]))[0]]
for name, log_density in densities.items():
    pictures.append(np.exp(log_density(grid)).reshape(steps, steps))
    print(f"{name:8} 每个测试点 {-log_density(others).mean():.3f} 奈特，积分 {pictures[-1].sum() * cell:.4f}")
figure = Figure(figsize=(12, 2.6), layout="constrained")
for axes, picture in zip(figure.subplots(1, 4), pictures, strict=True):
    axes.imshow(np.sqrt(picture), origin="lower", extent=box, cmap="Greys")
figure.savefig(out / "moons.png", dpi=90)
show(out / "moons.png")
print(f"来回一趟，最大误差：{np.abs(flow.decode(flow.encode(others)) - others).max():.6f}")

# %% [markdown]
# ### 不合常规的行
#
# `maf-tabular` 是细胞核测量数据的流，每行 30 个数。三十维里的似然能看出单独一列看不出的东西。
# 我们把一行的面积换成另一行的面积：每个数都很平常，但半径和面积互相矛盾了。得分是模型自己抽出的行里比这一行更可能的比例。

# %%
maf = kerasgen.load("maf-tabular")
rows = kerasgen.data.load("breast_cancer")["test"]["row"]
mixed = rows.copy()
mixed[:, 3] = np.roll(rows[:, 3], 1)  # mean_area（平均面积）
shuffled = np.random.default_rng(0).permuted(rows, axis=0)
kinds = {"测试行": rows, "换了面积的行": mixed, "每列都打乱": shuffled}
scores = maf.anomaly_scores(np.concatenate(list(kinds.values()))).reshape(3, -1)
for (words, each), score in zip(kinds.items(), scores, strict=True):
    share = np.mean(maf.log_prob(rows)[:, None] > maf.log_prob(each))
    print(f"{words:22} 得分的中位数 {np.median(score):.3f}；与测试行成对比较，{share:.0%} 的情况更不可能")

# %% [markdown]
# ## 界
#
# 有隐变量的模型，p(x) = E p(x | z)，对先验求期望；对于网络，这个积分没有人算得出。
# 变分自编码器用 q(z | x) 猜测 x 背后是哪些 z，
# 得到一个下界。差多少（*间隙*）就是 q 与它本该等于的 p(z | x) 之间的散度。重要性加权下界（Burda 等，2016）
# 在对数里面对多个 z 求平均，
# 随 z 的个数升向 log p(x)。一切都是高斯分布时可以看得很清楚：z 服从 N(0, 1)，x 服从 N(z, 1)，观测到 x = 1。
# 那么 x 服从 N(0, 2)，p(z | x) 是 N(0.5, 0.5)，而我们的 q 取 N(0, 0.8)。（一百万次抽样，第四位小数是偶然的。）

# %%
truth = -0.25 - 0.5 * np.log(4 * np.pi)
print(f"log p(x) = {truth:.4f}；ELBO 的间隙 {0.5 * (0.8 / 0.5 + 0.25 / 0.5 - 1 - np.log(0.8 / 0.5)):.4f}")
normal = np.random.default_rng(0).standard_normal(1_000_000)
z = np.sqrt(0.8) * normal
log_weights = -0.5 * z**2 - 0.5 * (1 - z) ** 2 - np.log(2 * np.pi) + 0.5 * normal**2 + 0.5 * np.log(2 * np.pi * 0.8)
for samples in (1, 10, 100, 1000):
    found = np.log(np.exp(log_weights).reshape(-1, samples).mean(axis=1)).mean()
    print(f"{samples:4} 个样本的下界 {found:.4f}，间隙 {truth - found:.4f}")

vae = kerasgen.load("vae-mnist")
print(f"made-mnist，精确值：              每张图 {exact.mean():.1f} 奈特")
print(f"vae-mnist，ELBO：                 {-vae.elbo(bits).mean():.1f}")
for samples in (10, 100):
    print(f"vae-mnist，{samples:3} 个样本的界：      {-vae.iw_bound(bits, samples=samples).mean():.1f}")

# %% [markdown]
# 只看 ELBO，变分自编码器输给 MADE；看更紧的界，它赢了。在全部 10,000 张测试图像上，模型卡写的是 91.2，用 500 个样本是 84.4，
# 而 MADE 的精确值是 87.2。所以界能证明一个模型更好，不能证明它更差：差的那一点可能是模型的，也可能是界的。
# （这个界属于 VAE 自己的 log p(x)，不会趋向 MADE 的值。）
#
# ## 灰度级
#
# 连续图像的密度不是 256 个灰度级的图像的概率；直接在灰度级上拟合密度，结果毫无意义：数字图像的像素大多是纯黑的，
# 那里放一个足够窄的峰，密度要多高有多高。所以要在一个灰度级和下一个之间加噪声（*去量化*）：
# 这时密度乘以一级的宽度，取对数后的平均值就是这个灰度级的对数概率的下界（Theis 等，2016）。
# 下面把像素一个个单独看，用八个高斯分布的混合，方差有最小值：

# %%
rng = np.random.default_rng(0)
levels = rng.choice(splits["train"]["image"].reshape(-1), (2, 5000))  # 用来拟合的像素，以及另外的
shares = np.maximum(np.bincount(levels[1], minlength=256) / 5000, 1e-300)
print(f"灰度级的熵：每像素 {-np.sum(shares * np.log2(shares)):.2f} 比特")
print("最小方差         直接在灰度级上拟合，“比特”             加噪声后拟合，比特")
for least in (1e-4, 1e-6, 1e-8, 1e-10):
    found = []
    for pixels in (levels / 128 - 1, (levels + rng.random(levels.shape)) / 128 - 1):
        mixture = GaussianMixture(8, min_variance=least, seed=0)
        mixture.fit(pixels[0][:, None], epochs=20)
        found.append((np.log(128) - mixture.log_prob(pixels[1][:, None]).mean()) / np.log(2))
    print(f"{least:14}   {found[0]:37.2f}   {found[1]:23.2f}")
bound = -digits.elbo(grey_test).mean()
print(f"整张图像的混合：每张图至多 {bound:.0f} 奈特，每像素 {bound / np.log(2) / 784:.2f} 比特")

# %% [markdown]
# 第一列低于熵，没有概率能做到这一点，而且没有底。第二列始终在熵之上。
#
# 所以，对于图像的流和混合，`log_prob` 是连续图像的密度；8 位图像的数来自 `elbo`，称为界。
# 比特图像和灰度图像是不同的数据：两者的数不能互相比较。
#
# ## 我的数据该用哪个模型？
#
# 库里各个数字模型的模型卡（`kerasgen info made-mnist`；`kerasgen list --can log_prob` 列出有精确似然的）。
# `benchmarks/likelihoods.py` 把它们列成表，有间隙、参数量、训练时间和每个样本的秒数。

# %%
for name in kerasgen.list_models():
    entry = kerasgen.info(name)
    for score in ("nats", "iw_nats", "iw_bits_per_dim", "elbo_bits_per_dim", "bits_per_dimension"):
        if entry["data"]["name"] == "mnist" and score in entry["metrics"]:
            metric = entry["metrics"][score]
            print(f"{name:14} {metric['value']:7.3f}  {metric['label']}")

# %% [markdown]
# 用话来说：要一个每一位都可信的数，用自回归模型；它也能补全顺序上靠后的部分，但抽样慢。
# 表格和点、异常检测、任何位置的缺失：用混合模型，再就是流，两个方向都精确（MAF 抽样是逐列进行的）。
# 要编码，要一步抽样：用变分自编码器，它的下界可以很紧。要样本最好看：用扩散模型，它对一张图像有多可能说得最不确定。
# 似然并不说明样本有多好看：一个模型每一百次画一次噪声，只损失 log(100/99) = 0.01 奈特；而把训练数据背下来的模型画得很漂亮，
# 到测试数据上就不行了。
#
# ## 两篇文章的说法
#
# 形如（004，第 29 行）的标注指的是文章编号和行号，文章列表见 `tutorials/README.md`。
#
# - “通过最大化数据的似然来训练模型”（004，第 29 行，说的是 VAE）。它最大化的是下界；间隙见上文。
# - “模型的计算复杂度随着序列长度的增加而指数级增长”，据说束搜索能解决（004，第 43 行）。抽样的步数就是元素的个数。
#   指数增长的是可能结果的个数，要在其中找最可能的一个才有这么难。束搜索是这种搜索的廉价替代，并不让抽样变快：
#   它同时保留好几个。
#   有用的是把前面元素算过的东西留下来，这样一个像素的代价不随图像变大。

# %%
for side in (7, 14, 28):
    model = PixelCNN((side, side, 1), width=16, num_layers=4, seed=0)
    model.sample(8, seed=0)
    started = time.perf_counter()
    model.sample(8, seed=1)
    seconds = time.perf_counter() - started
    print(f"{side**2:4} 个像素，2^{side**2} 张可能的图像：每步 {1000 * seconds / side**2:.2f} 毫秒，八张图一起")

# %% [markdown]
# - “正则化流（Normalizing Flows）”（004，第 87 行）：“正则化”是 regularise；这里是 normalise，把数据变成标准正态随机数，
#   应当叫标准化流或归一化流。
# - “模型可以通过逆变换从数据分布生成新的数据实例”（004，第 91 行），文章里的变换是从基础分布到数据分布的。方向反了：
#   它的逆从数据到基础分布，用来算密度；新数据是从基础分布抽取，再*顺着*变换得到的。文章没有提行列式，没有它就没有密度；
#   也没有提去量化，没有它图像的密度就没有意义。用真实密度评判两个方向，再看没有行列式时的积分：

# %%
z = np.random.default_rng(0).standard_normal((2000, 2)).astype("float32")
for words, drawn in (("从基础分布到数据", flow.decode(z)), ("按文章的方向", flow.encode(z))):
    print(f"{words:22} 按真实密度每点 {-moons.log_density(drawn).mean():7.2f} 奈特")
without = np.exp(-0.5 * np.sum(flow.encode(grid) ** 2, axis=1)) / (2 * np.pi)
print(f"没有行列式时的积分：{without.sum() * cell:.2f}")

# %% [markdown]
# - 传统生成模型“在有监督数据上进行训练”（003，第 233 行）。混合模型和隐马尔可夫模型用 EM 拟合，数据没有任何标签，
#   本页加载的模型都是这样。我们的混合模型根本不收标签：

# %%
try:
    GaussianMixture(2).fit(some, points["train"]["label"][:2000])
except ValueError as error:
    print("给它标签：ValueError：", error)
