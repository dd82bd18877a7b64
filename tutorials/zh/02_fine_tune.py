# %% [markdown]
# # 2. 用自己的数据微调
#
# 预训练模型是一个起点。这一页教三个模型学新东西：
#
# - `vae-mnist` 和 `dcgan-mnist` 不再画数字，改学服装，在 Python 里用 Keras 自己的 `fit`；
# - `dcgan-mnist` 从 `.npz` 文件或文件夹学习，用 `kerasgen.finetune`，还会写出一张模型卡；
# - `lstm-shakespeare` 学写航海日志，我们量一量它忘掉了什么。
#
# 末尾运行两篇文章里的 GAN 代码，并加以修正。
#
# 用真实数据，两个 CPU 核心上大约三分钟。设 `KERASGEN_FAST=1` 时只用软件包自带的少量样例，训练几步：
# 一切照常运行，但什么也学不到。文中的数字来自真实数据上的运行。

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

import kerasgen

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/02")
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
# ## 新数据
#
# 服装图像，大小与数字图像相同，教程用几千张就够了。模型要的是 [-1, 1] 的浮点数。

# %%
clothes = kerasgen.data.load("fashion_mnist", smoke=fast)
images = kerasgen.data.to_float_images(clothes["train"]["image"][:4000])
held_out = kerasgen.data.to_float_images(clothes["validation"]["image"][:500])
print(len(images), "张用来学习，", len(held_out), "张留出")
kerasgen.plots.save_grid(held_out[:16], out / "clothes.png", columns=16, scale=2)
show(out / "clothes.png")

# %% [markdown]
# ## VAE：预训练的先发优势有用吗？
#
# 同一个网络训练两次：一次从在数字上学到的权重出发，一次从零开始。优化器相同，批次及其顺序相同，步数也相同。
# VAE 的损失是似然的界，所以留出数据上的损失是公平的裁判。
#
# `load` 用训练时的优化器编译模型，学习率恒为当时最高值的十分之一，这样在原来的数据上 `fit` 不会变差。
# 这里两个模型用同一个恒定的学习率，比十分之一高：从零开始时，十分之一太慢。

# %%
steps, epochs = (2, 2) if fast else (20, 8)


def trained(model):
    """Trains on clothes; returns the held-out loss before and after each epoch."""
    model.compile(keras.optimizers.Adam(5e-4, global_clipnorm=100.0))
    before = model.evaluate(held_out, batch_size=100, verbose=0, return_dict=True)["loss"]
    batches = kerasgen.data.Batches(images, batch_size=64, seed=0, steps_per_epoch=steps)
    history = model.fit(batches, epochs=epochs, validation_data=held_out, validation_batch_size=100, verbose=0).history
    return [before, *history["val_loss"]]


vae = kerasgen.load("vae-mnist")
scratch = type(vae)(**vae.get_config())
losses = {"pretrained on digits": trained(vae), "from scratch": trained(scratch)}
for name, values in losses.items():
    print(f"{name:21}", "  ".join(f"{value:.0f}" for value in values))

figure = Figure(figsize=(6, 4), layout="constrained")
axes = figure.subplots()
for name, values in losses.items():
    axes.plot(steps * np.arange(epochs + 1), values, marker="o", label=name)
axes.set(xlabel="steps", ylabel="held-out loss, nats an image", yscale="log", title="vae-mnist learns clothes")
axes.grid(alpha=0.3, which="both")
axes.legend()
figure.savefig(out / "head-start.png", dpi=90)
show(out / "head-start.png")

# %% [markdown]
# 迈出第一步之前，预训练模型差得多：1138 对 542 奈特。它*坚信*图像都是数字。
# 没训练过的那个什么也不知道，给 784 个像素各一半的概率，代价是 784 log 2 = 543 奈特。
#
# 二十步之后是 309 对 419。60 步之后，预训练的一方到了 269；从零开始的一方用完 160 步才到 278。
# 边缘、笔画、会画连通形状的解码器，对靴子和对数字 7 一样有用。
# 但请看差距怎样缩小：从 110 奈特到 21。预训练在这里省下的是时间，并不保证终点更好。
#
# 再看两个模型眼里的服装，上面一行是给它们看的原图：

# %%
rows = np.concatenate([held_out[:12], vae.reconstruct(held_out[:12]), scratch.reconstruct(held_out[:12])])
kerasgen.plots.save_grid(rows, out / "reconstructions.png", columns=12, scale=2)
show(out / "reconstructions.png")

