# %% [markdown]
# # 3. 搜索：学习率、批大小与 dropout
#
# 训练里有些数不是学出来的，而是选出来的。这一页为一个小语言模型搜索其中三个：写一个自己的配方，让 `kerasgen` 去试，
# 看懂表格和图，再用最好的取值训练。
#
# 末尾修正一篇文章里的语言模型，并用实验检验另一篇文章关于批大小的说法。
#
# 用真实文本，两个 CPU 核心上大约两分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的几千个字符。
# 文中的数字来自真实文本上的运行。

# %%
import itertools
import os
import pathlib
import re
import sys
import warnings

import keras
import numpy as np
from keras import layers

import kerasgen
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.tuning import results

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/03")
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
# ## 自己的配方，以及搜索什么
#
# 配方是一个 Python 文件：模型、数据、优化器、轮数，以及用哪些数字评判。`search` 写明要试什么；
# 没有写到的，取配方原值附近的标准范围。
#
# - 学习率按对数搜索（`LogUniform`）：从 0.001 到 0.01 与从 0.01 到 0.1 一样远。
# - 批大小从几个值里选（`Choice`），dropout 是两个数之间的实数（`Uniform`）。
# - `objective` 是 `validate` 返回的某个数字，在验证集上计算。测试集留到最后，只用一次。
#
# 学习率和批大小要*一起*搜索：批量越大，步数越少，学习率就要更高（最后一节有实验）。
# 我们故意加进一个太大的批大小，看看会怎样。

# %%
recipe_file = out / "tutorial_lstm.py"
recipe_file.write_text('''"""A tiny LSTM on the first 60,000 characters of Shakespeare."""

import os
import string

import keras

import kerasgen
from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.scores.text import score_text, validate_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.tuning import Choice, LogUniform, Search, Uniform

fast = bool(os.environ.get("KERASGEN_FAST"))
tokenizer = CharacterTokenizer("\\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)


@kerasgen.data.register("shakespeare_slice", licence="public domain", source="tiny_shakespeare", splits="the first of each")
def shakespeare_slice():
    found = kerasgen.data.load("tiny_shakespeare", smoke=fast)
    lengths = {"train": 60_000, "validation": 10_000, "test": 20_000}
    return {part: {"text": found[part]["text"][:length]} for part, length in lengths.items()}


def model():
    lstm = LSTMLanguageModel(tokenizer.size, 32, units=96, num_layers=1, dropout=0.2, weight_drop=0, average_decay=0.9, seed=0)
    lstm.tokenizer = tokenizer
    return lstm


def batches(recipe, splits):
    ids = tokenizer.encode(to_text(splits["train"]["text"]))
    return TextBatches(ids, 64, recipe.batch_size, recipe.seed, steps_per_epoch=recipe.steps_per_epoch)


recipe = kerasgen.Recipe(
    name="tutorial-lstm",
    title="Tiny LSTM of the tutorial",
    family="language",
    modality="text",
    data="shakespeare_slice",
    fields=("text",),
    model=model,
    batches=batches,
    optimizer=lambda steps: keras.optimizers.Adam(3e-3, global_clipnorm=1.0),
    batch_size=32,
    epochs=2 if fast else 6,
    validate=validate_text(rows=10),
    select=("nats", "min"),
    score=score_text({"test": "first 20,000 characters of the test part"}),
    precision="float32",
)

search = Search(
    space={"learning_rate": LogUniform(3e-4, 1e-1), "batch_size": Choice(8, 32, 64, 2048), "dropout": Uniform(0.0, 0.6)},
    objective=("nats", "min"),
    epochs=1 if fast else 2,
    trials=4 if fast else 10,
)
''')
path = kerasgen.tune(recipe_file, run_folder=out / "search", restart=True)

# %% [markdown]
# 命令行上同样可以：
#
# ```bash
# kerasgen tune tutorial_lstm.py --trials 10
# kerasgen tune tutorial_lstm.py --minutes 5 --tuner bayesian
# kerasgen tune tutorial_lstm.py --resume
# ```
#
# ## 看懂结果
#
# 最好的排在最前，失败的排在最后，并写明原因。

