# %% [markdown]
# # 5. GAN 家族：模型、隐向量与技术
#
# 第 4 页讲两个玩家各自优化什么。这一页讲库里的 GAN，以及能用它们做什么：
#
# - 所有模型并排展示，各自标出与真实数据的距离；
# - 隐向量：大圆弧与直线、截断、动图、最近的训练图像；
# - 可以指定的类别，以及自注意力 GAN 在看哪里；
# - 每个模型都能用的技术，以及怎样看出训练正在失败。
#
# 用真实数据，两个 CPU 核心上大约两分钟；设 `KERASGEN_FAST=1` 时只用包里自带的少量样例。
# 文中的数字来自真实数据上的运行。

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
# ## 整个家族
#
# 库里的 GAN。每个都给出与真实图像的 Fréchet 距离（越低越好），旁边是真实图像自己的得分。
# 接收标签的模型，每列显示一个类。

# %%
for name in kerasgen.list_models(family="gan"):
    card, model = kerasgen.info(name), kerasgen.load(name)
    score, kind = card["metrics"]["frechet"], type(model).__name__
    print(f"{card['title']}：Fréchet 距离 {score['value']:.1f}，真实图像 {score['reference']:.1f}；{kind}")
    labelled = "sweep_labels" in model.capabilities
    drawn = model.sweep_labels(2, seed=1) if labelled else model.sample(32, seed=1)
    kerasgen.plots.save_grid(drawn, out / f"{name}.png", columns=model.num_classes if labelled else 16, scale=2)
    show(out / f"{name}.png")

# %% [markdown]
# 不要把这些数当成方法的排名：模型的大小和训练各不相同，具体见各自的卡。
# 数字、服装和图块的距离也不在同一尺度上：每一类数据都用各自的特征来衡量。
#
# ```bash
# kerasgen list --family gan
# kerasgen info gan-mnist
# kerasgen sample gan-mnist -n 64 --seed 1 -o digits.png
# ```
#
# ## 隐向量的工具
#
# 适用于任何有 `decode` 的模型。先看从一个隐向量走到另一个的路：沿直线，或者沿大圆弧，`interpolate` 走的是后者。

# %%
gan, judge = kerasgen.load("dcgan-mnist"), kerasgen.load("judge-mnist")
count = 20 if fast else 1000
ends = latents.draw(gan.latent_dim, 2 * count, seed=5).reshape(2, count, -1)
t = np.linspace(0, 1, 13, dtype="float32")[:, None]
ways = [[(1 - t) * a + t * b, latents.great_circle(a, b, 13)] for a, b in zip(*ends, strict=True)]
labels = [f"{name} {pair}" for pair in (1, 2, 3) for name in ("line", "arc")]
show_rows({label: gan.decode(way) for label, way in zip(labels, ways[0] + ways[1] + ways[2], strict=True)}, "ways.png")
for place, name in enumerate(["直线", "圆弧"]):
    halfway = np.stack([way[place][6] for way in ways])
    sure = judge.classify(gan.decode(halfway)).max(axis=1).mean()
    print(f"{name}的中点：长度 {np.linalg.norm(halfway, axis=1).mean():.2f}，最有把握的类别 {sure:.3f}")

# %% [markdown]
# 64 维的正态隐向量，长度都接近 8；直线走到一半只有 5.6，训练中从没见过这样的长度。理论上如此。
# *这个*生成器却不受影响：裁判对两者同样有把握（0.957 和 0.959），看得出来的只是途中变化的方式不同。
# 用大圆弧吧，但别指望奇迹。
#
# *截断*会缩短隐向量，据说能使样本更好、也更相像。精确率是裁判看来像数字的样本所占的份额，
# 召回率是样本能够接近的真实数字所占的份额。

# %%
real = judge.features(held_out)
rows = {}
for truncation in (1.0, 0.7, 0.4, 0.0):
    drawn = gan.sample(500, seed=2, truncation=truncation)
    rows[f"truncation {truncation}"] = drawn[:16]
    if truncation:  # 截断为 0 时只有一张图
        precision, recall = kerasgen.metrics.precision_recall(real, judge.features(drawn))
        print(f"截断 {truncation}：精确率 {precision:.2f}，召回率 {recall:.2f}")