# %% [markdown]
# ## GAN：`fit`，再请一位裁判
#
# GAN 的损失只说明双方是否势均力敌，不说明图画得好不好。所以请第三个网络来评判：
# 用 `judge-fashion` 提取样本和留出图像的特征，计算两者的核距离。零是满分。
#
# `load` 给双方的学习率是训练时的 3%，在原来的数据上继续训练不会变差。服装离数字很远，所以我们要回全部的学习率。

# %%
gan = kerasgen.load("dcgan-mnist", learning_rate=2e-4)
judge = kerasgen.load("judge-fashion")


def distance(model):
    return kerasgen.metrics.kernel_distance(judge.features(held_out), judge.features(model.sample(500)))


before = gan.sample(16)
print(f"核距离，微调前：{distance(gan):.0f}")
gan.fit(images, batch_size=64, epochs=1 if fast else 3, verbose=2)
print(f"核距离，微调后：{distance(gan):.0f}")
print(f"真实服装：{kerasgen.metrics.kernel_distance(judge.features(held_out), judge.features(images[:500])):.2f}")
kerasgen.plots.save_grid(np.concatenate([before, gan.sample(16)]), out / "gan.png", columns=16, scale=2)
show(out / "gan.png")

# %% [markdown]
# 上下两行是同样的十六个隐向量，微调前与微调后。1 变成了一条裤腿，5 变成了套头衫：
# 生成器是在改造它已有的形状。约 190 步之后，它离真实服装还很远，核距离也说明了这一点
# （真实服装那一行是零的无偏估计，可以小于零）。
# 一下子学会十类服装要求太高了；当初学数字的配方走了 15,620 步。
#
# ## 从文件开始，得到一张模型卡
#
# 在 Python 里有 `fit` 就够了。`kerasgen.finetune` 补上的是你本来要自己搭的部分：
# 读取数据集、图像文件夹、`.npz` 或 `.txt` 文件，把图像变成模型要的样子，按 8:1:1 划分，边训练边验证，
# 保留最好的一次，进程被杀后能继续，最后写出一个带模型卡的模型。命令行上是这样：
#
# ```bash
# kerasgen finetune dcgan-mnist --data trousers.npz --steps 120 --learning-rate 4e-4 -o trousers
# kerasgen finetune dcgan-mnist --data my_photos/ --minutes 10 -o my-model
# ```
#
# 假设我们收集裤子的图像，手头有几百张。

# %%
chosen = clothes["train"]["image"] if fast else clothes["train"]["image"][clothes["train"]["label"] == 1][:600]
np.savez(out / "trousers.npz", images=chosen)
attempt(
    "写错的层名",
    lambda: kerasgen.finetune("dcgan-mnist", out / "trousers.npz", freeze=["conv"], output=out / "trousers"),
)
folder = kerasgen.finetune(
    "dcgan-mnist",
    out / "trousers.npz",
    steps=2 if fast else 120,
    every=1 if fast else 40,
    learning_rate=4e-4,
    freeze=["discriminator/conv2d"],
    output=out / "trousers",
    run_folder=out / "run",
    restart=True,
    keep_worse=fast,
)
print((folder / "card.md").read_text().split("## Files")[0])

# %% [markdown]
# 读法和别的模型卡一样：它从哪个模型来，数据经过什么处理，冻结了哪些层，学习率是多少，
# 验证指标前后各是多少。这里像素上的核距离在 120 步内从 20.3 降到 0.15，真实裤子是 0.06：
# 只学一类比学十类容易得多。“局限”一栏如实写着：除此之外没有人检查过。
#
# 不给 `learning_rate` 时，取原训练最高学习率的三分之一，训练一千步：要调整学到的东西，而不是抹掉它。
# 我们没有耐心等一千步，所以调高了它。如果验证结果比出发时还差，除非明确要求，否则什么也不会写出。
# 冻结就是让某些层保持原样。判别器的第一层看的是边缘，裤子的边缘也是边缘；
# 图像少的时候，要学的越少，越不容易过拟合。图像多的时候，就不要冻结。
#
# 得到的文件夹和别的模型用法相同：

# %%
trousers = kerasgen.load(folder)
kerasgen.plots.save_grid(trousers.sample(32), out / "trousers.png", columns=16, scale=2)
show(out / "trousers.png")
for check in kerasgen.verify(folder):
    print("通过" if check.passed else "未通过", check.name)