# %%
header, rows = results.table(results.read_results(path))
for row in [header, *rows]:
    print("  ".join([*(f"{cell:>13}" for cell in row[:-1]), row[-1][:30]]))
show(path.with_suffix(".png"))

# %% [markdown]
# 每条线是一次试验，从左边的学习率走到右边的奈特数。深色好，虚线失败，红色最好。
# 不要只盯着冠军，要找深色线共有的范围：这里好的试验要么步数多（批大小 8），
# 要么步子大（批大小 32 加高学习率），与本页末尾的四次训练一致。
#
# 两点提醒。三个参数只试十次，太少了；前几名差别很小，换个种子，前两名就可能对调。
# 另外，每次试验都只是短训练。Dropout 的好处来得晚，要等没有它的模型开始过拟合才看得出来；
# 只读两遍文本看不到这一点，往往偏向小的 dropout。
#
# ### 失败的试验
#
# 一批 2048 个窗口，文本里没有那么多。这样的试验记为失败，绝不会被选为最佳，搜索继续；内存不足也一样。
# 损失不再是数字时也算失败。Keras 本身会继续训练下去，这里的 `fit` 会停下：

# %%
text = kerasgen.data.load("tiny_shakespeare", smoke=fast)
tokenizer = kerasgen.load("lstm-shakespeare").tokenizer
learn = tokenizer.encode(kerasgen.data.to_text(text["train"]["text"][:60_000]))
diverging = LSTMLanguageModel(tokenizer.size, 8, units=16, num_layers=1, seed=0)
diverging.compile(keras.optimizers.Adam(1e38))
attempt("学习率 1e38", lambda: diverging.fit(kerasgen.data.TextBatches(learn, 32, 8), verbose=0))

# %% [markdown]
# ### 不能拿什么当目标
#
# 对语言模型，未见文本上的损失*就是*质量。对 GAN 则不然：生成器的损失只说明它骗过*这个*判别器的本事。
# 让判别器更容易上当，损失就下降，图像却一个像素也没变。

# %%
gan = kerasgen.load("dcgan-mnist")
digits = kerasgen.data.to_float_images(kerasgen.data.load("mnist", smoke=fast)["test"]["image"][:500])
pictures = gan.sample(16)
for gullible in (0.0, 5.0):
    gan.discriminator.layers[-1].bias.assign_add([gullible])
    loss = gan.evaluate(digits, batch_size=20, verbose=0, return_dict=True)["generator_loss"]
    print(f"生成器的损失 {loss:.3f}，图像的变化 {np.abs(gan.sample(16) - pictures).max()}")

# %% [markdown]
# 以它为目标的搜索，会选出能找到的最差的判别器。既然双方的学习率都在搜索之列，这样的判别器很容易搜到。
# 所以 `kerasgen tune dcgan-mnist` 比较的是样本与验证图像的 Fréchet 距离。没有验证指标的配方根本不能搜索。
#
# ## 用最好的取值训练
#
# `--from-search` 采用最佳试验的取值。其余照配方来：完整的训练长度，自己的验证，最后在测试集上评分。
#
# ```bash
# kerasgen train tutorial_lstm.py --from-search
# ```

# %%
folder = kerasgen.train(recipe_file, out / "tutorial-lstm", run_folder=out / "training", restart=True, from_search=True)
score = kerasgen.info(folder)["metrics"]["nats"]
print(f"测试集：每个字符 {score['value']:.3f} 奈特，95% 区间 {score['low']:.3f} 到 {score['high']:.3f}")
print(kerasgen.load(folder).generate("ROMEO:\n", length=40 if fast else 150, temperature=0.7, seed=0))