show_rows(rows, "truncation.png")

# %% [markdown]
# 多样性下降，从 0.96 到 0.92；精确率并没有上升：0.89、0.87、0.85。截断为 0 时只有一张图，而且不是数字。
# 大型 GAN 能从截断中获益（Brock 等人，2019）；这个小模型只在球面附近学过，离开球面没有好处。截断之前，先量一量。
#
# 沿闭合的路线走过六个隐向量，做成动图。如果生成器是把一张张图背下来的，就会看到跳跃；
# 这里是一个形状渐渐变成下一个。

# %%
walk = latents.walk(gan.latent_dim, stops=6, steps=4 if fast else 12, seed=3)
kerasgen.plots.save_animation(gan.decode(walk), out / "walk.gif", scale=4)
show(out / "walk.gif")

# %% [markdown]
# 它抄袭吗？样本下面是与之最近的训练图像。距离算不算小，要与*测试*图像到同一批训练图像的距离相比：
# 测试图像肯定不是抄来的。

# %%
drawn = gan.sample(16 if fast else 200, seed=4)
nearest = kerasgen.metrics.nearest_images(drawn, images)
beside = kerasgen.metrics.nearest_images(held_out[:200], images)
for name, distances in (("样本", nearest.distances), ("测试图像", beside.distances)):
    print(f"{name:11} 到最近的训练图像：最小 {distances.min():.3f}，平均 {distances.mean():.3f}")
show_rows({"samples": drawn[:16], "nearest": images[nearest.indices[:16, 0]]}, "nearest.png")

# %% [markdown]
# 样本离训练图像（0.344）与测试图像离训练图像（0.328）差不多远：没有死记硬背的迹象。
# 最近的图像倾斜和粗细相同，数字大多也相同，但每一笔都不一样。
#
# ## 指定类别
#
# `cgan-mnist` 训练时见过标签：`sample(16, label=7)`、`sample(label=[3, 1, 4])`。
# 换了类别，隐向量决定的笔迹不变（前两行）；两个类别之间也能过渡（第三行）。第四行类别不变，隐向量在变。

# %%
conditional = kerasgen.load("cgan-mnist")
rows = {f"latent {i}": row for i, row in enumerate(conditional.sweep_labels(2, seed=3).reshape(2, 10, 28, 28, 1))}
rows["3 to 8"] = conditional.interpolate_labels(3, 8, steps=10, seed=3)
rows["sevens"] = conditional.interpolate(steps=10, seed=3, label=7)
show_rows(rows, "classes.png")
asked = np.arange(10).repeat(5 if fast else 100)
named = judge.classify(conditional.sample(label=asked, seed=4)).argmax(axis=1)
print(f"评判网络认出所要类别的比例：{np.mean(named == asked):.1%}")

# %% [markdown]
# 倾斜和粗细由隐向量决定，画哪个数字由标签决定。样本是否符合指定的类别，模型卡上用一万个样本逐类量过；
# 只用这样的样本训练出来的分类器，能认出 97.7% 的真实数字（`kerasgen info cgan-mnist`，分类准确率得分）。
#
# ## 生成器在看哪里
#
# 卷积只看得到周围几个像素。`sagan-sprites` 还有一层自注意力：特征图上每个位置都从所有其他位置取它需要的信息。
# `model.attention(latents, row, column)` 给出某个像素所在位置的权重。下图每个样本之后是三个像素的权重：
# 红点是该像素，亮处是它获取信息的位置。

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
    print(f"像素（{row}, {column}）：看向 {np.sum(weights * away):.1f} 像素之外，均匀地看则是 {away.mean():.1f}")