# %% [markdown]
# ```bash
# kerasgen sample trousers -n 64 -o more.png
# kerasgen verify trousers
# ```
#
# ## 语言模型：学新内容，代价多大
#
# 现在用一段自己的文本。我们的文本是几行代码编出来的航海日志。它的字符必须是模型认识的：
# 莎士比亚的剧本里除了一个 3 没有数字，所以日志里的数字都用单词写。

# %%
lstm = kerasgen.load("lstm-shakespeare")
attempt("数字", lambda: lstm.log_prob(["Wind 7, sea rough."]))
choices = {
    "day": ["Monday", "Tuesday", "Friday", "Sunday"],
    "watch": ["morning", "noon", "evening"],
    "wind": ["north", "south", "east", "west"],
    "force": ["light", "fresh", "strong"],
    "sea": ["calm", "rough"],
    "event": ["Sighted a sail.", "Sighted a whale.", "Nothing in sight.", "Repaired the pump."],
}
random = np.random.default_rng(0)
form = "{day}, {watch} watch.\nWind {wind}, {force}. Sea {sea}.\n{event}\n"
entries = [form.format(**{name: random.choice(words) for name, words in choices.items()}) for _ in range(300)]
log, unseen = "\n".join(entries[:270]), "\n".join(entries[270:])
least = sum(np.log(len(words)) for words in choices.values()) / np.mean([len(entry) + 1 for entry in entries])
shakespeare = kerasgen.data.to_text(kerasgen.data.load("tiny_shakespeare", smoke=fast)["test"]["text"])[:5000]
print(entries[0])


def nats(text):
    return -lstm.log_prob([text])[0] / len(text)


print(f"日志平均每个字符至少要 {least:.2f} 奈特，没有模型能更低")
print(f"微调前：每个字符，日志 {nats(unseen):.2f} 奈特，莎士比亚 {nats(shakespeare):.2f} 奈特")
lstm.compile(keras.optimizers.Adam(1e-3, global_clipnorm=1.0))
for part in range(3):
    batches = kerasgen.data.TextBatches(
        lstm.tokenizer.encode(log), length=80, batch_size=16, seed=part, steps_per_epoch=1 if fast else 15
    )
    lstm.fit(batches, verbose=0)
    print(f"第 {part + 1} 段之后：每个字符，日志 {nats(unseen):.2f} 奈特，莎士比亚 {nats(shakespeare):.2f} 奈特")
print(lstm.generate(entries[0] + "\n", length=60 if fast else 200, temperature=0.8, seed=1))

# %% [markdown]
# 每过一段，日志每个字符的代价都更低，逐渐接近最低可能：
# 日志条目从 1152 种等可能的写法里抽出，没有模型能预测得比这更准。损失的下限是数据的熵，不是零。
# 每段训练十五步，就只比下限高百分之几奈特。
#
# 代价就写在旁边：靠近日志，就离莎士比亚更远；四十五步之后，莎士比亚文本每个字符的代价高出整整一奈特。这叫灾难性遗忘。
# 两样都要的话，就把旧文本混进新文本，或者两个模型都留着，反正它们很小。
#
# ## 什么时候该微调
#
# 数据少或时间紧，而且新数据像旧数据的时候有用：大小相同，取值范围相同，都由笔画和边缘组成；
# 字母表相同，拼写相近。
#
# 下面几种情况没有用：
#
# - 数据和时间都充裕：上面的两条曲线正在靠拢；
# - 模型没有表达新东西的手段：颜色、别的尺寸、不认识的字符；
# - 公平比较的结果显示没用。同样的数据、同样的步数、同样的优化器，看留出数据上的数字：
#   本页第一个实验只要一分钟，用你的数据做一遍。
#
# 学习率取多少，批大小取多少？下一页 `03_search.py` 让搜索来回答。
#
# ## 文章里的代码
#
# 这一节可以跳过：这里运行生成模型文章里流传的代码，并加以修正。形如（001，第 175 行）的标注指的是文章编号和行号，
# 文章列表见 `tutorials/README.md`。
#
# ### 形状（001，第 143-154 行）
#
# 两篇文章里的 GAN 都没有区分哪个网络在什么时候学习。第一篇的生成器照原样建不起来，因为 `input_dim` 要的是一个数。
# 换成 `keras.Input` 就能建，但画出的图像形状不对，任何数字判别器都无法接收。