# %% [markdown]
# 前两轮的数字与获胜的试验完全相同，因为一切都由配方的种子决定。测试集的数字比同一轮的验证数字差一些（2.22 对 2.16）。
# 一部分是因为文本不同，一部分是挑选造成的：十次里最好的那次，正是*因为*验证数字低才被选中，其中有运气。
# 所以验证集用来选择，测试集用来报告，而且只报告一次。
#
# ## 用哪种搜索？
#
# - `random` 是默认值，十来次试验时很难被超过：每次试验，*每个*参数都换新值。
# - `grid` 试遍低、中、高的所有组合。三个参数就已经是 27 次或更多。
# - `bayesian` 从已有的试验中学习，单次试验很贵时划算。
# - `hyperband` 先做许多很短的试验，再让最好的三分之一继续训练，如此反复。坏的取值早早露馅时划算。
#   Dropout 不属于这种情况：短训练里它只有代价。
#
# ```bash
# kerasgen tune tutorial_lstm.py --tuner hyperband --minutes 10
# kerasgen tune dcgan-mnist --trials 20 --minutes 120
# ```
#
# 多个进程或多台机器可以分担一次搜索，做法见 README。
#
# ## 文章里的代码
#
# 这一节可以跳过：这里运行生成模型文章里流传的代码，并加以修正。形如（000，第 91 行）的标注指的是文章编号和行号，
# 文章列表见 `tutorials/README.md`。
#
# ### 语言模型（000，第 73-128 行）
#
# 这篇文章的训练循环永远不会结束。先看第 81-85 行的模型。`vocab_size` 没有定义，我们补上。
# `input_length` 已经不需要了，会给出警告；其余部分能建起来。

# %%
vocab_size, embedding_dim, hidden_dim, seq_len, batch_size = 65, 64, 128, 32, 64