# %% [markdown]
# 远近几乎无关：平均距离 18.1、12.4、15.2 个像素，与处处一样看时相差不到一个像素。要紧的是那里有什么：
# 背景上的像素看背景，避开图形（暗处）；没有背景的图块里，所有像素都看同样的几处。
# 这一小层分得清图形和背景；别从它的图里读出更多东西。
#
# ## 另外两种技术
#
# **DiffAugment。** 图像很少时，判别器会把它们背下来。于是让真实图像*和*生成图像在送往判别器的路上经过同样的随机变化，
# 梯度也穿过这些变化传回生成器。这个家族的每个模型都接受 `augment=("brightness", "translation")` 或其他名字。
# 并非所有变化都适合所有数据：左右翻转的剑还是剑，左右翻转的 2 不再是数字。

# %%
kinds = kerasgen.layers.diff_augment.POLICIES
tiles = kerasgen.data.to_float_images(kerasgen.data.load("crawl_tiles")["train"]["image"][1000:4000:188])  # in the package
rows = {kind: kerasgen.layers.DiffAugment((kind,), seed=0)(tiles) for kind in kinds}
show_rows({"tiles": tiles, **rows}, "augment.png")

# %% [markdown]
# **标签平滑**把真实图像的目标从 1 移到比如 0.9，生成图像的目标不动。这样就有了一个最好的 logit，过分自信要付出代价：

# %%
for smoothing in (0.0, 0.1):
    objective = losses.adversarial("non_saturating", smoothing)[0]
    values = [float(objective(tf.constant([[logit]]), tf.constant([[-20.0]]))) for logit in (1.0, 2.2, 5.0, 20.0)]
    print(f"平滑 {smoothing}：真实图像的 logit 为 1、2.2、5、20 时的损失：", "  ".join(f"{v:.3f}" for v in values))

# %% [markdown]
# 不平滑时总是越大越好，logit 一路增长。平滑之后最好的 logit 是 log 9 = 2.2，判别器再自信就要付出代价。
# （这里生成图像的 logit 取 -20。）它使判别器不至于过分自信；但在环上，它治不了坍缩。
#
# ## 怎样看出训练正在失败
#
# 一切正常时，两个玩家的损失也不会下降，所以从损失看不出哪里出了问题。把样本与模型没见过的真实图像相比，才看得出来。
# `FailureDetector` 每轮之后抽一些样本：看它们有多少种、彼此之间以及与训练图像之间有多远、像素有没有卡死、
# 有没有照抄训练图像，以及两个玩家的强弱。这里判别器学得比生成器快一千倍。

# %%
few = images[:2000]
detector = kerasgen.callbacks.FailureDetector(few, held_out, stop=True)
print("dcgan-mnist：", "  ".join(f"{name} {value:.2f}" for name, value in detector.measure(gan.sample(500, seed=5)).items()))
lost = MLPGAN(penalty_weight=0.0, seed=0)
rates = {"generator": 1e-5, "discriminator": 1e-2}
lost.compile(kerasgen.OptimizerGroup(**{player: keras.optimizers.Adam(rate, 0.5) for player, rate in rates.items()}))
lost.fit(few, batch_size=16 if fast else 64, epochs=10, verbose=0, callbacks=[detector])
print(f"在第 {len(lost.history.epoch)} 轮停下，原定 10 轮：", *(finding.name for finding in detector.findings))

# %% [markdown]
# 样本与真实图像一样好时，这些比值约为 1。数字也写进日志，TensorBoard 会画出曲线；给出 `log_dir=`，发现的问题会用文字显示。
#
# 这些都可以搜索（第 3 页）：`kerasgen tune dcgan-mnist --trials 20 --minutes 120`。
# 搜索的裁判必须是与数据的距离，绝不能是玩家的损失。
#
# ## 文章里的写法
#
# 有一篇流传的文章（002，3.6 节；`tutorials/README.md` 列出了这些文章）对 GAN 的训练图像做平移、旋转和翻转，
# 生成的图像却原样不动。这样一来，判别器见过的真实图像全是平移、旋转、翻转过的，生成器就学着去画这种图：歪斜的数字。
# 变化应当同时用在两边，`augment` 就是这样做的。