# %%
def article_generator(first_layers):
    """001, lines 144-154, after the given first layers."""
    return keras.Sequential(
        [
            *first_layers,
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(128, kernel_size=5, strides=1, padding="same"),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(128, kernel_size=5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(128, kernel_size=5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(3, kernel_size=5, strides=2, padding="same", activation="tanh"),
        ]
    )


def article_discriminator(image_shape):
    """001, lines 159-171."""
    stages = []
    for _ in range(3):
        stages += [layers.Conv2D(128, kernel_size=5, strides=2, padding="same"), layers.LeakyReLU(), layers.Dropout(0.3)]
    return keras.Sequential([keras.Input(image_shape), *stages, layers.Flatten(), layers.Dense(1, activation="sigmoid")])


latent_dim = 64
attempt("第 145 行", lambda: article_generator([layers.Dense(128 * 7 * 7, activation="relu", input_dim=[latent_dim])]))
generator = article_generator([keras.Input((latent_dim,)), layers.Dense(128 * 7 * 7, activation="relu")])
print("改好之后，画出的形状是", generator.output_shape)
attempt("接上数字的判别器", lambda: keras.Sequential([generator, article_discriminator((28, 28, 1))]))

# %% [markdown]
# 三次步幅为 2 的放大把 7 变成 56，最后一层又有三个通道；数字图像只需放大两次，一个通道。
# 文章还少了批归一化，而 DCGAN 论文要求生成器里有它；
# `kerasgen.models.gan.dcgan.build_generator` 里这些都齐了。
#
# ### 两个对手共用一个优化器（001，第 175-181 行）
#
# `build_gan` 把两个网络叠在一起，整个编译。我们就按这种叠法训练：输入噪声，标签为 1（“真”）。
# 为了能运行，这里的判别器接受 56x56 的图像。

# %%
discriminator = article_discriminator((56, 56, 3))
stack = keras.Sequential([generator, discriminator])
stack.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.0002, 0.5))
print(f"判别器占 {len(discriminator.trainable_variables)} 个，共训练 {len(stack.trainable_variables)} 个权重数组")
random = np.random.default_rng(0)
noise = [random.normal(size=(16, latent_dim)).astype("float32") for _ in range(12)]
print("损失：", "  ".join(f"{float(stack.train_on_batch(batch, np.ones((16, 1)))):.4f}" for batch in noise))
static = random.uniform(-1, 1, (16, 56, 56, 3)).astype("float32")
print(f"判别器认为噪点为真的概率：{discriminator(static).numpy().mean():.2f}")

# %% [markdown]
# 十二步之后损失降到零，却什么也没学到：真实图像一张都没有出现过。
# 双方找到了同一个答案：“全是真的”。文章列出的损失（第 206 行）看上去同样平静，也同样证明不了什么。
#
# 更新生成器时不能改动判别器；判别器要有自己的更新步，同时看真实图像和生成图像。
# 在 `kerasgen` 里，双方各有一个优化器，`minimize` 写明更新哪个网络的权重：

# %%
batch = tf.constant(images[:32])


def largest_change(network, step):
    before = [weight.numpy() for weight in network.trainable_variables]
    step()
    return max(np.abs(a - b.numpy()).max() for a, b in zip(before, network.trainable_variables, strict=True))


def generator_step():
    gan.minimize(lambda: gan.generator_loss(batch, training=True), "generator")


print("生成器更新一步，判别器的权重变化", largest_change(gan.discriminator, generator_step))
print(f"生成器的权重变化 {largest_change(gan.generator, generator_step):.1g}")

# %% [markdown]
# ### 不带权重的函数（002，第 117-130 行）
#
# 第二篇文章把网络写成函数，用的是 TensorFlow 2 已经没有的 `tf.layers`。就算有，第 138 行也是向一个
# Python 函数要 `trainable_variables`。而且形状为 (28, 28) 的图像没有展平就进了全连接层，
# 结果是*每一行像素*各得一个判决：

# %%
attempt("002，第 118 行", lambda: tf.layers.dense(tf.zeros((4, 64)), 128, activation=tf.nn.leaky_relu))
attempt("002，第 138 行", lambda: article_generator.trainable_variables)
print("四张图像的判决：", layers.Dense(1)(layers.Dense(512)(tf.zeros((4, 28, 28)))).shape)

# %% [markdown]
# Keras 模型自己保管各层的权重；先用 `Flatten` 展平；判决的形状应是 (4, 1)。
# 双方的损失该怎么写，见第 4 页。
#
# ### 损失的下限（000，第 41 行）
#
# 还有一篇文章说损失的下限是零。下限其实是数据的熵：对上面的航海日志，就是每个字符 0.10 奈特。