def article_model():
    """Lines 81-85."""
    model = keras.Sequential(
        [
            layers.Embedding(vocab_size, embedding_dim, input_length=seq_len),
            layers.LSTM(hidden_dim, dropout=0.2, recurrent_dropout=0.2),
            layers.Dense(vocab_size, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    return model


def data_generator(data, batch_size):
    """Lines 88-95, as printed."""
    num_samples = len(data)
    while True:
        indices = np.random.randint(num_samples, size=batch_size)
        X = [data[i] for i in indices]
        y = [data[i + 1] for i in indices]
        yield np.array(X), np.eye(vocab_size)[y].reshape((-1, vocab_size))


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    article_model()
print("第 82 行：", caught[0].category.__name__, caught[0].message)

# %% [markdown]
# `data` 是什么？没有说明。如果每个元素是 32 个词元的窗口，“下一个”元素也是整个窗口，
# 于是一批 8 个样本有 8 个输出，目标却有 256 行。如果每个元素是一个词元，模型就根本得不到序列。
# 而且一旦抽到最后一个下标，`data[i + 1]` 并不存在。

# %%
ids = np.random.randint(vocab_size, size=3200)
windows = ids.reshape(100, seq_len)
x, y = next(data_generator(windows[:90], 8))
print("窗口", x.shape, "目标", y.shape, "输出应为", (8, vocab_size))
attempt("用窗口训练", lambda: article_model().train_on_batch(x, y))
attempt("用词元训练", lambda: article_model().train_on_batch(*next(data_generator(ids, batch_size))))

# %% [markdown]
# 在这个生成器上的循环（第 108 和 122 行）没有 `break`：第一轮训练不会结束，验证也不会。
# 下面是“十步一轮”的一轮，让它停下来的是最后一个下标。第 128 行无法编译，因为字符串断在了行尾。

# %%
steps_per_epoch, taken = 10, itertools.count()
attempt(f"{steps_per_epoch} 批一轮", lambda: [next(taken) for _ in data_generator(windows, 1)])
print("走了", next(taken), "批")
attempt("第 128 行", lambda: compile("print('Val - Loss: {:.4f}\n'.format(val_loss))", "the article", "exec"))

# %% [markdown]
# 修正：目标就是输入向后错开一个词元，*每一步*都有目标。目标保持整数，配合稀疏的损失；
# one-hot 说的是同一件事，内存却要 130 倍。一轮有多少批也是确定的。

# %%
batches = kerasgen.data.TextBatches(ids, length=seq_len, batch_size=batch_size)
window = batches[0]
print(f"一轮有 {len(batches)} 批，形状和类型是", window.shape, window.dtype)
print("读：", window[0, :-1][:6], "...\n学：", window[0, 1:][:6], "...")
print(f"目标的字节数：{window.nbytes:,}；one-hot 是 {np.eye(vocab_size)[window].nbytes:,}")

# %% [markdown]
# `kerasgen` 的 `LSTMLanguageModel` 自己会错开一位，并在最前面放一个表示“开头”的词元，
# 这样第一个字符也学得到。文章里缺的采样它也有（见第 1 页）。
#
# ### Dropout 的参数是丢弃的比例（000，第 65 行）
#
# 文章说设置*保留率*。那是 TensorFlow 1 的做法；Keras 的参数是丢弃的比例。
# 想保留 80% 而传入 0.8 的人，只保留了五分之一。

# %%
left = keras.ops.convert_to_numpy(layers.Dropout(0.8)(np.ones((1, 10_000), "float32"), training=True))
print(f"Dropout(0.8) 保留 {np.mean(left > 0):.1%}；保留下来的乘以 {left.max():.2f}")

# %% [markdown]
# ### 文本按 6:2:2 划分（000，第 39 行）
#
# 六份训练、两份验证、两份测试，对图像是个不错的习惯。同一篇文本切出的窗口就是另一回事了：
# 把相互重叠的窗口打乱再分三份，几乎每个测试窗口都与某个训练窗口共享绝大部分字符，
# 等于考的是读过的东西。应该按位置（或按文档）切开，而且要在切窗口之前。

# %%
count = 3000 - seq_len  # 3000 个字符的文本，每个字符都是一个窗口的开头
order = np.random.default_rng(0).permutation(count)
train, test = np.sort(order[: count * 6 // 10]), order[count * 8 // 10 :]
gap = np.abs(test[:, None] - train[None]).min(axis=1)
print(f"打乱：{np.mean(gap < seq_len):.0%} 的测试窗口与训练窗口重叠，{np.mean(gap == 1):.0%} 只差一个字符")
train, test = np.arange(count * 6 // 10), np.arange(count * 8 // 10, count)
gap = np.abs(test[:, None] - train[None]).min(axis=1)
print(f"按位置切开：{np.mean(gap < seq_len):.0%}")

# %% [markdown]
# ### 大批量是好是坏？（002，第 24、78、204 行）
#
# 第二篇文章先说大批量可能导致过拟合（第 78 行），后来又说它能提高泛化能力（第 204 行）。两者不可能都是规律。
# 数据遍数固定时，批量越大，步数越少，每一步的噪声也越小，所以学习率要更高。做四次短训练，每次读一遍数据：

# %%
check = tokenizer.encode(kerasgen.data.to_text(text["validation"]["text"][:10_000]))
for size, rate in itertools.product((8, 64), (1e-3, 1e-2)):
    lstm = LSTMLanguageModel(
        tokenizer.size, 32, units=96, num_layers=1, dropout=0.0, weight_drop=0.0, average_decay=0.9, seed=0
    )
    lstm.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0))
    lstm.fit(kerasgen.data.TextBatches(learn, 64, size), verbose=0)
    read, unseen = (-lstm.token_log_probs(part[None]).mean() for part in (learn[:10_000], check))
    print(f"批大小 {size:2}，学习率 {rate:5}：每个字符，未见文本 {unseen:.2f} 奈特，读过的文本 {read:.2f} 奈特")

# %% [markdown]
# 学习率相同，大批量显得很差：3.53 对 2.91 奈特。学习率提高十倍，它到了 2.94，与低学习率的小批量持平。
# 而且在它*读过*的文本上，它同样落后（3.43 对 2.79）。所以这既不是过拟合，也不是泛化差：
# 它只走了八分之一的步数，学到的少。大批量的泛化究竟更好还是更差，要等训练收敛、各用各的最佳学习率时才谈得上。
# 学习率和批大小要*一起*搜索。
